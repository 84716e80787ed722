import { type Address, addressEquals, isUnicastRoutable } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { decodeTunnelTooBig, PACKET_TOO_BIG } from "#ipv6/tunnel-too-big.ts";
import { PLACEHOLDER_SOURCE } from "#linux/kernel/mark.ts";
import type { TappedPacket } from "#ports/packets.ts";

const HEADER = 40;
const MINIMUM_MTU = 1280;
/** Octets of the packet that an ICMPv6 error repeats, so that it stays within 1280 (RFC 4443 §2.4 (c)). */
const INVOKING_LIMIT = MINIMUM_MTU - HEADER - 8;
/** ICMPv6 types below it are errors, which are not answered with errors (RFC 4443 §2.4 (e)). */
const FIRST_INFORMATIONAL = 128;

/** ifindex of `lo`, the same in every network namespace. */
const LOOPBACK = 1;

/** One end of the tunnels: a home agent instance. */
export interface TunnelEnd {
  readonly spec: { readonly homeAgentAddress: Address };
  readonly role: string;
  /** Care-of address that packets for a home address are tunnelled to. */
  forwardsTo(homeAddress: Address): Address | undefined;
}

/** What the packet inside is to be told, in the name of `agent`; undefined when its sender cannot make it smaller. */
const packetTooBig = (agent: Address, inner: Uint8Array, mtu: number): Uint8Array | undefined => {
  const sender = inner.slice(8, 24);
  const isError = inner[6] === PROTOCOL.icmpv6 && (inner[HEADER] ?? 0) < FIRST_INFORMATIONAL;
  const length = HEADER + (((inner[4] ?? 0) << 8) | (inner[5] ?? 0));
  if (isError || length <= MINIMUM_MTU || !isUnicastRoutable(sender)) return undefined;
  return encodeIcmpv6Packet({
    source: agent.slice(),
    destination: sender,
    hopLimit: 64,
    message: {
      type: PACKET_TOO_BIG,
      code: 0,
      mtu: Math.max(MINIMUM_MTU, mtu - HEADER),
      invokingPacket: inner.slice(0, INVOKING_LIMIT),
    },
  });
};

/**
 * Packet Too Big about a packet in the tunnel to a mobile node, for whoever sent what is inside (RFC 2473 §8.2): without
 * it that sender would never learn that the path to the care-of address has become narrower. It comes from a router, or
 * from this host's own kernel, when its device is what is narrow: that one knows the outer source as `PLACEHOLDER_SOURCE`.
 * @returns undefined when the packet tells nothing of the kind, or the sender cannot make its packets smaller
 */
export const tellSender = (
  { bytes, outgoing, device }: Pick<TappedPacket, "bytes" | "outgoing" | "device">,
  instances: readonly TunnelEnd[],
): Uint8Array | undefined => {
  const error = outgoing ? undefined : decodeTunnelTooBig(bytes);
  // Only about what this home agent sent, or anybody could make senders use small packets.
  if (error === undefined || !addressEquals(error.destination, error.outerSource)) return undefined;
  const isOwn = device === LOOPBACK && addressEquals(error.outerSource, PLACEHOLDER_SOURCE);
  for (const { spec, role, forwardsTo } of instances) {
    if (role === "standby") continue;
    if (!isOwn && !addressEquals(spec.homeAgentAddress, error.outerSource)) continue;
    const careOfAddress = forwardsTo(error.inner.subarray(24, 40));
    if (careOfAddress !== undefined && addressEquals(careOfAddress, error.outerDestination))
      return packetTooBig(spec.homeAgentAddress, error.inner, error.mtu);
  }
  return undefined;
};
