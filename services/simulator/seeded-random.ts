import type { Random } from "#ports/random.ts";

/** Random numbers that depend on nothing but a seed and a label. */
export interface SeededRandom extends Random {
  /** Uniform between two numbers. */
  between(low: number, high: number): number;
  /** A whole number from 0 up to, not including, `count`. */
  below(count: number): number;
  chance(probability: number): boolean;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** Another source, independent of how far this one was used. */
  fork(label: string): SeededRandom;
}

/** 32 bits of a text, well mixed (FNV-1a and the finalizer of MurmurHash3). */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
};

/** Make the random numbers of a simulation (mulberry32); the same seed gives the same ones. */
export const createSeededRandom = (seed: string): SeededRandom => {
  let state = hashOf(seed);
  const word = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const fraction = (): number => word() / 2 ** 32;
  const random: SeededRandom = {
    fraction,
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
    between: (low, high) => low + fraction() * (high - low),
    below: (count) => Math.floor(fraction() * count),
    chance: (probability) => fraction() < probability,
    pick: (list) => {
      const found = list[random.below(list.length)];
      if (found === undefined) throw new RangeError("nothing to pick from");
      return found;
    },
    fork: (label) => createSeededRandom(`${seed}/${label}`),
  };
  return random;
};
