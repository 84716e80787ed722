import { describe, expect, test } from "vitest";
import { after, instantOf, millis, seconds } from "#wire/time.ts";
import { createPacer, rampValue } from "./pacer.ts";
import type { SimSettings } from "./report.ts";

const TURN = millis(4);

/** A crowd whose nodes are always free, and counts what it is told. */
const open = (settings: Partial<SimSettings>, free: () => boolean = () => true) => {
  const told = { register: 0, refresh: 0, move: [] as number[], deregister: 0, notOffered: 0 };
  let now = instantOf(0);
  const pacer = createPacer(
    { mobileNodes: 100, rate: 0, ramp: 0, moveRate: 0, ...settings },
    {
      crowd: {
        register: () => void told.register++,
        deregister: () => void told.deregister++,
        refresh: () => {
          if (free()) told.refresh++;
          return free();
        },
        move: (node) => {
          told.move.push(node);
          return true;
        },
      },
      capacity: 1000,
      start: now,
      random: () => 0.5,
      offered: () => told.register + told.refresh + told.move.length + told.deregister,
      notOffered: (count) => {
        told.notOffered += count;
      },
    },
  );
  const run = (time: number) => {
    for (const end = now + time; now < end; ) {
      now = after(now, TURN);
      pacer.advance(now);
    }
  };
  return { pacer, told, run };
};

describe("pacer", () => {
  test("a ramp goes straight from one number to the other", () => {
    const ramp = { from: 100, to: 0, start: instantOf(1000), length: seconds(10) };
    expect([0, 1000, 3500, 11_000, 99_000].map((at) => rampValue(ramp, instantOf(at)))).toEqual([100, 100, 75, 0, 0]);
  });

  test("mobile nodes register over the ramp, and those above a lower number return", () => {
    const { pacer, told, run } = open({ ramp: 10 });
    run(5000);
    expect(told.register).toBe(50);
    run(5000);
    expect(told).toMatchObject({ register: 100, refresh: 0, deregister: 0 });
    pacer.set({ mobileNodes: 40, ramp: 2 });
    run(1000);
    expect(told.deregister).toBe(30);
    run(2000);
    expect([told.deregister, pacer.wanted]).toEqual([60, 40]);
  });

  test("a rate bounds registrations and is then filled up with refreshes", () => {
    const { told, run } = open({ rate: 50 });
    run(1000);
    expect(told.register).toBeGreaterThanOrEqual(48);
    expect(told.register).toBeLessThanOrEqual(51);
    run(3000);
    expect(told.register).toBe(100);
    expect(told.register + told.refresh).toBeGreaterThanOrEqual(198);
    expect(told.register + told.refresh).toBeLessThanOrEqual(201);
  });

  test("what no free mobile node could be found for is told", () => {
    const { told, run } = open({ rate: 1000, mobileNodes: 10 }, () => false);
    run(3000);
    expect(told.notOffered).toBeGreaterThan(2000);
  });

  test("moves come at their rate, and all at once are spread over the time given", () => {
    const { pacer, told, run } = open({ moveRate: 20 });
    run(2000);
    expect(told.move.length).toBeGreaterThanOrEqual(39);
    expect(told.move.length).toBeLessThanOrEqual(40);
    pacer.set({ moveRate: 0 });
    told.move.length = 0;
    pacer.moveAll(seconds(10));
    run(5000);
    expect(told.move.length).toBe(50);
    run(6000);
    expect(told.move).toEqual(Array.from({ length: 100 }, (_, node) => node));
  });

  test("there are never more than there are home addresses", () => {
    const { pacer, told, run } = open({});
    pacer.set({ mobileNodes: 5000 });
    run(1000);
    expect([told.register, pacer.settings.mobileNodes]).toEqual([1000, 1000]);
  });
});
