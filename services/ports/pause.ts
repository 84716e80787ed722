import type { Milliseconds } from "#wire/time.ts";
import type { Clock } from "./clock.ts";

/** Waits for `delay` by the given clock, or until `signal` aborts; never rejects. */
export const pause = (clock: Clock, delay: Milliseconds, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = (): void => {
      signal.removeEventListener("abort", end);
      timer.cancel();
      resolve();
    };
    const timer = clock.start(delay, end);
    signal.addEventListener("abort", end, { once: true });
  });
