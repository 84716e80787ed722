import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNewerSequence, nextSequence } from "./sequence.ts";

const number = fc.integer({ min: 0, max: 0xffff });

describe("sequence numbers", () => {
  it("are not newer from 0 to 15 and from 32783 to 65535 when the last one was 15 (RFC 6275 §9.5.1) (R-9.1-03, R-9.5.1-04)", () => {
    const all = Array.from({ length: 0x10000 }, (_, received) => received);
    const wrong = all.filter((each) => isNewerSequence(each, 15) === (each <= 15 || each >= 32_783));
    expect(wrong).toEqual([]);
  });

  it("of any two different ones, at most one is newer, and neither at half the circle", () => {
    fc.assert(
      fc.property(number, number, (a, b) => {
        const both = [isNewerSequence(a, b), isNewerSequence(b, a)];
        const half = a === b || ((a - b) & 0xffff) === 0x8000;
        expect(both.filter(Boolean).length).toBe(half ? 0 : 1);
      }),
    );
  });

  it("do not depend on where the circle begins", () => {
    fc.assert(
      fc.property(number, number, number, (a, b, turn) => {
        expect(isNewerSequence((a + turn) & 0xffff, (b + turn) & 0xffff)).toBe(isNewerSequence(a, b));
      }),
    );
  });

  it("are followed by a newer one, 65535 by 0", () => {
    expect(nextSequence(0xffff)).toBe(0);
    fc.assert(fc.property(number, (a) => isNewerSequence(nextSequence(a), a)));
  });
});
