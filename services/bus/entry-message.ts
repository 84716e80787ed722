import type { Address } from "#ipv6/address.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { after, between, type Instant, type Milliseconds, millis } from "#wire/time.ts";
import { type MessageProblem, malformed, readableSchema, SCHEMA } from "./envelope.ts";
import { binding } from "./generated/messages.js";

/** A binding record as any module above this layer has it (`BindingRecord` of services/binding fits). */
export interface BindingFields {
  readonly homeAddress: Address;
  readonly careOfAddress: Address;
  readonly sequence: number;
  readonly lifetime: Milliseconds;
  readonly expiresAt: Instant;
  readonly flags: number;
  readonly replayTimestamp: bigint;
  readonly spi: number;
  readonly epoch: number;
  readonly revision: number;
}

/**
 * One message of an instance's stream. `commit` counts the writer's commits in its epoch; `claim` is drawn at random by
 * the claimer: by them a writer whose acknowledgement was lost knows its own message again.
 */
export type StreamEntry =
  | { readonly kind: "record"; readonly epoch: number; readonly commit: number; readonly record: BindingFields }
  | { readonly kind: "epoch"; readonly epoch: number; readonly node: string; readonly claim: number };

/** Both clocks of this node, read at the same moment. */
export interface ClockReading {
  readonly now: Instant;
  /** Milliseconds since 1970 (UTC). */
  readonly wall: number;
}

/** Encode an entry; the end of a lifetime leaves the node as its wall clock's time, beside the time of writing by the same clock. */
export const encodeEntry = (entry: StreamEntry, clocks: ClockReading): Uint8Array => {
  const writtenAt = Math.max(0, Math.round(clocks.wall));
  const head = { schema: SCHEMA, epoch: entry.epoch, writtenAt };
  if (entry.kind === "epoch")
    return binding.v1.Entry.encode({
      ...head,
      commit: 0,
      epochStart: { node: entry.node, claim: entry.claim },
    }).finish();
  const { record } = entry;
  return binding.v1.Entry.encode({
    ...head,
    commit: entry.commit,
    binding: {
      homeAddress: record.homeAddress,
      careOfAddress: record.careOfAddress,
      sequence: record.sequence,
      lifetime: record.lifetime,
      expiresAt: Math.max(0, Math.round(clocks.wall + between(clocks.now, record.expiresAt))),
      flags: record.flags,
      replaySeconds: Number(record.replayTimestamp >> 32n),
      replayFraction: Number(record.replayTimestamp & 0xffffffffn),
      spi: record.spi,
      revision: record.revision,
    },
  }).finish();
};

/**
 * What is left of a lifetime: what the writer saw left, less the age of the entry. An age that cannot be shows that the clocks are
 * apart, and counts as none: a binding that was acknowledged ends too late by its entry's way to here rather than by a clock's step.
 */
const remainingOf = (
  body: binding.v1.IBinding,
  age: { readonly writtenAt: number; readonly wall: number; readonly atMost: Milliseconds },
): Milliseconds => {
  const byWallClocks = age.wall - age.writtenAt;
  const isPossible = byWallClocks >= 0 && byWallClocks <= age.atMost;
  return millis(Math.min((body.expiresAt ?? 0) - age.writtenAt, body.lifetime ?? 0) - (isPossible ? byWallClocks : 0));
};

/**
 * Decode an entry. The end of the lifetime becomes an instant of this node's boot-time clock here, once (DESIGN §4.8); it never
 * lies further ahead than it did for the writer, however far the clocks are apart.
 * @param ageAtMost for how long the entry can have been written at most, where that is known without a wall clock
 * @throws never
 */
export const decodeEntry = (
  bytes: Uint8Array,
  clocks: ClockReading,
  ageAtMost: Milliseconds = millis(Number.POSITIVE_INFINITY),
): Result<StreamEntry, MessageProblem> => {
  let raw: binding.v1.Entry;
  try {
    raw = binding.v1.Entry.decode(bytes);
  } catch (error) {
    return malformed(String(error));
  }
  const readable = readableSchema(raw.schema);
  if (!readable.ok) return failed(readable.error);
  if (raw.epochStart) {
    const { node, claim } = raw.epochStart;
    return ok({ kind: "epoch", epoch: raw.epoch, node: node ?? "", claim: claim ?? 0 });
  }
  const body = raw.binding;
  if (!body) return malformed("an entry without a body");
  const { homeAddress, careOfAddress } = body;
  if (homeAddress?.length !== 16 || careOfAddress?.length !== 16) return malformed("an address not of 16 octets");
  const lifetime = millis(body.lifetime ?? 0);
  const remaining = remainingOf(body, { writtenAt: raw.writtenAt, wall: clocks.wall, atMost: ageAtMost });
  return ok({
    kind: "record",
    epoch: raw.epoch,
    commit: raw.commit,
    record: {
      homeAddress: new Uint8Array(homeAddress),
      careOfAddress: new Uint8Array(careOfAddress),
      sequence: body.sequence ?? 0,
      lifetime,
      expiresAt: after(clocks.now, remaining),
      flags: body.flags ?? 0,
      replayTimestamp: (BigInt(body.replaySeconds ?? 0) << 32n) | BigInt(body.replayFraction ?? 0),
      spi: body.spi ?? 0,
      epoch: raw.epoch,
      revision: body.revision ?? 0,
    },
  });
};
