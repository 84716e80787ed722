import type { Clock, Timer } from "#ports/clock.ts";
import { between, type Milliseconds, millis } from "#wire/time.ts";

/**
 * Where the whole node stood still peers take its edges after some tens of milliseconds. Long enough for a busy event loop; what
 * is not answered meanwhile is asked again.
 */
const LONGEST = millis(250);
/** The guard's news of edges that are gone are read within this time. */
const CAUTION = millis(150);
const PACE = millis(50);

/**
 * Tells when this process stood still (SIGSTOP, a machine without processor time) for so long that what it believes of its edges
 * may be over: a frame from a virtual MAC that another node has by now would turn the switches to the wrong port.
 */
export interface Standstill extends Disposable {
  /** Until the news since then are read. */
  readonly suspected: boolean;
}

export const watchStandstill = (clock: Clock, pace: Milliseconds = PACE): Standstill => {
  let last = clock.now();
  let cautiousUntil: number = last;
  let timer: Timer | undefined;
  const look = (): void => {
    const now = clock.now();
    if (between(last, now) > LONGEST && now + CAUTION > cautiousUntil) cautiousUntil = now + CAUTION;
    last = now;
  };
  const tick = (): void => {
    look();
    timer = clock.start(pace, tick);
  };
  tick();
  return {
    get suspected() {
      look();
      return clock.now() < cautiousUntil;
    },
    [Symbol.dispose]: () => timer?.cancel(),
  };
};
