import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { createClock } from "./clock.ts";

it("reads the boot-time clock, which /proc/uptime shows", () => {
  const clock = createClock();
  const before = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  const now = clock.now();
  const after = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
  // /proc/uptime is cut to hundredths.
  expect(now).toBeGreaterThanOrEqual(before - 10);
  expect(now).toBeLessThanOrEqual(after + 20);
});

it("fires a timer once and not before its time", async () => {
  const clock = createClock();
  for (const delay of [0, 0.4, 1, 3.7]) {
    const start = clock.now();
    await new Promise<void>((resolve) => {
      clock.start(millis(delay), resolve);
    });
    expect(clock.now() - start).toBeGreaterThanOrEqual(delay);
  }
});

it("does not fire a cancelled timer; cancelling twice or after firing does no harm", async () => {
  const clock = createClock();
  let fired = 0;
  const cancelled = clock.start(millis(1), () => {
    fired += 1;
  });
  cancelled.cancel();
  cancelled.cancel();
  const last = await new Promise<{ cancel(): void }>((resolve) => {
    const timer = clock.start(millis(5), () => resolve(timer));
  });
  last.cancel();
  expect(fired).toBe(0);
});
