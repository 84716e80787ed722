import type { BindingRecord } from "./record.ts";

/** Digests are counted modulo this, so that sums stay exact. */
const MODULUS = 2 ** 52;

const PRIME_A = 0x01000193;
const PRIME_B = 0x85ebca6b;

/**
 * Digest of what a record says, a positive integer below 2^52: 0 for a tombstone, which nodes forget at times of their own. The
 * end of the lifetime has no part in it, since each node has it by its own clock.
 */
export const recordDigest = (record: BindingRecord): number => {
  if (record.lifetime === 0) return 0;
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const mix = (value: number): void => {
    a = Math.imul(a ^ value, PRIME_A);
    b = Math.imul(b ^ value ^ (b >>> 15), PRIME_B);
  };
  for (let at = 0; at < 16; at += 4) {
    const { homeAddress: home, careOfAddress: careOf } = record;
    mix(((home[at] ?? 0) << 24) | ((home[at + 1] ?? 0) << 16) | ((home[at + 2] ?? 0) << 8) | (home[at + 3] ?? 0));
    mix(
      ((careOf[at] ?? 0) << 24) | ((careOf[at + 1] ?? 0) << 16) | ((careOf[at + 2] ?? 0) << 8) | (careOf[at + 3] ?? 0),
    );
  }
  mix((record.sequence << 16) | record.flags);
  mix(record.lifetime);
  mix(Number(record.replayTimestamp >> 32n));
  mix(Number(record.replayTimestamp & 0xffffffffn));
  mix(record.spi);
  mix(record.epoch);
  mix(record.revision);
  mix(a >>> 16);
  return ((b >>> 12) * 2 ** 32 + (a >>> 0)) % MODULUS || 1;
};

/** The digest of a set of records is the sum of theirs: it changes with each in constant time, whatever the order. */
export const addDigest = (sum: number, digest: number): number => (sum + digest) % MODULUS;

export const subtractDigest = (sum: number, digest: number): number => (sum - digest + MODULUS) % MODULUS;
