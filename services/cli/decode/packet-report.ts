import type { Address } from "#ipv6/address.ts";
import type { Icmpv6Message } from "#ipv6/icmpv6/message.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { type DecodedIpv6Packet, decodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import type { MobilityMessage } from "#mip6/messages/mobility-message.ts";
import { decodeMobilityHeader, readCutMobilityHeader } from "#mip6/mobility-header.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { glance, type MessageType } from "./glance.ts";

/** Why a packet, or a part of it, is not as it should be. */
export interface ReportedProblem {
  readonly code: string;
  /** Offset of the octet at fault in this packet. */
  readonly pointer?: number;
}

/** A packet that concerns Mobile IPv6, as far as it can be understood. */
export interface PacketReport {
  /** Octets that are there. */
  readonly length: number;
  /** Undefined when the packet is shorter than an IPv6 header. */
  readonly ends?: { readonly source: Address; readonly destination: Address };
  /** Undefined when the headers cannot be followed. */
  readonly headers?: DecodedIpv6Packet;
  readonly mobility?: MobilityMessage;
  readonly icmpv6?: Icmpv6Message;
  /** Where the packet is a part of a greater one; `offset` counts octets of that, behind its unfragmentable headers. */
  readonly fragment?: { readonly offset: number; readonly moreFragments: boolean; readonly identification: number };
  /** The message, where no more than its type could be decoded. */
  readonly undecoded?: MessageType;
  /** The packet in the tunnel. */
  readonly inner?: PacketReport;
  readonly problem?: ReportedProblem;
}

/** Tunnels in tunnels that are looked into. */
const DEPTH_LIMIT = 4;

/**
 * Looks at an IPv6 packet.
 * @returns undefined when it has nothing to do with Mobile IPv6: no Mobility Header, Home Address option, type 2
 * routing header, tunnel, or ICMPv6 message that RFC 6275 defines or changes
 */
export const reportPacket = (packet: Uint8Array): PacketReport | undefined => {
  const report = describe(packet, 0);
  return concernsMobility(packet, report) ? report : undefined;
};

const describe = (packet: Uint8Array, depth: number): PacketReport => {
  const ends =
    packet.length < 40 ? {} : { ends: { source: packet.subarray(8, 24), destination: packet.subarray(24, 40) } };
  const base = { length: packet.length, ...ends };
  const decoded = decodeIpv6Packet(packet);
  if (!decoded.ok) {
    return { ...base, problem: decoded.error, ...undecodedOf(packet) };
  }
  const headers = decoded.value;
  switch (headers.protocol) {
    case PROTOCOL.mobility:
      return { ...base, headers, ...describeMobility(packet, headers) };
    case PROTOCOL.icmpv6:
      return { ...base, headers, ...describeIcmpv6(packet, headers) };
    case PROTOCOL.ipv6:
      if (depth >= DEPTH_LIMIT) return { ...base, headers, problem: { code: "too-many-tunnels" } };
      return { ...base, headers, inner: describe(headers.payload, depth + 1) };
    case PROTOCOL.fragment:
      return { ...base, headers, ...describeFragment(headers, packet) };
    default:
      return { ...base, headers };
  }
};

/** The first fragment shows how the message begins; what the others hold cannot be told by itself. */
const describeFragment = (headers: DecodedIpv6Packet, packet: Uint8Array): Content => {
  const header = headers.headers.findLast(({ protocol }) => protocol === PROTOCOL.fragment);
  if (header?.protocol !== PROTOCOL.fragment) return {};
  const { offset, moreFragments, identification } = header;
  const fragment = { offset: offset * 8, moreFragments, identification };
  if (offset > 0) return { fragment };
  const octets = packet.subarray(0, headers.payloadOffset + headers.payload.length);
  const { message, at } = glance(octets);
  if (message?.protocol !== PROTOCOL.mobility) return { fragment, ...(message && { undecoded: message }) };
  const mobility = readCutMobilityHeader(octets.subarray(at));
  return { fragment, ...(mobility === undefined ? { undecoded: message } : { mobility }) };
};

type Content = Pick<PacketReport, "mobility" | "icmpv6" | "fragment" | "undecoded" | "problem">;

/** A message whose checksum or place is wrong is shown nevertheless. */
const describeMobility = (packet: Uint8Array, headers: DecodedIpv6Packet): Content => {
  const decoded = decodeMobilityPacket(packet);
  if (decoded.ok) return { mobility: decoded.value.message };
  const alone = decodeMobilityHeader(headers.payload);
  return { problem: decoded.error, ...(alone.ok ? { mobility: alone.value } : undecodedOf(packet)) };
};

const describeIcmpv6 = (packet: Uint8Array, headers: DecodedIpv6Packet): Content => {
  const decoded = decodeIcmpv6Packet(headers);
  if (decoded.ok) return { icmpv6: decoded.value };
  const { error } = decoded;
  const pointer = "pointer" in error ? { pointer: headers.payloadOffset + error.pointer } : {};
  return { problem: { code: error.code, ...pointer }, ...undecodedOf(packet) };
};

const undecodedOf = (packet: Uint8Array): { readonly undecoded?: MessageType } => {
  const { message } = glance(packet);
  return message === undefined ? {} : { undecoded: message };
};

const concernsMobility = (packet: Uint8Array, report: PacketReport): boolean => {
  const { headers, icmpv6 } = report;
  if (headers === undefined) return glance(packet).concern !== "none";
  if (headers.protocol === PROTOCOL.mobility || headers.protocol === PROTOCOL.ipv6) return true;
  if (headers.homeAddress !== undefined || headers.routingHome !== undefined) return true;
  if (report.fragment?.offset === 0) return glance(packet).concern === "mobility";
  if (headers.protocol !== PROTOCOL.icmpv6) return false;
  return icmpv6 === undefined ? glance(packet).concern !== "none" : icmpv6ConcernsMobility(icmpv6);
};

const icmpv6ConcernsMobility = (message: Icmpv6Message): boolean => {
  switch (message.type) {
    case 144:
    case 145:
    case 146:
    case 147:
      return true;
    case 134:
      // RFC 6275 §7: the bit H, the bit R of a prefix, and two options.
      return (
        message.flags.homeAgent ||
        message.options.some(
          (option) => option.type === 7 || option.type === 8 || (option.type === 3 && option.flags.routerAddress),
        )
      );
    case 1:
    case 2:
    case 3:
    case 4:
      return glance(message.invokingPacket).concern === "mobility";
    default:
      return false;
  }
};
