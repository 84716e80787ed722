import { expect, it } from "vitest";
import { flatMapInSlices } from "./slices.ts";

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const twice = (n: number): number[] => (n % 2 === 0 ? [n, n] : []);

it.each([0, 1, 999, 1_000, 1_001, 25_000])("maps %i as flatMap does", async (count) => {
  expect(await flatMapInSlices(numbers(count), twice)).toEqual(numbers(count).flatMap(twice));
});

it("lets other work in between", async () => {
  let turns = 0;
  let ended = false;
  const count = (): void => {
    turns++;
    if (!ended) setImmediate(count);
  };
  setImmediate(count);
  await flatMapInSlices(numbers(50_000), twice);
  ended = true;
  expect(turns).toBeGreaterThan(40);
});
