import type { Log } from "#control/log.ts";
import { type Address, addressEquals, formatAddress } from "#ipv6/address.ts";
import { decodeTunnelTooBig } from "#ipv6/tunnel-too-big.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { TappedPacket } from "#ports/packets.ts";
import { seconds } from "#wire/time.ts";

/** A greater path MTU is tried again ten minutes after the last one was told (RFC 8201 §4). */
const AGEING = seconds(600);

/** What is known of the path from the care-of address to the home agent. */
export interface PathMtu {
  /** Octets of the greatest outer packet that it takes; undefined while nothing says less than the device. */
  readonly value: number | undefined;
  /** Another care-of address is another path; undefined: there is no tunnel. */
  follow(careOfAddress: Address | undefined): void;
  /** Takes Packet Too Big (ICMPv6 type 2) to this host, whatever it is about. */
  packets(batch: readonly Pick<TappedPacket, "bytes" | "outgoing">[]): void;
  stop(): void;
}

/**
 * Learns the path's MTU from Packet Too Big about the reverse tunnel (RFC 2473 §8.2): routers, and this host's own kernel,
 * tell the care-of address, which sends nothing itself, and the kernel of the routed plane does not take it for the tunnel.
 * @param deps.onChange the value has changed, by a message or with age; not by `follow`
 */
export const createPathMtu = (
  ends: { readonly homeAddress: Address; readonly homeAgent: Address },
  deps: { readonly clock: Clock; readonly log: Pick<Log, "info">; readonly onChange: () => void },
): PathMtu => {
  let careOf: Address | undefined;
  let value: number | undefined;
  let ageing: Timer | undefined;

  const forget = () => {
    ageing?.cancel();
    ageing = undefined;
    value = undefined;
  };

  /** Only about what was sent from the home address through the tunnel, and never to a greater one (RFC 8201 §4). */
  const lowerValueOf = (bytes: Uint8Array): number | undefined => {
    const error = careOf === undefined ? undefined : decodeTunnelTooBig(bytes);
    if (error === undefined || careOf === undefined) return undefined;
    const isOurs =
      addressEquals(error.destination, careOf) &&
      addressEquals(error.outerSource, careOf) &&
      addressEquals(error.outerDestination, ends.homeAgent) &&
      addressEquals(error.inner.subarray(8, 24), ends.homeAddress);
    return isOurs && (value === undefined || error.mtu < value) ? error.mtu : undefined;
  };

  const lower = (told: number, from: Address) => {
    forget();
    value = told;
    deps.log.info({ pathMtu: told, from: formatAddress(from) }, "path to the home agent is narrower");
    ageing = deps.clock.start(AGEING, () => {
      forget();
      deps.onChange();
    });
    deps.onChange();
  };

  return {
    get value() {
      return value;
    },
    follow: (careOfAddress) => {
      if (careOf !== undefined && careOfAddress !== undefined && addressEquals(careOf, careOfAddress)) return;
      careOf = careOfAddress?.slice();
      forget();
    },
    packets: (batch) => {
      for (const { bytes, outgoing } of batch) {
        const told = outgoing ? undefined : lowerValueOf(bytes);
        if (told !== undefined) lower(told, bytes.subarray(8, 24));
      }
    },
    stop: forget,
  };
};
