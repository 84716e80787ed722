/** A reproducible source of chance: the same seed gives the same run of choices. */
export interface Chance {
  /** 0 to 1, exclusive. */
  next(): number;
  /** From `from` up to, not including, `to`. */
  between(from: number, to: number): number;
  pick<T>(from: readonly T[]): T;
  /** A source of its own, chosen by one draw: how often it is asked changes nothing for others. */
  fork(): Chance;
}

/** @param seed any integer; mulberry32, which is enough to choose faults by */
export const createChance = (seed: number): Chance => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    pick: (from) => {
      const chosen = from[Math.floor(next() * from.length)];
      if (chosen === undefined) throw new RangeError("nothing to choose from");
      return chosen;
    },
    fork: () => createChance(Math.floor(next() * 2 ** 32)),
  };
};
