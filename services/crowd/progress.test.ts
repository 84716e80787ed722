import { describe, expect, test } from "vitest";
import { createHistogram } from "./histogram.ts";
import { histogramText } from "./progress.ts";

describe("histogram for people", () => {
  test("has a line for each doubling with count, share and a bar that shows even one of many", () => {
    const histogram = createHistogram();
    for (let times = 0; times < 999; times++) histogram.record(1);
    histogram.record(4);
    const lines = histogramText(histogram.report()).split("\n");
    expect(lines).toEqual([
      `  up to    1.3 ms        999  99.9 % ${"#".repeat(50)}`,
      "  up to    2.6 ms          0   0.0 %",
      "  up to    5.1 ms          1   0.1 % #",
      "",
    ]);
  });

  test("is empty where nothing was measured", () => {
    expect(histogramText(createHistogram().report())).toBe("");
  });
});
