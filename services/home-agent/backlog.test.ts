import { expect, it } from "vitest";
import { instantOf, millis } from "#wire/time.ts";
import { createBacklog } from "./backlog.ts";

const setUp = () => {
  let now = 5_000;
  const backlog = createBacklog({ now: () => instantOf(now) });
  return {
    pass: (ms: number): void => {
      now += ms;
    },
    /** Reads packets that waited so long, one each 10 ms. @returns how many of them are stale */
    read: (count: number, waited: number): number => {
      let stale = 0;
      for (let at = 0; at < count; at++) {
        now += 10;
        stale += Number(backlog.isStale(millis(waited)));
      }
      return stale;
    },
  };
};

it("drops nothing of what piled up in a standstill and is worked off within a second", () => {
  const { read } = setUp();
  expect(read(100, 3_000)).toBe(0);
  expect(read(1_000, 20)).toBe(0);
});

it("drops what waited too long once that has gone on for more than a second, until something fresh comes", () => {
  const { read } = setUp();
  expect(read(101, 900)).toBe(0);
  expect(read(50, 900)).toBe(50);
  expect(read(1, 400)).toBe(0);
  expect(read(101, 900)).toBe(0);
  expect(read(1, 900)).toBe(1);
});

it("begins anew after a second in which nothing came", () => {
  const { read, pass } = setUp();
  expect(read(1, 900)).toBe(0);
  pass(60_000);
  expect(read(1, 900)).toBe(0);
});

it("drops nothing where it is not known how long packets waited", () => {
  const backlog = createBacklog({ now: () => instantOf(0) });
  expect(backlog.isStale(undefined)).toBe(false);
});
