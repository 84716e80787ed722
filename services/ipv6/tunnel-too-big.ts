import type { Address } from "./address.ts";
import { decodeIcmpv6Packet } from "./icmpv6/packet.ts";
import { decodeIpv6Packet } from "./packet.ts";
import { PROTOCOL } from "./protocol.ts";

const HEADER = 40;
const MINIMUM_MTU = 1280;
/** ICMPv6 type of Packet Too Big (RFC 4443 §3.2). */
export const PACKET_TOO_BIG = 2;

/** What a router (or this host's kernel) says of an IPv6 packet in an IPv6 packet. Octets are views of the input. */
export interface TunnelTooBig {
  /** Whom it was told. */
  readonly destination: Address;
  /** Octets of the greatest outer packet that goes on from there, 1280 or more. */
  readonly mtu: number;
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
 * Reads a packet as Packet Too Big about a tunnel. Whether the tunnel is one of ours is for the caller to see.
 * @returns undefined for anything else, for one about a packet that would have fitted, and for one that asks for less than
 * the IPv6 minimum, which is discarded (RFC 8201 §4)
 * @throws never
 */
export const decodeTunnelTooBig = (packet: Uint8Array): TunnelTooBig | undefined => {
  const decoded = decodeIpv6Packet(packet);
  if (!decoded.ok || decoded.value.protocol !== PROTOCOL.icmpv6) return undefined;
  const error = decodeIcmpv6Packet(decoded.value);
  if (!error.ok || error.value.type !== PACKET_TOO_BIG || !("mtu" in error.value)) return undefined;
  const { mtu, invokingPacket: outer } = error.value;
  const length = HEADER + (((outer[4] ?? 0) << 8) | (outer[5] ?? 0));
  if ((outer[0] ?? 0) >> 4 !== 6 || mtu < MINIMUM_MTU || length <= mtu) return undefined;
  const offset = innerOffset(outer);
  const inner = outer.subarray(offset ?? outer.length);
  if (inner.length < HEADER + 8 || (inner[0] ?? 0) >> 4 !== 6) return undefined;
  return {
    destination: decoded.value.destination,
    mtu,
    outerSource: outer.subarray(8, 24),
    outerDestination: outer.subarray(24, 40),
    inner,
  };
};
