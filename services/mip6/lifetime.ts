import { type Milliseconds, seconds } from "#wire/time.ts";

/** Seconds that one unit of a Lifetime or Refresh Interval field counts (RFC 6275 §6.1.7). */
const LIFETIME_UNIT_SECONDS = 4;

/** A Lifetime field as a duration. */
export const lifetimeOf = (units: number): Milliseconds => seconds(units * LIFETIME_UNIT_SECONDS);

/** A duration in units of 4 s, rounded down so that nothing longer than was granted is promised; at most 65535. */
export const lifetimeUnits = (lifetime: Milliseconds): number =>
  Math.max(0, Math.min(0xffff, Math.floor(lifetime / seconds(LIFETIME_UNIT_SECONDS))));
