import { PROTOCOL } from "#ipv6/protocol.ts";

/** What a look that no damage stops sees of a packet. */
interface Glance {
  /** "unknown": the packet ends before this can be told. */
  readonly concern: "mobility" | "none" | "unknown";
  /** Its Mobility Header or ICMPv6 message, where the look got as far. */
  readonly message?: MessageType;
  /** Where that begins. */
  readonly at?: number;
}

/** A message of which only the type is known. */
export interface MessageType {
  /** Of the Mobility Header or of ICMPv6. */
  readonly protocol: number;
  readonly type: number;
}

const HOME_ADDRESS_OPTION = 0xc9;
const HEADER_LIMIT = 32;

/** Looks through the headers of a packet that is malformed, cut off, or quoted in an error: for its sort, no more. */
export const glance = (packet: Uint8Array): Glance => {
  if (packet.length < 40) return { concern: "unknown" };
  if ((packet[0] ?? 0) >> 4 !== 6) return { concern: "unknown" };
  let protocol = packet[6] ?? 0;
  let at = 40;
  let concern: Glance["concern"] = "unknown";
  for (let count = 0; count < HEADER_LIMIT && at < packet.length; count += 1) {
    switch (protocol) {
      case PROTOCOL.mobility:
        return { concern: "mobility", ...messageAt(packet, at, protocol) };
      case PROTOCOL.icmpv6:
        return icmpv6(packet, at, concern);
      case PROTOCOL.ipv6:
        return { concern: "mobility" };
      case PROTOCOL.destinationOptions:
        if (hasHomeAddress(packet, at)) concern = "mobility";
        break;
      case PROTOCOL.routing:
        if (packet[at + 2] === 2) concern = "mobility";
        break;
      case PROTOCOL.fragment:
      case PROTOCOL.hopByHopOptions:
      case PROTOCOL.authentication:
        break;
      default:
        return { concern: concern === "mobility" ? concern : "none" };
    }
    const next = packet[at] ?? 0;
    at += headerLength(packet, at, protocol);
    protocol = next;
  }
  return { concern };
};

/** @returns the type of the message that begins at `at` */
const messageAt = (packet: Uint8Array, at: number, protocol: number): Pick<Glance, "message" | "at"> => {
  const type = packet[protocol === PROTOCOL.mobility ? at + 2 : at];
  return type === undefined ? {} : { message: { protocol, type }, at };
};

const icmpv6 = (packet: Uint8Array, at: number, before: Glance["concern"]): Glance => {
  const type = packet[at] ?? 0;
  const isMobile = before === "mobility" || (type >= 144 && type <= 147);
  return { concern: isMobile ? "mobility" : "none", ...messageAt(packet, at, PROTOCOL.icmpv6) };
};

const headerLength = (packet: Uint8Array, at: number, protocol: number): number => {
  if (protocol === PROTOCOL.fragment) return 8;
  const length = packet[at + 1] ?? 0;
  return protocol === PROTOCOL.authentication ? (length + 2) * 4 : (length + 1) * 8;
};

const hasHomeAddress = (packet: Uint8Array, at: number): boolean => {
  const end = Math.min(packet.length, at + headerLength(packet, at, PROTOCOL.destinationOptions));
  let position = at + 2;
  while (position < end) {
    const type = packet[position];
    if (type === HOME_ADDRESS_OPTION) return true;
    position += type === 0 ? 1 : 2 + (packet[position + 1] ?? 0);
  }
  return false;
};
