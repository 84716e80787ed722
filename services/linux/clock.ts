import type { Clock } from "#ports/clock.ts";
import { type Instant, instantOf } from "#wire/time.ts";
import { native } from "./native.ts";

/** The longest delay that Node's timers take. */
const LONGEST = 2 ** 31 - 1;

/**
 * The clock of this machine: CLOCK_BOOTTIME, which counts suspended time too, and Node's timers.
 * @throws NativeError when the add-on is not built
 */
export const createClock = (): Clock => {
  const { bootTime } = native();
  const now = (): Instant => instantOf(bootTime());
  return {
    now,
    wall: () => Date.now(),
    start: (delay, callback) => {
      const due = bootTime() + delay;
      let timer: NodeJS.Timeout;
      const arm = (rest: number) => {
        timer = setTimeout(check, Math.min(Math.ceil(rest), LONGEST));
      };
      // Node rounds to its loop's milliseconds and may fire a fraction early.
      const check = () => {
        const rest = due - bootTime();
        if (rest > 0) arm(rest);
        else callback();
      };
      arm(delay);
      return { cancel: () => clearTimeout(timer) };
    },
  };
};
