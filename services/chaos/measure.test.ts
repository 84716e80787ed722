import { expect, it } from "vitest";
import { figuresOf } from "./measure.ts";

const run = (arrived: boolean, from: number, until: number) => ({ arrived, from, until, count: until - from + 1 });

it("counts an interruption from the fault to the last lost probe, also where some arrived in between", () => {
  const runs = [
    run(true, 100, 102),
    run(false, 103, 110),
    run(true, 111, 112),
    run(false, 113, 130),
    run(true, 131, 900),
  ];
  expect(figuresOf(runs, { at: 100, ended: 100 }, 1)).toEqual({ lost: 26, interruption: 31, gap: 18, lostAfter: 0 });
});

it("counts from the first lost probe where the fault takes time to strike, at the latest from when it is on", () => {
  const runs = [run(true, 100, 119), run(false, 120, 149), run(true, 150, 900)];
  expect(figuresOf(runs, { at: 100, struck: 140, ended: 100 }, 1).interruption).toBe(30);
  expect(figuresOf(runs, { at: 100, struck: 110, ended: 100 }, 1).interruption).toBe(40);
});

it("tells what is lost while a fault lasts from what is lost after it", () => {
  const runs = [run(false, 100, 129), run(true, 130, 1999), run(false, 2000, 2009), run(true, 2010, 3000)];
  expect(figuresOf(runs, { at: 100, ended: 1500 }, 1)).toEqual({ lost: 40, interruption: 30, gap: 30, lostAfter: 10 });
});

it("gives zeros where nothing was lost", () => {
  expect(figuresOf([run(true, 0, 99)], { at: 10, ended: 50 }, 1)).toEqual({
    lost: 0,
    interruption: 0,
    gap: 0,
    lostAfter: 0,
  });
});
