import type { Address } from "./address.ts";
import type { Icmpv6Message } from "./icmpv6/message.ts";
import { decodeIcmpv6Packet } from "./icmpv6/packet.ts";
import { decodeIpv6Packet } from "./packet.ts";
import { PROTOCOL } from "./protocol.ts";

const HEADER = 40;
/** ICMPv6 types of Destination Unreachable and Time Exceeded (RFC 4443 §3.1, §3.3). */
export const DESTINATION_UNREACHABLE = 1;
export const TIME_EXCEEDED = 3;
const HOP_LIMIT_EXCEEDED = 0;

/** What a router (or this host's kernel) complains about: an IPv6 packet in an IPv6 packet. Octets are views of the input. */
export interface TunnelError {
  /** Whom it was told. */
  readonly destination: Address;
  readonly outerSource: Address;
  readonly outerDestination: Address;
  /** The packet inside as far as it is repeated: a whole header and 8 octets more at least. */
  readonly inner: Uint8Array;
}

/** Where the packet inside begins: behind the tunnel's own options (RFC 2473 §5.1), or in the first fragment (§7.1). */
const innerOffset = (outer: Uint8Array): number | undefined => {
  let protocol = outer[6];
  let at = HEADER;
  for (;;) {
    if (protocol === PROTOCOL.ipv6) return at;
    const header = outer.subarray(at, at + 8);
    if (header.length < 8) return undefined;
    const [next, length = 0, high = 0, low = 0] = header;
    if (protocol === PROTOCOL.fragment) {
      // Offset of the fragment in its upper 13 bits.
      if (high !== 0 || low > 7) return undefined;
      at += 8;
    } else if (protocol === PROTOCOL.destinationOptions) at += 8 * (length + 1);
    else return undefined;
    protocol = next;
  }
};

/**
 * Reads a packet as an ICMPv6 error about a tunnel. Whether the tunnel is one of ours is for the caller to see.
 * @returns the error with its outer packet, which is an IPv6 packet as far as its first header goes; undefined for anything else
 * @throws never
 */
export const readTunnelError = (
  packet: Uint8Array,
): { readonly message: Icmpv6Message; readonly outer: Uint8Array; readonly about: TunnelError } | undefined => {
  const decoded = decodeIpv6Packet(packet);
  if (!decoded.ok || decoded.value.protocol !== PROTOCOL.icmpv6) return undefined;
  const error = decodeIcmpv6Packet(decoded.value);
  if (!error.ok || !("invokingPacket" in error.value)) return undefined;
  const { invokingPacket: outer } = error.value;
  if (outer.length < HEADER || (outer[0] ?? 0) >> 4 !== 6) return undefined;
  const inner = outer.subarray(innerOffset(outer) ?? outer.length);
  if (inner.length < HEADER + 8 || (inner[0] ?? 0) >> 4 !== 6) return undefined;
  return {
    message: error.value,
    outer,
    about: {
      destination: decoded.value.destination,
      outerSource: outer.subarray(8, 24),
      outerDestination: outer.subarray(24, 40),
      inner,
    },
  };
};

/**
 * Reads a packet as word that packets in a tunnel do not reach its end: "unreachable node" or "hop limit exceeded", which is
 * one and the same for whoever sent what is inside (RFC 2473 §8.1, §8.2).
 * @throws never
 */
export const decodeTunnelUnreachable = (packet: Uint8Array): TunnelError | undefined => {
  const read = readTunnelError(packet);
  if (read === undefined) return undefined;
  const { type, code } = read.message;
  const isUnreachable = type === DESTINATION_UNREACHABLE || (type === TIME_EXCEEDED && code === HOP_LIMIT_EXCEEDED);
  return isUnreachable ? read.about : undefined;
};
