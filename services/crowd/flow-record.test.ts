import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createFlowRecord } from "./flow-record.ts";

const recordOf = (numbers: readonly number[], pace = 10) => {
  const record = createFlowRecord();
  for (const number of numbers) record.note(number, 1000 + number * pace);
  return record;
};

describe("flow record", () => {
  test("tells which numbers were lost and when they were sent", () => {
    const record = recordOf([2, 3, 6, 7, 9]);
    expect(record.windows()).toEqual([
      { from: 4, to: 5, lost: 2, start: 1040, end: 1050 },
      { from: 8, to: 8, lost: 1, start: 1080, end: 1080 },
    ]);
    expect(record).toMatchObject({ received: 5, lost: 3, duplicated: 0 });
  });

  test("a number that comes late is not lost, one that comes twice counts once", () => {
    const record = recordOf([0, 1, 5, 4, 3, 2, 2]);
    expect(record).toMatchObject({ received: 6, lost: 0, duplicated: 1 });
    expect(record.windows()).toEqual([]);
  });

  test("runs of different marks are apart", () => {
    const record = createFlowRecord();
    for (const [number, mark] of [
      [0, 1],
      [1, 1],
      [2, 7],
      [4, 7],
    ] as const)
      record.note(number, number, mark);
    expect(record.runs().map(({ from, to, mark }) => [from, to, mark])).toEqual([
      [0, 1, 1],
      [2, 2, 7],
      [3, 3, 0],
      [4, 4, 7],
    ]);
  });

  test("received and lost make up the whole, in any order, and no number makes it grow without bound", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(5000), { minLength: 1 }), (numbers) => {
        const record = recordOf(numbers);
        const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
        expect(record.received + record.lost).toBe(high - low + 1);
        expect(record.windows().reduce((sum, { lost }) => sum + lost, 0)).toBe(record.lost);
      }),
    );
    expect(createFlowRecord().note(0xffff_ffff, 0)).toBe(false);
  });

  test("nothing noted is nothing lost", () => {
    expect(createFlowRecord().runs()).toEqual([]);
    expect(createFlowRecord().lost).toBe(0);
  });
});
