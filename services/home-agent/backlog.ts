import type { Clock } from "#ports/clock.ts";
import { between, type Instant, type Milliseconds, millis } from "#wire/time.ts";

/**
 * Who registers for the first time repeats its Binding Update after 1.5 s, others after 1 s (RFC 6275 §11.8), and duplicate address
 * detection takes a second: an answer to what has waited longer than this comes too late, the mobile node asks anew by then.
 */
const FRESH = millis(400);
/** What piled up while this process stood still for a moment is worked off within this time. */
const PATIENCE = millis(1_000);

/**
 * Tells which Binding Updates are dropped because more come than can be answered. Without it all of them would wait until nobody
 * wants their answers any more, which again makes more: only those that are fresh are of use.
 */
export interface Backlog {
  /** @param waited how long the packet waited to be read; undefined where that is not known */
  isStale(waited: Milliseconds | undefined): boolean;
}

export const createBacklog = (clock: Pick<Clock, "now">): Backlog => {
  /** Since then nothing that was read was fresh; and when something was read last. */
  let behindSince: Instant | undefined;
  let readAt: Instant | undefined;
  return {
    isStale: (waited = millis(0)) => {
      if (waited <= FRESH) {
        behindSince = undefined;
        return false;
      }
      const now = clock.now();
      if (readAt === undefined || between(readAt, now) > PATIENCE) behindSince = undefined;
      readAt = now;
      behindSince ??= now;
      return between(behindSince, now) > PATIENCE;
    },
  };
};
