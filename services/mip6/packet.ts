import type { Address } from "#ipv6/address.ts";
import { followHeaders, type HeaderProblem } from "#ipv6/header-chain.ts";
import { writeIpv6Header } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import { checksumOf, foldSum, sumWords } from "#wire/checksum.ts";
import { newOctets } from "#wire/octets.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import type { MobilityMessage } from "./messages/mobility-message.ts";
import {
  type MobilityProblem,
  mobilityHeaderEnd,
  mobilityHeaderLength,
  readMobilityHeader,
  writeMobilityHeader,
} from "./mobility-header.ts";

export type { MobilityMessage } from "./messages/mobility-message.ts";

/** A Mobility Header packet as it was on the wire. All octet fields are views of the input: copy what outlives it. */
export interface MobilityPacket {
  /** IPv6 source as on the wire: the care-of address where a Home Address option is present. */
  readonly source: Address;
  /** IPv6 destination as on the wire. */
  readonly destination: Address;
  readonly hopLimit: number;
  /** From the Home Address option (RFC 6275 §6.3). */
  readonly homeAddress?: Address;
  /** Address in a type 2 routing header (RFC 6275 §6.4). */
  readonly routingHome?: Address;
  /** The message; unknown types are `{ type, data }`. */
  readonly message: MobilityMessage;
  /** The Mobility Header as received, for authenticators. */
  readonly mobilityBytes: Uint8Array;
}

/** Why a packet is not a Mobility Header packet that can be processed; `reactionTo` says what is answered. */
export type PacketProblem =
  | HeaderProblem
  | MobilityProblem
  /** The upper layer is another one, or the packet is a fragment (protocol 44). */
  | { readonly code: "not-mobility"; readonly protocol: number };

/** Whether the checksum over a packet's Mobility Header and pseudo-header is right (RFC 6275 §6.1.1); -1 for no such address. */
export const isChecksumRight = (
  packet: Uint8Array,
  at: number,
  end: number,
  homeAddressAt: number,
  routingHomeAt: number,
): boolean => {
  const source = homeAddressAt < 0 ? 8 : homeAddressAt;
  const destination = routingHomeAt < 0 ? 24 : routingHomeAt;
  const sum =
    sumWords(packet, source, source + 16) +
    sumWords(packet, destination, destination + 16) +
    (end - at) +
    PROTOCOL.mobility +
    sumWords(packet, at, end);
  return foldSum(sum) === 0xffff;
};

/**
 * Decodes an IPv6 packet with a Mobility Header: follows its extension headers, verifies the checksum with the
 * substitutions for Home Address option and type 2 routing header, and applies the checks of RFC 6275 §9.2 in order.
 * An unknown MH Type is no problem here: `isKnownMessage` tells, `unknownMessageReaction` answers.
 * @throws never
 */
export const decodeMobilityPacket = (packet: Uint8Array): Result<MobilityPacket, PacketProblem> => {
  const chain = followHeaders(packet);
  if (!chain.ok) return chain;
  const { protocol, offset, homeAddressAt, routingHomeAt } = chain.value;
  if (protocol !== PROTOCOL.mobility) return failed({ code: "not-mobility", protocol });
  const end = mobilityHeaderEnd(packet, offset, chain.value.end);
  if (end < 0) return failed({ code: "mobility-header-truncated", pointer: offset + 1 });
  if (!isChecksumRight(packet, offset, end, homeAddressAt, routingHomeAt)) return failed({ code: "checksum-mismatch" });
  const message = readMobilityHeader(packet, offset, end);
  if (!message.ok) return message;
  const source = packet.subarray(8, 24);
  const destination = packet.subarray(24, 40);
  const hopLimit = packet[7] ?? 0;
  const mobilityBytes = packet.subarray(offset, end);
  const base = { source, destination, hopLimit, message: message.value, mobilityBytes };
  if (homeAddressAt < 0 && routingHomeAt < 0) return ok(base);
  if (routingHomeAt < 0) return ok({ ...base, homeAddress: packet.subarray(homeAddressAt, homeAddressAt + 16) });
  const routingHome = packet.subarray(routingHomeAt, routingHomeAt + 16);
  if (homeAddressAt < 0) return ok({ ...base, routingHome });
  return ok({ ...base, routingHome, homeAddress: packet.subarray(homeAddressAt, homeAddressAt + 16) });
};

/** What a Mobility Header packet is made from. */
export interface MobilitySending {
  readonly source: Address;
  readonly destination: Address;
  /** 64 when left out. */
  readonly hopLimit?: number | undefined;
  /** Goes into a Home Address option; `source` is then the care-of address. */
  readonly homeAddress?: Address | undefined;
  /** Goes into a type 2 routing header; `destination` is then the care-of address. */
  readonly routingHome?: Address | undefined;
  readonly message: MobilityMessage;
}

/** Fills in an authenticator: gets the Mobility Header with its checksum 0. */
export type Finish = (mobilityBytes: Uint8Array) => void;

/** Octets of the type 2 routing header, and of a Destination Options header with the Home Address option. */
const ADDRESS_HEADER = 24;

const writeAddressHeader = (target: Uint8Array, at: number, next: number, value: Address): void => {
  target[at] = next;
  target[at + 1] = 2;
  for (let i = 0; i < 16; i++) target[at + 8 + i] = value[i] ?? 0;
};

const fillChecksum = (target: Uint8Array, at: number, source: Address, destination: Address): void => {
  const length = target.length - at;
  const sum = pseudoHeaderSum(source, destination, length, PROTOCOL.mobility) + sumWords(target, at, target.length);
  const checksum = checksumOf(sum);
  target[at + 4] = checksum >> 8;
  target[at + 5] = checksum;
};

/** Encodes a Mobility Header alone; the checksum is for the addresses given, which are those that the sender means. */
export const encodeMobilityHeader = (source: Address, destination: Address, message: MobilityMessage): Uint8Array => {
  const target = newOctets(mobilityHeaderLength(message));
  writeMobilityHeader(target, 0, message, target.length);
  fillChecksum(target, 0, source, destination);
  return target;
};

/**
 * Encodes a whole packet: lengths, padding and checksum are filled in. Options are aligned as their RFC asks, unless
 * the list holds padding: then it is written as listed.
 */
export const encodeMobilityPacket = (sending: MobilitySending, finish?: Finish): Uint8Array => {
  const { source, destination, homeAddress, routingHome, message } = sending;
  const length = mobilityHeaderLength(message);
  const at = 40 + (homeAddress === undefined ? 0 : ADDRESS_HEADER) + (routingHome === undefined ? 0 : ADDRESS_HEADER);
  const target = newOctets(at + length);
  const afterRouting = homeAddress === undefined ? PROTOCOL.mobility : PROTOCOL.destinationOptions;
  writeIpv6Header(target, 0, {
    payloadLength: target.length - 40,
    nextHeader: routingHome === undefined ? afterRouting : PROTOCOL.routing,
    hopLimit: sending.hopLimit ?? 64,
    source,
    destination,
  });
  if (routingHome !== undefined) {
    writeAddressHeader(target, 40, afterRouting, routingHome);
    target[42] = 2; // Routing Type
    target[43] = 1; // Segments Left
  }
  if (homeAddress !== undefined) {
    // RFC 6275 §6.3: after the routing header; PadN of 4 octets, then the option at 8n+6.
    const header = at - ADDRESS_HEADER;
    writeAddressHeader(target, header, PROTOCOL.mobility, homeAddress);
    target[header + 2] = 1;
    target[header + 3] = 2;
    target[header + 6] = 0xc9;
    target[header + 7] = 16;
  }
  writeMobilityHeader(target, at, message, length);
  finish?.(target.subarray(at));
  fillChecksum(target, at, homeAddress ?? source, routingHome ?? destination);
  return target;
};
