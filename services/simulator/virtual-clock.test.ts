import fc from "fast-check";
import { expect, it } from "vitest";
import { instantOf, millis } from "#wire/time.ts";
import { createVirtualClock } from "./virtual-clock.ts";

it("fires timers in the order of their instants, equal ones in the order they were started", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (delays) => {
      const clock = createVirtualClock();
      const fired: { delay: number; index: number; at: number }[] = [];
      for (const [index, delay] of delays.entries())
        clock.start(millis(delay), () => fired.push({ delay, index, at: clock.now() }));
      clock.advanceNow(millis(50));
      const expected = delays
        .map((delay, index) => ({ delay, index, at: delay }))
        .toSorted((a, b) => a.delay - b.delay || a.index - b.index);
      expect(fired).toEqual(expected);
      expect(clock.pending).toBe(0);
    }),
  );
});

it("fires a timer that another one starts, when its time lies within the same advance", () => {
  const clock = createVirtualClock({ start: instantOf(1000) });
  const fired: number[] = [];
  const again = () => {
    fired.push(clock.now());
    clock.start(millis(10), again);
  };
  clock.start(millis(10), again);
  clock.advanceNow(millis(35));
  expect(fired).toEqual([1010, 1020, 1030]);
  expect(clock.now()).toBe(1035);
});

it("follows up promises before the next timer", async () => {
  const clock = createVirtualClock();
  const log: string[] = [];
  const pause = (delay: number) => new Promise<void>((resolve) => clock.start(millis(delay), resolve));
  const conversation = async () => {
    await pause(5);
    log.push("first");
    await pause(5);
    log.push("second");
  };
  void conversation();
  clock.start(millis(7), () => log.push("between"));
  await clock.advance(millis(20));
  expect(log).toEqual(["first", "between", "second"]);
});

it("does not fire a cancelled timer and forgets it", () => {
  const clock = createVirtualClock();
  let fired = 0;
  const timer = clock.start(millis(1), () => {
    fired += 1;
  });
  timer.cancel();
  timer.cancel();
  clock.advanceNow(millis(5));
  expect([fired, clock.pending]).toEqual([0, 0]);
});

it("steps the wall clock without moving the boot-time clock", () => {
  const clock = createVirtualClock({ wall: 1_000_000 });
  clock.advanceNow(millis(500));
  clock.stepWall(millis(-3000));
  expect([clock.now(), clock.wall()]).toEqual([500, 997_500]);
});
