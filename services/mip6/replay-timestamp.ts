import type { Milliseconds } from "#wire/time.ts";

/** Seconds from 1900, where NTP counts from, to 1970. */
const UNIX_EPOCH = 2_208_988_800;
const LOW = 0xffffffffn;

/**
 * A wall clock reading (milliseconds since 1970) as a 64-bit NTP timestamp (RFC 4285 §6).
 * @param random 32 random bits, of which those below the clock's resolution are used
 */
export const replayTimestamp = (wall: number, random = 0): bigint => {
  const whole = Math.floor(wall / 1000);
  const fraction = (wall - whole * 1000) / 1000;
  // A millisecond is 2^22 units of the fraction: fill what the clock does not tell.
  const low = Math.min(0xffffffff, Math.floor(fraction * 2 ** 32) + (random & 0x3fffff));
  return (BigInt((whole + UNIX_EPOCH) % 2 ** 32) << 32n) | BigInt(low);
};

/** A 64-bit NTP timestamp as milliseconds since 1970, in the era (136 years) that is nearest to `near`. */
export const wallOfTimestamp = (timestamp: bigint, near: number): number => {
  const inEra = Number(timestamp >> 32n) - UNIX_EPOCH + Number(timestamp & LOW) / 2 ** 32;
  const era = Math.round((near / 1000 - inEra) / 2 ** 32);
  return (inEra + era * 2 ** 32) * 1000;
};

/** Whether a timestamp is close enough to this node's time of day (RFC 4285 §6: 7 s when not agreed otherwise). */
export const isCloseEnough = (timestamp: bigint, wall: number, tolerance: Milliseconds): boolean =>
  Math.abs(wallOfTimestamp(timestamp, wall) - wall) <= tolerance;

/** Whether a timestamp is greater than the last accepted one, across the turn of an NTP era. */
export const isLaterTimestamp = (timestamp: bigint, last: bigint): boolean => {
  const ahead = BigInt.asUintN(64, timestamp - last);
  return ahead > 0n && ahead < 1n << 63n;
};

/** The timestamp for a Binding Acknowledgement that refuses one: low half as received, high half of our own clock (RFC 4285 §6). */
export const correctedTimestamp = (received: bigint, wall: number): bigint =>
  (replayTimestamp(wall) & ~LOW) | (received & LOW);

/**
 * The timestamp for the next Binding Update: the time of day, or just after the last one where that is not later.
 * @param last 0n without
 */
export const nextTimestamp = (now: bigint, last: bigint): bigint =>
  last === 0n || isLaterTimestamp(now, last) ? now : BigInt.asUintN(64, last + 1n);

/** What a Binding Acknowledgement of status 144 tells of the home agent's clock. */
export interface ClockEvidence {
  /** Its timestamp: the high half is the home agent's time of day when it answered, cut to the second. */
  readonly told: bigint;
  /** Own time of day when the acknowledgement came. */
  readonly received: number;
  /** How long before that the Binding Update was sent. */
  readonly roundTrip: Milliseconds;
}

/**
 * What to add to the own time of day for timestamps after status 144 (RFC 4285 §6), in milliseconds. The home agent answered
 * between sending and reception, which bounds how far its clock is ahead of ours; messages that waited only widen the bounds.
 * An offset within them stays: the exchange was slow, and says nothing of another clock. Any other becomes the nearer bound,
 * which whatever the delays is no farther from the truth than it was; the middle of a wide interval can be. After a prompt
 * exchange that is off by a second and the round trip at most, less than any tolerance.
 */
export const followedOffset = (offset: number, { told, received, roundTrip }: ClockEvidence): number => {
  const least = wallOfTimestamp(told & ~LOW, received) - received;
  return Math.min(Math.max(offset, least), least + 1000 + roundTrip);
};

/**
 * Whether the home agent's clock had not reached the timestamp that it refused. No delay does that, so later timestamps may be
 * less than this one; after any other refusal they go on growing.
 */
export const isAheadOfTold = (sent: bigint, told: bigint): boolean =>
  BigInt.asIntN(32, (sent >> 32n) - (told >> 32n)) > 0n;
