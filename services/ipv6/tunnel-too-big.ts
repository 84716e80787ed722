import { readTunnelError, type TunnelError } from "./tunnel-error.ts";

const HEADER = 40;
const MINIMUM_MTU = 1280;
/** ICMPv6 type of Packet Too Big (RFC 4443 §3.2). */
export const PACKET_TOO_BIG = 2;

/** What a router (or this host's kernel) says of an IPv6 packet in an IPv6 packet. Octets are views of the input. */
export interface TunnelTooBig extends TunnelError {
  /** Octets of the greatest outer packet that goes on from there, 1280 or more. */
  readonly mtu: number;
}

/**
 * Reads a packet as Packet Too Big about a tunnel. Whether the tunnel is one of ours is for the caller to see.
 * @returns undefined for anything else, for one about a packet that would have fitted, and for one that asks for less than
 * the IPv6 minimum, which is discarded (RFC 8201 §4)
 * @throws never
 */
export const decodeTunnelTooBig = (packet: Uint8Array): TunnelTooBig | undefined => {
  const read = readTunnelError(packet);
  if (read === undefined || read.message.type !== PACKET_TOO_BIG || !("mtu" in read.message)) return undefined;
  const { outer, about } = read;
  const { mtu } = read.message;
  const length = HEADER + (((outer[4] ?? 0) << 8) | (outer[5] ?? 0));
  return mtu < MINIMUM_MTU || length <= mtu ? undefined : { ...about, mtu };
};
