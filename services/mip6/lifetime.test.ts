import { describe, expect, it } from "vitest";
import { millis, seconds } from "#wire/time.ts";
import { lifetimeOf, lifetimeUnits } from "./lifetime.ts";

describe("lifetimes", () => {
  it("count units of 4 s (R-6.1.7-06)", () => {
    expect(lifetimeOf(105)).toBe(seconds(420));
    expect(lifetimeUnits(seconds(420))).toBe(105);
    expect(lifetimeOf(0)).toBe(seconds(0));
  });

  it("round down, so that no more is promised than is granted", () => {
    expect(lifetimeUnits(millis(7999))).toBe(1);
    expect(lifetimeUnits(millis(3999))).toBe(0);
  });

  it("stay within 16 bits", () => {
    expect(lifetimeUnits(seconds(1_000_000))).toBe(0xffff);
    expect(lifetimeUnits(millis(-1))).toBe(0);
  });

  it("survive the way to the wire and back", () => {
    for (const units of [0, 1, 2, 104, 8100, 0xffff]) expect(lifetimeUnits(lifetimeOf(units))).toBe(units);
  });
});
