import { addressEquals, isLinkLocal, isMulticast, isUnicastRoutable } from "#ipv6/address.ts";
import type { Icmpv6Message } from "#ipv6/icmpv6/message.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { isValidNeighborDiscovery } from "#ipv6/nd/validity.ts";
import { type DecodedIpv6Packet, decodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { updateProblem } from "./binding-update-rules.ts";
import { isKnownMessage } from "./messages/mobility-message.ts";
import { decodeMobilityPacket, type MobilityPacket } from "./packet.ts";
import { type Reaction, reactionTo, unknownMessageReaction } from "./reaction.ts";

/** Who receives a packet. */
export type Role = "home-agent" | "correspondent-node" | "mobile-node";

/** What a packet is to its receiver before anything that the receiver knows is consulted. */
export type Verdict =
  | { readonly kind: "mobility"; readonly packet: MobilityPacket }
  | { readonly kind: "icmpv6"; readonly packet: DecodedIpv6Packet; readonly message: Icmpv6Message }
  /** A packet in the tunnel; the inner one is `packet.payload`. */
  | { readonly kind: "tunnelled"; readonly packet: DecodedIpv6Packet }
  /** Any other upper layer; with a Home Address option, whether a binding matches is for the receiver to say. */
  | { readonly kind: "other"; readonly packet: DecodedIpv6Packet }
  | Reaction;

const SILENCE: Reaction = { kind: "silence" };

/** The addresses of a packet's headers. */
type HeaderAddresses = Pick<DecodedIpv6Packet, "source" | "destination" | "homeAddress" | "routingHome">;

/** RFC 6275 §6.4, §11.3.3: a routing header names a home address of the receiver, of no smaller scope than its care-of address. */
const isRoutingHomeRight = (packet: HeaderAddresses, role: Role): boolean => {
  const { routingHome, destination } = packet;
  if (routingHome === undefined) return true;
  // RFC 6275 §8.2: a node that is no mobile node drops such packets in silence.
  if (role !== "mobile-node") return false;
  if (isLinkLocal(routingHome)) return isLinkLocal(destination);
  return isUnicastRoutable(routingHome) && !addressEquals(routingHome, destination);
};

/** Whether the addresses of routing header and Home Address option let a node go on with a packet; if not, it is dropped in silence. */
export const areAddressesRight = (packet: HeaderAddresses, role: Role): boolean => {
  const { homeAddress, source } = packet;
  if (!isRoutingHomeRight(packet, role)) return false;
  // RFC 6275 §9.3.1: a home address that is not unicast routable.
  return homeAddress === undefined || (isUnicastRoutable(homeAddress) && !isMulticast(source));
};

/** RFC 6275 §9.4.1, §9.4.2: tests are not begun with a Home Address option. */
const mayHaveHomeAddress = (type: number): boolean => type !== 1 && type !== 2;

const judgeMobility = (bytes: Uint8Array): Verdict => {
  const decoded = decodeMobilityPacket(bytes);
  if (!decoded.ok) return reactionTo(decoded.error, bytes);
  const packet = decoded.value;
  const { message } = packet;
  if (!isKnownMessage(message)) return unknownMessageReaction(packet);
  if (packet.homeAddress !== undefined && !mayHaveHomeAddress(message.type)) return SILENCE;
  if (message.type === 5 && updateProblem(packet, message) !== undefined) return SILENCE;
  return { kind: "mobility", packet };
};

/** The tests on ICMPv6 messages of RFC 6275 §6.5 to §6.8, §10.5, §10.6, §11.4 that need nothing but the packet. */
const isDiscoveryRight = (packet: DecodedIpv6Packet, message: Icmpv6Message): boolean => {
  switch (message.type) {
    case 144:
      // RFC 4443 §2.2: the answer goes to the source.
      return isUnicastRoutable(packet.source);
    case 145:
      return message.homeAgentAddresses.length > 0;
    case 146:
      return packet.homeAddress !== undefined;
    case 147:
      // RFC 6275 §11.4.3: without a type 2 routing header it is dropped.
      return packet.routingHome !== undefined;
    default:
      return isValidNeighborDiscovery(packet, message);
  }
};

const judgeIcmpv6 = (packet: DecodedIpv6Packet): Verdict => {
  const message = decodeIcmpv6Packet(packet);
  if (!message.ok || !isDiscoveryRight(packet, message.value)) return SILENCE;
  return { kind: "icmpv6", packet, message: message.value };
};

/**
 * Judges a packet by itself: refuses what no state of the receiver could make acceptable, and says with which answer.
 * @throws never
 * @see RFC 6275 §9.2, §9.3.1, §9.4, §9.5.1, §11.3.3
 */
export const judgePacket = (bytes: Uint8Array, role: Role): Verdict => {
  const decoded = decodeIpv6Packet(bytes);
  if (!decoded.ok) return reactionTo(decoded.error, bytes);
  const packet = decoded.value;
  if (!areAddressesRight(packet, role)) return SILENCE;
  switch (packet.protocol) {
    case PROTOCOL.mobility:
      return judgeMobility(bytes);
    case PROTOCOL.icmpv6:
      return judgeIcmpv6(packet);
    case PROTOCOL.ipv6:
      return { kind: "tunnelled", packet };
    default:
      return { kind: "other", packet };
  }
};
