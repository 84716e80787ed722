import type { Address } from "#ipv6/address.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { after, between, type Instant, type Milliseconds, millis } from "#wire/time.ts";
import type { Standstill } from "./standstill.ts";

/** RFC 4861 §10. */
const MAX_NEIGHBOR_ADVERTISEMENT = 3;
const RETRANS_TIMER = millis(1_000);
/** How often it is asked whether a standstill is over. */
const PACE = millis(50);
/** Home addresses of which more advertisements are to follow; beyond it nobody's are repeated, so that a crowd does not fill the link. */
const MOST_REPEATED = 4096;
/** Home addresses whose first advertisement waits for the end of a standstill. */
const MOST_DEFERRED = 65_536;

/**
 * Tells the home link of mobile nodes that have just left it (RFC 6275 §10.4.1). A multicast may get lost, and a neighbour that
 * misses it sends to where the mobile node was until its own unreachability detection ends that, half a minute later: each
 * advertisement comes MAX_NEIGHBOR_ADVERTISEMENT times, RETRANS_TIMER apart.
 */
export interface Announcer extends Disposable {
  announce(spec: InstanceSpec, homeAddress: Address, flags: number): void;
}

interface Announcement {
  readonly spec: InstanceSpec;
  readonly homeAddress: Address;
  readonly flags: number;
  readonly left: number;
  readonly due: Instant;
}

export interface AnnouncerDependencies {
  readonly clock: Clock;
  readonly standstill: Pick<Standstill, "suspected">;
  readonly send: (spec: InstanceSpec, homeAddress: Address, flags: number) => void;
  /** Whether this node still takes packets for the home address off the home link: else the mobile node's own address is at stake. */
  readonly intercepts: (spec: InstanceSpec, homeAddress: Address) => boolean;
}

export const createAnnouncer = ({ clock, standstill, send, intercepts }: AnnouncerDependencies): Announcer => {
  /** In the order of `due`. */
  const repeated = new Set<Announcement>();
  const deferred = new Set<Announcement>();
  let timer: Timer | undefined;

  const schedule = () => {
    if (timer !== undefined) return;
    const [first] = repeated;
    if (deferred.size === 0 && first === undefined) return;
    const wait: Milliseconds =
      deferred.size > 0 || first === undefined ? PACE : millis(Math.max(1, Math.ceil(between(clock.now(), first.due))));
    timer = clock.start(wait, () => {
      timer = undefined;
      turn();
      schedule();
    });
  };

  const say = (announcement: Announcement) => {
    const { spec, homeAddress, flags, left } = announcement;
    send(spec, homeAddress, flags);
    if (left > 1 && repeated.size < MOST_REPEATED)
      repeated.add({ ...announcement, left: left - 1, due: after(clock.now(), RETRANS_TIMER) });
  };

  const turn = () => {
    // What is sent in another's place would turn switches and caches to the wrong node: not before the news are read.
    if (standstill.suspected) {
      for (const announcement of repeated) {
        if (between(clock.now(), announcement.due) > 0) break;
        repeated.delete(announcement);
        deferred.add(announcement);
      }
      return;
    }
    const ready = [...deferred];
    deferred.clear();
    for (const announcement of repeated) {
      if (between(clock.now(), announcement.due) > 0) break;
      repeated.delete(announcement);
      ready.push(announcement);
    }
    for (const announcement of ready) if (intercepts(announcement.spec, announcement.homeAddress)) say(announcement);
  };

  return {
    announce: (spec, homeAddress, flags) => {
      const announcement = { spec, homeAddress, flags, left: MAX_NEIGHBOR_ADVERTISEMENT, due: clock.now() };
      if (!standstill.suspected) say(announcement);
      else if (deferred.size < MOST_DEFERRED) deferred.add(announcement);
      schedule();
    },
    [Symbol.dispose]: () => {
      timer?.cancel();
      repeated.clear();
      deferred.clear();
    },
  };
};
