import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createHistogram } from "./histogram.ts";

describe("histogram", () => {
  test("quantiles are at most a thirtieth above the true ones", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.9, 0.99, 0.999),
        (durations, part) => {
          const histogram = createHistogram();
          for (const duration of durations) histogram.record(duration);
          const sorted = [...durations].sort((a, b) => a - b);
          const exact = sorted[Math.ceil(part * sorted.length) - 1] ?? 0;
          const told = histogram.quantile(part);
          expect(told).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
          expect(told).toBeLessThanOrEqual(exact * 1.034);
        },
      ),
    );
  });

  test("nothing recorded is all zero, and forgotten after a reset", () => {
    const histogram = createHistogram();
    expect(histogram.report()).toEqual({ count: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0, mean: 0, buckets: [] });
    histogram.record(5);
    histogram.record(7);
    expect(histogram.report()).toMatchObject({ count: 2, max: 7, mean: 6 });
    histogram.reset();
    expect(histogram.count).toBe(0);
  });

  test("durations beyond all buckets count, with their true maximum", () => {
    const histogram = createHistogram();
    for (const duration of [0, -1, 1e12]) histogram.record(duration);
    expect(histogram.report()).toMatchObject({ count: 3, max: 1e12 });
  });

  test("buckets double, begin and end with one that holds something, and hold everything", () => {
    const histogram = createHistogram();
    for (const duration of [0.9, 1, 1.2, 1.3, 9, 9]) histogram.record(duration);
    expect(histogram.report().buckets).toEqual([
      { upTo: 1.28, count: 3 },
      { upTo: 2.56, count: 1 },
      { upTo: 5.12, count: 0 },
      { upTo: 10.24, count: 2 },
    ]);
  });

  test("no duration is outside the buckets", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e12, noNaN: true })), (durations) => {
        const histogram = createHistogram();
        for (const duration of durations) histogram.record(duration);
        expect(histogram.report().buckets.reduce((all, { count }) => all + count, 0)).toBe(durations.length);
      }),
    );
  });
});
