import { expect, it } from "vitest";
import type { Clock } from "#ports/clock.ts";
import { type Instant, instantOf } from "#wire/time.ts";
import { watchStandstill } from "./standstill.ts";

/** A clock whose timers run only when `turn` says so, as those of a process that is stopped. */
const stoppableClock = () => {
  let now = 0;
  let due: (() => void)[] = [];
  const clock: Clock = {
    now: (): Instant => instantOf(now),
    wall: () => now,
    start: (_delay, callback) => {
      due.push(callback);
      const cancel = (): void => {
        due = due.filter((one) => one !== callback);
      };
      return { cancel };
    },
  };
  const turn = (): void => {
    const ready = due;
    due = [];
    for (const callback of ready) callback();
  };
  return {
    clock,
    pass: (ms: number) => {
      now += ms;
    },
    turn,
    waiting: () => due.length,
  };
};

it("suspects nothing while timers come in time, or somewhat late", () => {
  const { clock, pass, turn } = stoppableClock();
  using standstill = watchStandstill(clock);
  for (const ms of [50, 70, 240, 50]) {
    pass(ms);
    turn();
    expect(standstill.suspected).toBe(false);
  }
});

it("suspects a standstill at once, before any timer has run, until news have had their time", () => {
  const { clock, pass, turn } = stoppableClock();
  using standstill = watchStandstill(clock);
  pass(300);
  expect(standstill.suspected).toBe(true);
  turn();
  expect(standstill.suspected).toBe(true);
  pass(149);
  expect(standstill.suspected).toBe(true);
  pass(1);
  expect(standstill.suspected).toBe(false);
});

it("leaves no timer behind", () => {
  const { clock, turn, waiting } = stoppableClock();
  const standstill = watchStandstill(clock);
  turn();
  standstill[Symbol.dispose]();
  expect(waiting()).toBe(0);
});
