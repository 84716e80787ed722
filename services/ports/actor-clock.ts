import { millis } from "#wire/time.ts";
import type { Clock, Timer } from "./clock.ts";

/** The clock that xstate actors run on, by the port `Clock`: real and virtual time alike. */
export interface ActorClock {
  // The names and types are xstate's.
  setTimeout(run: (...args: unknown[]) => void, timeout: number): number;
  clearTimeout(id: unknown): void;
}

export const createActorClock = (clock: Clock): ActorClock => {
  const timers = new Map<unknown, Timer>();
  let last = 0;
  return {
    setTimeout: (run, timeout) => {
      const id = ++last;
      const timer = clock.start(millis(timeout), () => {
        timers.delete(id);
        run();
      });
      timers.set(id, timer);
      return id;
    },
    clearTimeout: (id) => {
      timers.get(id)?.cancel();
      timers.delete(id);
    },
  };
};
