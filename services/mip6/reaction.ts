import { type Address, isMulticast, isUnspecified, UNSPECIFIED } from "#ipv6/address.ts";
import type { PacketProblem } from "./packet.ts";
import { BINDING_ERROR_STATUS } from "./registry.ts";

/** The packet that answers one that is refused; subject to the sender's rate limits (RFC 6275 §9.3.3, RFC 4443 §2.4). */
export type Reaction =
  | { readonly kind: "silence" }
  | {
      /** ICMPv6 Parameter Problem to the packet's IPv6 source, no Binding Cache consulted. */
      readonly kind: "parameter-problem";
      readonly code: number;
      /** Offset in the refused packet. */
      readonly pointer: number;
      /** Whose duty it is: a host's own IPv6 layer answers what concerns its headers, if it sees the packet too. */
      readonly layer: "ipv6" | "mobility";
    }
  | {
      /** Binding Error to the packet's IPv6 source. */
      readonly kind: "binding-error";
      readonly status: number;
      readonly homeAddress: Address;
    };

/** Whom a refused packet came from and went to, as on the wire. */
export interface RefusedPacket {
  readonly source: Address;
  readonly destination: Address;
  readonly homeAddress?: Address;
}

const SILENCE: Reaction = { kind: "silence" };

/** Source and destination of a packet's IPv6 header; undefined when there is none. */
export const endsOf = (packet: Uint8Array): RefusedPacket | undefined =>
  packet.length < 40 ? undefined : { source: packet.subarray(8, 24), destination: packet.subarray(24, 40) };

/** RFC 4443 §2.4 (e): no error for a source that is not one node, nor (but for Parameter Problem code 2) for a multicast. */
const mayAnswer = (ends: RefusedPacket, evenMulticast: boolean): boolean =>
  !isMulticast(ends.source) && !isUnspecified(ends.source) && (evenMulticast || !isMulticast(ends.destination));

const unrecognizedOption = (optionType: number, pointer: number, ends: RefusedPacket): Reaction => {
  // RFC 8200 §4.2, the two highest bits: 01 discard, 10 answer, 11 answer unless the destination is multicast.
  const action = optionType >> 6;
  if (action === 1 || !mayAnswer(ends, action === 2)) return SILENCE;
  return { kind: "parameter-problem", code: 2, pointer, layer: "ipv6" };
};

/**
 * Which answer a packet gets that is refused by itself.
 * @param problem why `decodeMobilityPacket` or `followHeaders` refused it
 * @param packet the packet, or its addresses
 * @see RFC 6275 §9.2, RFC 8200 §4.2, §4.4, RFC 4443 §2.4
 */
export const reactionTo = (problem: PacketProblem, packet: Uint8Array | RefusedPacket): Reaction => {
  const ends = packet instanceof Uint8Array ? endsOf(packet) : packet;
  if (ends === undefined) return SILENCE;
  switch (problem.code) {
    case "payload-proto":
    case "header-length-too-small":
      // RFC 6275 §9.2: Parameter Problem, code 0, straight to the source.
      if (!mayAnswer(ends, false)) return SILENCE;
      return { kind: "parameter-problem", code: 0, pointer: problem.pointer, layer: "mobility" };
    case "unrecognized-routing-type":
      // RFC 8200 §4.4: code 0, pointing to the unrecognized Routing Type.
      if (!mayAnswer(ends, false)) return SILENCE;
      return { kind: "parameter-problem", code: 0, pointer: problem.pointer, layer: "ipv6" };
    case "hop-by-hop-not-first":
      // RFC 8200 §4: code 1, unrecognized Next Header type.
      if (!mayAnswer(ends, false)) return SILENCE;
      return { kind: "parameter-problem", code: 1, pointer: problem.pointer, layer: "ipv6" };
    case "unrecognized-option":
      return unrecognizedOption(problem.optionType, problem.pointer, ends);
    case "checksum-mismatch": // RFC 6275 §9.2: in silence
    case "authorization-not-last": // RFC 6275 §9.5.1: in silence
    case "type-2-routing-malformed": // RFC 6275 §11.3.3: in silence
    case "not-ipv6":
    case "not-mobility":
    case "truncated":
    case "too-many-headers":
    case "header-option-malformed":
    case "home-address-malformed":
    case "home-address-repeated":
    case "mobility-header-truncated":
    case "option-malformed":
      return SILENCE;
    default:
      problem satisfies never;
      return SILENCE;
  }
};

const bindingError = (status: number, packet: RefusedPacket): Reaction => {
  // RFC 6275 §9.3.3: never to a source that is not unicast; the home address is copied from the option, else zero.
  if (isMulticast(packet.source) || isUnspecified(packet.source)) return SILENCE;
  return { kind: "binding-error", status, homeAddress: packet.homeAddress ?? UNSPECIFIED };
};

/** The answer to an MH Type that is not known: Binding Error with status 2 (RFC 6275 §9.2). */
export const unknownMessageReaction = (packet: RefusedPacket): Reaction =>
  bindingError(BINDING_ERROR_STATUS.unrecognizedMobilityHeaderType, packet);

/** The answer to a Home Address option without a binding: Binding Error with status 1 (RFC 6275 §9.3.1). */
export const unknownBindingReaction = (packet: RefusedPacket): Reaction =>
  bindingError(BINDING_ERROR_STATUS.unknownBindingForHomeAddressOption, packet);
