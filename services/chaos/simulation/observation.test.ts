import { describe, expect, it } from "vitest";
import { instantOf, seconds } from "#wire/time.ts";
import { isApart } from "./observation.ts";

const now = instantOf(20_000);
const registered = (sequence: number, expiresAt = 25_000) => ({
  sequence,
  lifetime: seconds(8),
  expiresAt: instantOf(expiresAt),
});
const ended = (sequence: number) => ({ sequence, lifetime: seconds(0), expiresAt: instantOf(10_000) });

describe("a node and the log", () => {
  const differ = (known: ReturnType<typeof registered>, stored?: ReturnType<typeof registered>): boolean =>
    isApart({ record: known, now }, { record: stored, now });

  it("are apart while the log lacks a binding that lives, or has it as it was before", () => {
    expect(differ(registered(7), registered(7))).toBe(false);
    expect(differ(registered(7))).toBe(true);
    expect(differ(registered(8), registered(7))).toBe(true);
  });

  it("are not apart where the log lacks what has ended", () => {
    expect(differ(ended(8))).toBe(false);
    expect(differ(registered(8, 15_000))).toBe(false);
  });

  it("are apart while the log has again what a de-registration had ended, after its lifetime too", () => {
    expect(differ(ended(8), registered(7))).toBe(true);
    expect(differ(ended(8), registered(7, 15_000))).toBe(true);
    expect(differ(ended(7), registered(8))).toBe(false);
  });

  it("are apart by a lifetime that has run out only while the log's has not", () => {
    expect(differ(registered(8, 15_000), registered(7))).toBe(true);
    expect(differ(registered(8, 15_000), registered(7, 15_000))).toBe(false);
  });
});
