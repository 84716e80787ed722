import { type Address, ALL_NODES, linkLocalOf, multicastMac } from "#ipv6/address.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { isValidNeighborDiscovery } from "#ipv6/nd/validity.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { PacketError, Packets } from "#ports/packets.ts";
import type { Random } from "#ports/random.ts";
import type { Result } from "#wire/result.ts";
import { after, between, type Instant, instantOf, type Milliseconds, millis, seconds } from "#wire/time.ts";
import type { Counters } from "./counters.ts";
import type { InstanceLog } from "./instance-contract.ts";
import type { Standstill } from "./standstill.ts";
import { ethernetFrame } from "./transmitter.ts";

export interface RouterAdvertiserOptions {
  /** MaxRtrAdvInterval: unsolicited advertisements come after three quarters of it to the whole (RFC 4861 §6.2.1). */
  readonly interval: Milliseconds;
  /** Router Lifetime in seconds; 0 so that hosts keep the home link's own routers as default (RFC 4861 §6.2.3). */
  readonly routerLifetime: number;
  /** Seconds; 0xffffffff for ever. */
  readonly prefixValidLifetime: number;
  readonly prefixPreferredLifetime: number;
  /** Home Agent Information: greater is preferred (RFC 6275 §7.4). */
  readonly homeAgentPreference: number;
  /** Seconds (RFC 6275 §7.4). */
  readonly homeAgentLifetime: number;
}

/** Router Advertisements of the instances that are active here, each from its virtual MAC (RFC 6275 §7.1 to §7.4). */
export interface RouterAdvertiser {
  setActive(spec: InstanceSpec, active: boolean): void;
  /** Answers Router Solicitations of a device. */
  listen(device: string): Result<AsyncDisposable, PacketError>;
  stop(): void;
}

/** MIN_DELAY_BETWEEN_RAS (RFC 4861 §10): solicited answers go to all nodes and are not sent more often. */
const MINIMUM_GAP = seconds(3);
/** A router that serves mobile nodes may answer more often (MinDelayBetweenRAs, RFC 6275 §7.5, §12). */
const MOBILE_GAP = millis(30);
/** RFC 4861 §10: longest random delay of an answer. */
const MAX_RA_DELAY_TIME = millis(500);
const ROUTER_SOLICITATION = 133;

/** Whoever stood still looks again so much later whether the edge is still here. */
const AFTER_STANDSTILL = millis(300);

interface Advertising {
  readonly spec: InstanceSpec;
  timer?: Timer;
  sentAt: Instant;
  /** When the next one is to leave. */
  dueAt: Instant;
  /** The next one answers a solicitation. */
  isSolicited: boolean;
}

/** A Router Solicitation that passes the tests of RFC 4861 §6.1.1. */
const isRouterSolicitation = (bytes: Uint8Array): boolean => {
  const packet = decodeIpv6Packet(bytes);
  const message = packet.ok ? decodeIcmpv6Packet(packet.value) : undefined;
  return (
    packet.ok &&
    message?.ok === true &&
    message.value.type === ROUTER_SOLICITATION &&
    isValidNeighborDiscovery(packet.value, message.value)
  );
};

/** The advertisement of one instance: H flag, prefix with the whole home agent address (R flag), Advertisement Interval, Home Agent Information. */
export const routerAdvertisementOf = (spec: InstanceSpec, options: RouterAdvertiserOptions): Uint8Array => {
  const source: Address = linkLocalOf(spec.virtualMac);
  const packet = encodeIcmpv6Packet({
    source,
    destination: ALL_NODES,
    message: {
      type: 134,
      currentHopLimit: 64,
      flags: { managed: false, other: false, homeAgent: true },
      routerLifetime: options.routerLifetime,
      reachableTime: 0,
      retransmitTimer: 0,
      options: [
        { type: 1, linkLayerAddress: spec.virtualMac },
        {
          type: 3,
          prefixLength: spec.homePrefix.length,
          flags: { onLink: true, autonomous: true, routerAddress: true },
          validLifetime: options.prefixValidLifetime,
          preferredLifetime: options.prefixPreferredLifetime,
          prefix: spec.homeAgentAddress,
        },
        // RFC 6275 §7.5: 20 ms for the granularity of timers where the interval is below 200 ms.
        { type: 7, advertisementInterval: options.interval + (options.interval < 200 ? 20 : 0) },
        {
          type: 8,
          flags: { mobileRouter: false },
          preference: options.homeAgentPreference,
          lifetime: options.homeAgentLifetime,
        },
      ],
    },
  });
  return ethernetFrame(multicastMac(ALL_NODES), spec.virtualMac, packet);
};

export const createRouterAdvertiser = (
  deps: {
    readonly packets: Packets;
    readonly clock: Clock;
    readonly random: Random;
    readonly counters: Counters;
    readonly log: InstanceLog;
    readonly standstill: Pick<Standstill, "suspected">;
  },
  options: RouterAdvertiserOptions,
): RouterAdvertiser => {
  const { packets, clock, random, counters, log, standstill } = deps;
  const active = new Map<string, Advertising>();
  const gap = options.interval < MINIMUM_GAP ? MOBILE_GAP : MINIMUM_GAP;

  const schedule = (entry: Advertising, dueAt: Instant) => {
    entry.timer?.cancel();
    entry.dueAt = dueAt;
    entry.timer = clock.start(between(clock.now(), dueAt), () => advertise(entry));
  };

  const advertise = (entry: Advertising) => {
    if (standstill.suspected) return schedule(entry, after(clock.now(), AFTER_STANDSTILL));
    entry.sentAt = clock.now();
    entry.isSolicited = false;
    const { error } = packets.sendFrames(entry.spec.device, [routerAdvertisementOf(entry.spec, options)]);
    if (error === undefined) counters.routerAdvertisementsSent++;
    else log.warn({ instance: entry.spec.name, error }, "a Router Advertisement could not be sent");
    const spread = 0.75 + random.fraction() / 4;
    schedule(entry, after(entry.sentAt, millis(options.interval * spread)));
  };

  /** One advertisement answers all solicitations before it; its delay counts from the first (RFC 4861 §6.2.6). */
  const answer = (entry: Advertising) => {
    if (entry.isSolicited) return;
    entry.isSolicited = true;
    const earliest = instantOf(Math.max(clock.now(), after(entry.sentAt, gap)));
    const dueAt = after(earliest, millis(random.fraction() * MAX_RA_DELAY_TIME));
    if (dueAt < entry.dueAt) schedule(entry, dueAt);
  };

  return {
    setActive: (spec, isActive) => {
      const entry = active.get(spec.name);
      if (isActive && entry === undefined) {
        const started = { spec, sentAt: clock.now(), dueAt: clock.now(), isSolicited: false };
        active.set(spec.name, started);
        advertise(started);
      } else if (!isActive && entry !== undefined) {
        entry.timer?.cancel();
        active.delete(spec.name);
      }
    },
    listen: (device) =>
      packets.openTap({
        device,
        filter: { kind: "icmpv6", types: [ROUTER_SOLICITATION] },
        promiscuousMulticast: true,
        ignoreOutgoing: true,
        onPackets: (batch) => {
          const unanswered = [...active.values()].filter((each) => each.spec.device === device && !each.isSolicited);
          if (unanswered.length === 0) return;
          if (batch.some(({ bytes, outgoing }) => !outgoing && isRouterSolicitation(bytes))) unanswered.forEach(answer);
        },
      }),
    stop: () => {
      for (const entry of active.values()) entry.timer?.cancel();
      active.clear();
    },
  };
};
