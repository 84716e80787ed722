import type { Log } from "#control/log.ts";
import { type Address, formatAddress } from "#ipv6/address.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import type { Clock } from "#ports/clock.ts";
import type { TappedPacket } from "#ports/packets.ts";
import { after, type Instant, seconds } from "#wire/time.ts";

/** ICMPv6 type of Parameter Problem, and its code for an IPv6 option that is not known (RFC 4443 §3.4). */
export const PARAMETER_PROBLEM = 4;
const UNRECOGNIZED_OPTION = 2;
const HOME_ADDRESS_OPTION = 0xc9;
const IPV6_HEADER = 40;
/** Anybody can send such messages: the log has one in so long. */
const QUIET = seconds(60);

/** Who does not know the Home Address option, and to whom the packet with it went. */
interface Refusal {
  readonly from: Address;
  readonly destination: Address;
}

/** Reads a packet as Parameter Problem, code 2, about a Home Address option that came from this host. @throws never */
const readRefusal = (bytes: Uint8Array, isOwn: (address: Address) => boolean): Refusal | undefined => {
  const packet = decodeIpv6Packet(bytes);
  const decoded = packet.ok ? decodeIcmpv6Packet(packet.value) : packet;
  if (!packet.ok || !decoded.ok) return undefined;
  const error = decoded.value;
  if (error.type !== PARAMETER_PROBLEM || !("pointer" in error) || error.code !== UNRECOGNIZED_OPTION) return undefined;
  const { pointer, invokingPacket: refused } = error;
  const isOption = pointer >= IPV6_HEADER && refused[pointer] === HOME_ADDRESS_OPTION;
  if (!isOption || !isOwn(refused.subarray(8, 24))) return undefined;
  return { from: packet.value.source, destination: refused.subarray(24, 40) };
};

/** Tells a person of nodes that do not know the Home Address option; nothing else follows (RFC 6275 §11.3.5). */
export interface RefusedOptionLog {
  /** Takes Parameter Problem (ICMPv6 type 4) to this host, whatever it is about. */
  packets(batch: readonly Pick<TappedPacket, "bytes" | "outgoing">[]): void;
}

export const createRefusedOptionLog = (deps: {
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  readonly isOwn: (address: Address) => boolean;
  /** Called for each, also for those that are not logged. */
  readonly onRefused: () => void;
}): RefusedOptionLog => {
  let quietUntil: Instant | undefined;
  const tell = ({ from, destination }: Refusal) => {
    deps.onRefused();
    const now = deps.clock.now();
    if (quietUntil !== undefined && now < quietUntil) return;
    quietUntil = after(now, QUIET);
    deps.log.warn(
      { from: formatAddress(from), destination: formatAddress(destination) },
      "a node does not know the home address option",
    );
  };
  return {
    packets: (batch) => {
      for (const { bytes, outgoing } of batch) {
        const refusal = outgoing ? undefined : readRefusal(bytes, deps.isOwn);
        if (refusal !== undefined) tell(refusal);
      }
    },
  };
};
