import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { millis, seconds } from "#wire/time.ts";
import {
  type ClockEvidence,
  correctedTimestamp,
  followedOffset,
  isAheadOfTold,
  isCloseEnough,
  isLaterTimestamp,
  nextTimestamp,
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

describe("the next timestamp", () => {
  it("is the time of day, or just after the last one", () => {
    const now = replayTimestamp(NOW);
    expect(nextTimestamp(now, 0n)).toBe(now);
    expect(nextTimestamp(now, replayTimestamp(NOW - 1))).toBe(now);
    expect(nextTimestamp(now, now)).toBe(now + 1n);
    expect(nextTimestamp(now, now + 5n)).toBe(now + 6n);
  });

  it("goes on with the new era at its turn", () => {
    expect(nextTimestamp(replayTimestamp(TURN + 1), replayTimestamp(TURN - 1))).toBe(replayTimestamp(TURN + 1));
    expect(nextTimestamp(replayTimestamp(TURN - 1), (1n << 64n) - 1n)).toBe(0n);
  });
});

/** One exchange: own time of day at its Binding Update, how long that and the acknowledgement waited. */
interface Trip {
  readonly sent: number;
  readonly there: number;
  readonly back: number;
}

describe("the offset of timestamps after status 144 (RFC 4285 §6)", () => {
  /** Own time of day in either era, and about the turn between them. */
  const wall = fc.oneof(
    fc.integer({ min: NOW, max: TURN + 1e11 }),
    fc.integer({ min: TURN - 20_000, max: TURN + 20_000 }),
  );
  /** How long a message waits: mostly more than is tolerated. */
  const delay = fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 600_000 }));
  /** Some years off in either direction, or little. */
  const offset = fc.oneof(fc.integer({ min: -1e12, max: 1e12 }), fc.integer({ min: -20_000, max: 20_000 }));
  const trip = fc.record({ sent: wall, there: delay, back: delay });

  /** What a home agent whose clock is ahead by `ahead` tells of an update that waited `there`, its answer `back`. */
  const evidence = (ahead: number, { sent, there, back }: Trip) => {
    const refused = replayTimestamp(sent, 4711);
    return {
      told: correctedTimestamp(refused, sent + there + ahead),
      received: sent + there + back,
      roundTrip: millis(there + back),
    } satisfies ClockEvidence;
  };

  it("is what it was when the clocks agree, however long the messages waited", () => {
    fc.assert(
      fc.property(trip, (one) => {
        expect(followedOffset(0, evidence(0, one))).toBe(0);
      }),
    );
  });

  it("is what it was whenever that is right", () => {
    fc.assert(
      fc.property(trip, offset, (one, ahead) => {
        expect(followedOffset(ahead, evidence(ahead, one))).toBe(ahead);
      }),
    );
  });

  it("lies where the home agent's answer between sending and reception puts it", () => {
    fc.assert(
      fc.property(trip, offset, offset, (one, ahead, present) => {
        const followed = followedOffset(present, evidence(ahead, one));
        // The whole second told is the moment of the answer or up to 1 s before it.
        expect(followed).toBeGreaterThan(ahead - 1000 - one.back);
        expect(followed).toBeLessThanOrEqual(ahead + 1000 + one.there);
      }),
    );
  });

  it("is never farther from the truth than it was, and stays on its side of it or becomes right", () => {
    fc.assert(
      fc.property(trip, offset, offset, (one, ahead, present) => {
        const error = followedOffset(present, evidence(ahead, one)) - ahead;
        expect(Math.abs(error)).toBeLessThanOrEqual(Math.abs(present - ahead));
        expect(error * (present - ahead)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("makes the next timestamp acceptable after any slow exchanges and a prompt one", () => {
    const prompt = fc.record({
      sent: wall,
      there: fc.integer({ min: 0, max: 500 }),
      back: fc.integer({ min: 0, max: 500 }),
    });
    fc.assert(
      fc.property(fc.array(trip, { maxLength: 5 }), prompt, offset, offset, (slow, last, ahead, first) => {
        const before = slow.reduce((present, one) => followedOffset(present, evidence(ahead, one)), first);
        const followed = followedOffset(before, evidence(ahead, last));
        const next = last.sent + last.there + last.back;
        // RFC 4285 §5.1: the tolerance is more than 3 s.
        expect(isCloseEnough(replayTimestamp(next + followed), next + 500 + ahead, seconds(3))).toBe(true);
        expect(followedOffset(followed, evidence(ahead, last))).toBe(followed);
      }),
    );
  });

  it("changes by what is certain only: to the nearer bound, not into the middle", () => {
    const sent = NOW + 250;
    // Answered after 20 s by a clock 8 s behind, 10 ms before the answer came.
    const slow = evidence(-8000, { sent, there: 20_000, back: 10 });
    expect(followedOffset(0, slow)).toBe(0);
    // At once, and the answer waited for 20 s: at most 1 s of it is left open.
    const late = evidence(-8000, { sent, there: 0, back: 20_000 });
    expect(followedOffset(0, late)).toBe(-7250);
  });

  it("a refused timestamp is ahead of the home agent's clock only where that clock is behind", () => {
    fc.assert(
      fc.property(trip, offset, offset, (one, ahead, present) => {
        const { told } = evidence(ahead, one);
        const isAhead = isAheadOfTold(replayTimestamp(one.sent + present), told);
        if (present <= ahead) expect(isAhead).toBe(false);
        if (present > ahead + one.there + 1000) expect(isAhead).toBe(true);
      }),
    );
  });
});
