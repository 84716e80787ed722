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
  /** MaxRtrAdvInterval: the longest time between two unsolicited advertisements (RFC 4861 §6.2.1). */
  readonly interval: Milliseconds;
  /** MinRtrAdvInterval: the shortest one, at most three quarters of the longest. */
  readonly minimumInterval: Milliseconds;
  /** MinDelayBetweenRAs: answers go to all nodes and come no sooner after the advertisement before (RFC 6275 §13). */
  readonly minimumDelay: Milliseconds;
  /** Without them solicitations are answered, and nothing else is sent (RFC 6275 §7.5). */
  readonly unsolicited: boolean;
  /** Whether the Advertisement Interval option is there (RFC 6275 §7.3). */
  readonly tellsInterval: boolean;
  /** Router Lifetime in seconds; 0 so that hosts keep the home link's own routers as default (RFC 4861 §6.2.3). */
  readonly routerLifetime: number;
  /** Seconds; 0xffffffff for ever. */
  readonly prefixValidLifetime: number;
  readonly prefixPreferredLifetime: number;
  /** Home Agent Information: greater is preferred (RFC 6275 §7.4). */
  readonly homeAgentPreference: number;
  /** Seconds, not 0 (RFC 6275 §7.4). */
  readonly homeAgentLifetime: number;
}

/** Router Advertisements of the instances that are active here, each from its virtual MAC (RFC 6275 §7.1 to §7.4). */
export interface RouterAdvertiser {
  setActive(spec: InstanceSpec, active: boolean): void;
  /** Answers Router Solicitations of a device. */
  listen(device: string): Result<AsyncDisposable, PacketError>;
  stop(): void;
}

/** RFC 4861 §10: the first advertisements are no further apart, so that hosts find a new router although one is lost. */
const MAX_INITIAL_RTR_ADVERT_INTERVAL = seconds(16);
const MAX_INITIAL_RTR_ADVERTISEMENTS = 3;
/** RFC 4861 §10: longest random delay of an answer. */
const MAX_RA_DELAY_TIME = millis(500);
const ROUTER_SOLICITATION = 133;

/** Whoever stood still looks again so much later whether the edge is still here. */
const AFTER_STANDSTILL = millis(300);

const NOT_YET = instantOf(Number.NEGATIVE_INFINITY);
const NEVER = instantOf(Number.POSITIVE_INFINITY);

interface Advertising {
  readonly spec: InstanceSpec;
  timer?: Timer;
  sentAt: Instant;
  /** When the next one is to leave; `NEVER` when only a solicitation leads to one. */
  dueAt: Instant;
  /** Of the first ones, how many are still to come. */
  initial: number;
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

/** RFC 6275 §7.5: 20 ms more for the granularity of timers where the interval is below 200 ms. */
const advertisementIntervalOf = ({ interval }: RouterAdvertiserOptions) =>
  ({ type: 7, advertisementInterval: interval + (interval < 200 ? 20 : 0) }) as const;

/** RFC 6275 §7.4: not sent where it would say what its absence says, preference 0 and the lifetime of the router. */
const homeAgentInformationOf = (options: RouterAdvertiserOptions) => {
  const { homeAgentPreference: preference, homeAgentLifetime: lifetime, routerLifetime } = options;
  if (preference === 0 && lifetime === routerLifetime) return [];
  return [{ type: 8, flags: { mobileRouter: false }, preference, lifetime } as const];
};

/**
 * The advertisement of one instance: H flag, prefix with the whole home agent address (R flag), Advertisement Interval
 * and Home Agent Information where they are to be told.
 */
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
        ...(options.tellsInterval ? [advertisementIntervalOf(options)] : []),
        ...homeAgentInformationOf(options),
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
    if (entry.initial > 0) entry.initial--;
    if (options.unsolicited) schedule(entry, after(entry.sentAt, untilNext(entry)));
    else entry.dueAt = NEVER;
  };

  /** A random time of the configured interval, shorter for the first ones (RFC 4861 §6.2.4). */
  const untilNext = ({ initial }: Advertising): Milliseconds => {
    const { interval, minimumInterval } = options;
    const time = millis(minimumInterval + random.fraction() * (interval - minimumInterval));
    return initial > 0 && time > MAX_INITIAL_RTR_ADVERT_INTERVAL ? MAX_INITIAL_RTR_ADVERT_INTERVAL : time;
  };

  /** One advertisement answers all solicitations before it; its delay counts from the first (RFC 4861 §6.2.6). */
  const answer = (entry: Advertising) => {
    if (entry.isSolicited) return;
    entry.isSolicited = true;
    const earliest = instantOf(Math.max(clock.now(), after(entry.sentAt, options.minimumDelay)));
    const dueAt = after(earliest, millis(random.fraction() * MAX_RA_DELAY_TIME));
    if (dueAt < entry.dueAt) schedule(entry, dueAt);
  };

  return {
    setActive: (spec, isActive) => {
      const entry = active.get(spec.name);
      if (isActive && entry === undefined) {
        const initial = MAX_INITIAL_RTR_ADVERTISEMENTS;
        const started = { spec, sentAt: NOT_YET, dueAt: NEVER, initial, isSolicited: false };
        active.set(spec.name, started);
        if (options.unsolicited) advertise(started);
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
