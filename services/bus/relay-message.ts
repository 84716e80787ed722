import type { Address, MacAddress } from "#ipv6/address.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { PASSAGE } from "./entry-ages.ts";
import { type BindingFields, type ClockReading, decodeEntry, encodeEntry } from "./entry-message.ts";
import { type MessageProblem, malformed, readableSchema, SCHEMA } from "./envelope.ts";
import { relay } from "./generated/messages.js";

/** `failed`: could not be carried out. */
export type DetectionOutcome = "unique" | "duplicate" | "failed";

/** What the node that holds the edge of an instance tells whoever owns it (proto/relay/v1/relay.proto). */
export interface FromEdge {
  readonly node: string;
  /** Term of its hold. */
  readonly term: number;
  readonly message: /** A packet with a Mobility Header for the home agent address, and its link-layer source where the link has such. */
    | { readonly type: "received"; readonly packet: Uint8Array; readonly source: MacAddress }
    /** Whether it has address and virtual MAC up: said at every change and at a steady pace while it has. */
    | { readonly type: "standing"; readonly held: boolean }
    /** Answer to `detect-duplicates`. */
    | { readonly type: "detected"; readonly request: number; readonly outcome: DetectionOutcome };
}

/** What the owner of an instance tells the nodes that forward for it. */
export interface FromOwner {
  readonly node: string;
  /** The owner's epoch; edges refuse what comes with a smaller one than they know. */
  readonly epoch: number;
  readonly message: /** A registered mobile node has moved: forwarding begins before the commit (DESIGN §4.5). `revision` is that of the record to come. */
    | {
        readonly type: "forward";
        readonly homeAddress: Address;
        readonly careOfAddress: Address;
        readonly revision: number;
      }
    /**
     * A Binding Acknowledgement to send, as a frame to `linkLayerDestination` where there is one. `record` is committed, and
     * in the kernel before the packet leaves; a refusal has none.
     */
    | {
        readonly type: "acknowledge";
        readonly packet: Uint8Array;
        readonly linkLayerDestination?: MacAddress;
        readonly record?: BindingFields;
      }
    /** Neighbor Advertisements on behalf of a mobile node (RFC 6275 §10.4.1). */
    | { readonly type: "advertise"; readonly homeAddress: Address; readonly flags: number }
    /** Duplicate address detection on the home link; with bit L of `flags` for the link-local address too. */
    | {
        readonly type: "detect-duplicates";
        readonly request: number;
        readonly homeAddress: Address;
        readonly flags: number;
      };
}

/** Largest IPv6 packet without a jumbo payload, header included. */
const PACKET_LIMIT = 40 + 65_535;

const { Outcome } = relay.v1.Detected;
const OUTCOMES = { unique: Outcome.UNIQUE, duplicate: Outcome.DUPLICATE, failed: Outcome.FAILED } as const;

const outcomeOf = (value: number | null | undefined): DetectionOutcome =>
  value === Outcome.UNIQUE ? "unique" : value === Outcome.DUPLICATE ? "duplicate" : "failed";

/** Encode in the present schema. */
export const encodeFromEdge = ({ node, term, message }: FromEdge): Uint8Array => {
  const head = { schema: SCHEMA, node, term };
  switch (message.type) {
    case "received":
      return relay.v1.FromEdge.encode({
        ...head,
        received: { packet: message.packet, linkLayerSource: message.source },
      }).finish();
    case "standing":
      return relay.v1.FromEdge.encode({ ...head, standing: { held: message.held } }).finish();
    case "detected":
      return relay.v1.FromEdge.encode({
        ...head,
        detected: { request: message.request, outcome: OUTCOMES[message.outcome] },
      }).finish();
    default:
      return message satisfies never;
  }
};

/** Encode in the present schema; the end of a lifetime leaves the node as its wall clock's time. */
export const encodeFromOwner = ({ node, epoch, message }: FromOwner, clocks: ClockReading): Uint8Array => {
  const head = { schema: SCHEMA, node, epoch };
  switch (message.type) {
    case "forward": {
      const { homeAddress, careOfAddress, revision } = message;
      return relay.v1.FromOwner.encode({ ...head, forward: { homeAddress, careOfAddress, revision } }).finish();
    }
    case "acknowledge": {
      const { packet, linkLayerDestination, record } = message;
      return relay.v1.FromOwner.encode({
        ...head,
        acknowledge: {
          packet,
          ...(linkLayerDestination === undefined ? {} : { linkLayerDestination }),
          ...(record === undefined
            ? {}
            : { entry: encodeEntry({ kind: "record", epoch: record.epoch, commit: 0, record }, clocks) }),
        },
      }).finish();
    }
    case "advertise": {
      const { homeAddress, flags } = message;
      return relay.v1.FromOwner.encode({ ...head, advertise: { homeAddress, flags } }).finish();
    }
    case "detect-duplicates": {
      const { request, homeAddress, flags } = message;
      return relay.v1.FromOwner.encode({ ...head, detectDuplicates: { request, homeAddress, flags } }).finish();
    }
    default:
      return message satisfies never;
  }
};

const read = <T>(decode: () => T): Result<T, MessageProblem> => {
  try {
    return ok(decode());
  } catch (error) {
    return malformed(String(error));
  }
};

/** A copy of its own: what protobuf gives is a view of the datagram. */
const octets = (value: Uint8Array | null | undefined): Uint8Array => new Uint8Array(value ?? []);
const isAddress = (value: Uint8Array | null | undefined): boolean => value?.length === 16;
const isPacket = (value: Uint8Array): boolean => value.length >= 40 && value.length <= PACKET_LIMIT;

/**
 * Decode what an edge told.
 * @throws never
 */
export const decodeFromEdge = (bytes: Uint8Array): Result<FromEdge, MessageProblem> => {
  const raw = read(() => relay.v1.FromEdge.decode(bytes));
  if (!raw.ok) return raw;
  const { schema, node, term, received, standing, detected } = raw.value;
  const readable = readableSchema(schema);
  if (!readable.ok) return failed(readable.error);
  if (node === "") return malformed("a message without its node");
  if (received) {
    const packet = octets(received.packet);
    const source = octets(received.linkLayerSource);
    if (!isPacket(packet) || source.length > 32) return malformed("no packet");
    return ok({ node, term, message: { type: "received", packet, source } });
  }
  if (standing) return ok({ node, term, message: { type: "standing", held: standing.held ?? false } });
  if (detected)
    return ok({
      node,
      term,
      message: { type: "detected", request: detected.request ?? 0, outcome: outcomeOf(detected.outcome) },
    });
  return malformed("a message of an edge without a body");
};

/**
 * Decode what an owner told. The end of a lifetime becomes an instant of this node's boot-time clock.
 * @throws never
 */
export const decodeFromOwner = (bytes: Uint8Array, clocks: ClockReading): Result<FromOwner, MessageProblem> => {
  const raw = read(() => relay.v1.FromOwner.decode(bytes));
  if (!raw.ok) return raw;
  const { schema, node, epoch, forward, acknowledge, advertise, detectDuplicates } = raw.value;
  const readable = readableSchema(schema);
  if (!readable.ok) return failed(readable.error);
  if (node === "") return malformed("a message without its node");
  const head = { node, epoch };
  if (forward) {
    if (!isAddress(forward.homeAddress) || !isAddress(forward.careOfAddress))
      return malformed("an address not of 16 octets");
    const [homeAddress, careOfAddress] = [octets(forward.homeAddress), octets(forward.careOfAddress)];
    return ok({ ...head, message: { type: "forward", homeAddress, careOfAddress, revision: forward.revision ?? 0 } });
  }
  if (acknowledge) {
    const packet = octets(acknowledge.packet);
    const destination = octets(acknowledge.linkLayerDestination);
    if (!isPacket(packet) || (destination.length !== 0 && destination.length !== 6)) return malformed("no packet");
    const entry = acknowledge.entry?.length ? decodeEntry(acknowledge.entry, clocks, PASSAGE) : ok(undefined);
    if (!entry.ok) return failed(entry.error);
    if (entry.value?.kind === "epoch") return malformed("no record with an acknowledgement");
    return ok({
      ...head,
      message: {
        type: "acknowledge",
        packet,
        ...(destination.length === 6 ? { linkLayerDestination: destination } : {}),
        ...(entry.value === undefined ? {} : { record: entry.value.record }),
      },
    });
  }
  if (advertise) {
    if (!isAddress(advertise.homeAddress)) return malformed("an address not of 16 octets");
    const homeAddress = octets(advertise.homeAddress);
    return ok({ ...head, message: { type: "advertise", homeAddress, flags: advertise.flags ?? 0 } });
  }
  if (detectDuplicates) {
    if (!isAddress(detectDuplicates.homeAddress)) return malformed("an address not of 16 octets");
    const homeAddress = octets(detectDuplicates.homeAddress);
    const { request, flags } = detectDuplicates;
    return ok({
      ...head,
      message: { type: "detect-duplicates", request: request ?? 0, homeAddress, flags: flags ?? 0 },
    });
  }
  return malformed("a message of an owner without a body");
};
