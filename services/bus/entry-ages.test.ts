import { describe, expect, it } from "vitest";
import { instantOf } from "#wire/time.ts";
import { createEntryAges, PASSAGE } from "./entry-ages.ts";

describe("ages of a stream's entries", () => {
  it("have no limit for what was there at first", () => {
    const ages = createEntryAges();
    expect(ages.atMost(1, instantOf(0))).toBe(Number.POSITIVE_INFINITY);
    ages.ended(10, instantOf(1_000));
    expect(ages.atMost(10, instantOf(2_000))).toBe(Number.POSITIVE_INFINITY);
  });

  it("count from when the stream ended before the entry, though that is long ago", () => {
    const ages = createEntryAges();
    ages.ended(10, instantOf(1_000));
    expect(ages.atMost(11, instantOf(1_500))).toBe(500 + PASSAGE);
    expect(ages.atMost(12, instantOf(61_000))).toBe(60_000 + PASSAGE);
  });

  it("count from the end before, for what was there already when the last end was told", () => {
    const ages = createEntryAges();
    ages.ended(10, instantOf(1_000));
    ages.ended(13, instantOf(50_000));
    ages.ended(15, instantOf(60_000));
    expect(ages.atMost(15, instantOf(60_500))).toBe(59_500 + PASSAGE);
    expect(ages.atMost(16, instantOf(60_500))).toBe(500 + PASSAGE);
  });

  it("know nothing of another stream", () => {
    const ages = createEntryAges();
    ages.ended(10, instantOf(1_000));
    ages.forget();
    expect(ages.atMost(11, instantOf(1_500))).toBe(Number.POSITIVE_INFINITY);
  });
});
