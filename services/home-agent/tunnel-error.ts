import { type Address, addressEquals, isUnicastRoutable } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import {
  DESTINATION_UNREACHABLE,
  decodeTunnelUnreachable,
  TIME_EXCEEDED,
  type TunnelError,
} from "#ipv6/tunnel-error.ts";
import { decodeTunnelTooBig, PACKET_TOO_BIG } from "#ipv6/tunnel-too-big.ts";
import { PLACEHOLDER_SOURCE } from "#linux/kernel/mark.ts";
import type { TappedPacket } from "#ports/packets.ts";

const HEADER = 40;
const MINIMUM_MTU = 1280;
/** Octets of the packet that an ICMPv6 error repeats, so that it stays within 1280 (RFC 4443 §2.4 (c)). */
const INVOKING_LIMIT = MINIMUM_MTU - HEADER - 8;
/** ICMPv6 types below it are errors, which are not answered with errors (RFC 4443 §2.4 (e)). */
const FIRST_INFORMATIONAL = 128;

/** Code of Destination Unreachable (RFC 4443 §3.1). */
const ADDRESS_UNREACHABLE = 3;
/** ICMPv6 types that `tellSender` reads. */
export const TUNNEL_ERRORS: readonly number[] = [DESTINATION_UNREACHABLE, PACKET_TOO_BIG, TIME_EXCEEDED];

/** ifindex of `lo`, the same in every network namespace. */
const LOOPBACK = 1;

/** One end of the tunnels: a home agent instance. */
export interface TunnelEnd {
  readonly spec: { readonly homeAgentAddress: Address };
  readonly role: string;
  /** Care-of address that packets for a home address are tunnelled to. */
  forwardsTo(homeAddress: Address): Address | undefined;
}

/** Whether a sender is told anything of its packet: ICMPv6 errors and what has no single sender are not (RFC 4443 §2.4 (e)). */
const isTold = (inner: Uint8Array): boolean => {
  const isError = inner[6] === PROTOCOL.icmpv6 && (inner[HEADER] ?? 0) < FIRST_INFORMATIONAL;
  return !isError && isUnicastRoutable(inner.subarray(8, 24));
};

type ErrorMessage = Parameters<typeof encodeIcmpv6Packet>[0]["message"];

/** An error about the packet inside for its sender, in the name of `agent`. */
const errorAbout = (inner: Uint8Array, agent: Address, message: ErrorMessage): Uint8Array =>
  encodeIcmpv6Packet({ source: agent.slice(), destination: inner.slice(8, 24), hopLimit: 64, message });

/** Undefined when the sender cannot make its packets smaller (RFC 2473 §7.1, §8.2). */
const packetTooBig = (inner: Uint8Array, agent: Address, mtu: number): Uint8Array | undefined => {
  const length = HEADER + (((inner[4] ?? 0) << 8) | (inner[5] ?? 0));
  if (length <= MINIMUM_MTU) return undefined;
  return errorAbout(inner, agent, {
    type: PACKET_TOO_BIG,
    code: 0,
    mtu: Math.max(MINIMUM_MTU, mtu - HEADER),
    invokingPacket: inner.slice(0, INVOKING_LIMIT),
  });
};

/** RFC 2473 §8.2: whatever keeps packets from the end of the tunnel, their senders are told "address unreachable". */
const unreachable = (inner: Uint8Array, agent: Address): Uint8Array =>
  errorAbout(inner, agent, {
    type: DESTINATION_UNREACHABLE,
    code: ADDRESS_UNREACHABLE,
    invokingPacket: inner.slice(0, INVOKING_LIMIT),
  });

/** The home agent address of the instance that sent a tunnelled packet; undefined when none did. */
const senderOf = (error: TunnelError, device: number, instances: readonly TunnelEnd[]): Address | undefined => {
  // Only about what this home agent sent, or anybody could tell senders what he likes.
  if (!addressEquals(error.destination, error.outerSource)) return undefined;
  const isOwn = device === LOOPBACK && addressEquals(error.outerSource, PLACEHOLDER_SOURCE);
  for (const { spec, role, forwardsTo } of instances) {
    if (role === "standby") continue;
    if (!isOwn && !addressEquals(spec.homeAgentAddress, error.outerSource)) continue;
    const careOfAddress = forwardsTo(error.inner.subarray(24, 40));
    if (careOfAddress !== undefined && addressEquals(careOfAddress, error.outerDestination))
      return spec.homeAgentAddress;
  }
  return undefined;
};

/**
 * What is told about a packet in the tunnel to a mobile node, for whoever sent what is inside (RFC 6275 §9.3.4, RFC 2473
 * §8.2): that the path to the care-of address has become narrower, which that sender would never learn otherwise, or that
 * nothing arrives there. It comes from a router, or from this host's own kernel, which knows the outer source as
 * `PLACEHOLDER_SOURCE`. Nothing in these tunnels has an encapsulation limit, so Parameter Problem is none about them.
 * @returns undefined when the packet tells nothing of the kind, or its sender is not to be told
 */
export const tellSender = (
  { bytes, outgoing, device }: Pick<TappedPacket, "bytes" | "outgoing" | "device">,
  instances: readonly TunnelEnd[],
): Uint8Array | undefined => {
  if (outgoing) return undefined;
  const tooBig = decodeTunnelTooBig(bytes);
  const error = tooBig ?? decodeTunnelUnreachable(bytes);
  const agent = error === undefined || !isTold(error.inner) ? undefined : senderOf(error, device, instances);
  if (error === undefined || agent === undefined) return undefined;
  return tooBig === undefined ? unreachable(error.inner, agent) : packetTooBig(error.inner, agent, tooBig.mtu);
};
