import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seconds } from "#wire/time.ts";
import {
  correctedTimestamp,
  isCloseEnough,
  isLaterTimestamp,
  replayTimestamp,
  wallOfTimestamp,
} from "./replay-timestamp.ts";

/** 2026-11-23 16:40 UTC, and the NTP era's turn of 2036-02-07 06:28:16 UTC. */
const NOW = Date.UTC(2026, 10, 23, 16, 40);
const TURN = Date.UTC(2036, 1, 7, 6, 28, 16);

describe("replay timestamps (RFC 4285 §6)", () => {
  it("count seconds from 1900 in the high half", () => {
    expect(replayTimestamp(0) >> 32n).toBe(2_208_988_800n);
    expect(replayTimestamp(500) & 0xffffffffn).toBe(0x80000000n);
  });

  it("fill the bits below a millisecond with the random ones given", () => {
    expect(replayTimestamp(NOW, 0xffffffff) - replayTimestamp(NOW)).toBe(0x3fffffn);
    expect(replayTimestamp(NOW + 999, 0xffffffff) >> 32n).toBe(replayTimestamp(NOW) >> 32n);
  });

  it("give the wall clock back to the millisecond, in either era", () => {
    fc.assert(
      fc.property(fc.integer({ min: NOW, max: TURN + 1e11 }), (wall) => {
        expect(Math.abs(wallOfTimestamp(replayTimestamp(wall), wall + 5000) - wall)).toBeLessThan(1);
      }),
    );
  });

  it("are close enough up to the tolerance, not beyond", () => {
    expect(isCloseEnough(replayTimestamp(NOW - 6999), NOW, seconds(7))).toBe(true);
    expect(isCloseEnough(replayTimestamp(NOW + 7001), NOW, seconds(7))).toBe(false);
    expect(isCloseEnough(replayTimestamp(TURN + 1000), TURN - 1000, seconds(7))).toBe(true);
  });

  it("grow with time, also across the turn of an era", () => {
    expect(isLaterTimestamp(replayTimestamp(TURN + 1), replayTimestamp(TURN - 1))).toBe(true);
    expect(isLaterTimestamp(replayTimestamp(NOW), replayTimestamp(NOW))).toBe(false);
    expect(isLaterTimestamp(replayTimestamp(NOW), replayTimestamp(NOW + 1))).toBe(false);
  });

  it("are corrected by the receiver's seconds with the sender's low half", () => {
    const received = replayTimestamp(NOW - 100_000, 12345);
    const corrected = correctedTimestamp(received, NOW);
    expect(corrected & 0xffffffffn).toBe(received & 0xffffffffn);
    expect(corrected >> 32n).toBe(replayTimestamp(NOW) >> 32n);
  });
});
