import type { Instant, Milliseconds } from "#wire/time.ts";

/** A started timer; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Time of one node. The real one reads CLOCK_BOOTTIME; the simulator's is virtual. */
export interface Clock {
  /** Boot-time clock; never steps back. */
  now(): Instant;
  /** Wall clock, milliseconds since 1970 (UTC); may step. Only for replay timestamps and for records that leave the node. */
  wall(): number;
  /** Calls `callback` once, not before `delay` has passed. */
  start(delay: Milliseconds, callback: () => void): Timer;
}
