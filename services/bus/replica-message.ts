import { failed, ok, type Result } from "#wire/result.ts";
import { PASSAGE } from "./entry-ages.ts";
import { type BindingFields, type ClockReading, decodeEntry, encodeEntry } from "./entry-message.ts";
import { type MessageProblem, malformed, readableSchema, SCHEMA } from "./envelope.ts";
import { repair } from "./generated/messages.js";

/** What a node tells all others about its copy of an instance's records (proto/repair/v1/repair.proto). */
export interface ReplicaMessage {
  readonly node: string;
  readonly instance: string;
  readonly body: /** What it has followed of the stream up to `sequence`: the sum of the records' digests, and how many bindings they are. */
    | { readonly kind: "digest"; readonly sequence: number; readonly digest: number; readonly bindings: number }
    /** Records that it knows to be newer than the stream's. */
    | { readonly kind: "offer"; readonly records: readonly BindingFields[] };
}

/** Encode in the present schema. */
export const encodeReplicaMessage = ({ node, instance, body }: ReplicaMessage, clocks: ClockReading): Uint8Array => {
  const head = { schema: SCHEMA, node, instance };
  if (body.kind === "digest") {
    const { sequence, digest, bindings } = body;
    return repair.v1.ReplicaMessage.encode({ ...head, digest: { sequence, digest, bindings } }).finish();
  }
  const entries = body.records.map((record) =>
    encodeEntry({ kind: "record", epoch: record.epoch, commit: 0, record }, clocks),
  );
  return repair.v1.ReplicaMessage.encode({ ...head, offer: { entries } }).finish();
};

/**
 * Decode; entries of an offer that cannot be read are left out.
 * @throws never
 */
export const decodeReplicaMessage = (
  bytes: Uint8Array,
  clocks: ClockReading,
): Result<ReplicaMessage, MessageProblem> => {
  let raw: repair.v1.ReplicaMessage;
  try {
    raw = repair.v1.ReplicaMessage.decode(bytes);
  } catch (error) {
    return malformed(String(error));
  }
  const readable = readableSchema(raw.schema);
  if (!readable.ok) return failed(readable.error);
  const { node, instance, digest, offer } = raw;
  if (node === "" || instance === "") return malformed("a message without its node or instance");
  if (digest) {
    const { sequence, digest: sum, bindings } = digest;
    return ok({
      node,
      instance,
      body: { kind: "digest", sequence: sequence ?? 0, digest: sum ?? 0, bindings: bindings ?? 0 },
    });
  }
  if (!offer) return malformed("a message without a body");
  const records = (offer.entries ?? []).flatMap((entry) => {
    const read = decodeEntry(entry, clocks, PASSAGE);
    return read.ok && read.value.kind === "record" ? [read.value.record] : [];
  });
  return ok({ node, instance, body: { kind: "offer", records } });
};
