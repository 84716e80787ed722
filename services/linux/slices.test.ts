import { expect, it } from "vitest";
import { flatMapInSlices } from "./slices.ts";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const twice = (n: number): number[] => (n % 2 === 0 ? [n, n] : []);

it.each([0, 1, 999, 1_000, 1_001, 25_000])("maps %i as flatMap does", async (count) => {
  expect(await flatMapInSlices(numbers(count), twice)).toEqual(numbers(count).flatMap(twice));
});

/** Busy for a millisecond, as with a message of some hundred entries. */
const slowly = (n: number): number[] => {
  const until = performance.now() + 1;
  while (performance.now() < until);
  return [n];
};

it("lets other work in between, also where each item takes long", async () => {
  let turns = 0;
  let ended = false;
  const count = (): void => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  expect(await flatMapInSlices(numbers(200), slowly)).toHaveLength(200);
  ended = true;
  expect(turns).toBeGreaterThanOrEqual(20);
});

it("costs short lists no turn", async () => {
  let turns = 0;
  const counting = setImmediate(() => turns++);
  await flatMapInSlices(numbers(20), twice);
  clearImmediate(counting);
  expect(turns).toBe(0);
});
