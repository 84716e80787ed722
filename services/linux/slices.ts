import { setImmediate as turn } from "node:timers/promises";

/** Other work has its turn after so many milliseconds. */
const LONGEST = 5;
/** Items between two looks at the clock: one may be a message of some hundred entries. */
const LOOK = 8;

/** Lets other work have its turn where the caller has been at work for long. */
export interface Slices {
  /** To be awaited for each item, before or after it; at most every eighth looks at the clock. */
  next(): Promise<void> | undefined;
}

export const createSlices = (): Slices => {
  let begun = performance.now();
  let items = 0;
  const rest = async (): Promise<void> => {
    await turn();
    begun = performance.now();
  };
  return {
    next: () => (++items % LOOK === 0 && performance.now() - begun > LONGEST ? rest() : undefined),
  };
};

/** `Array.flatMap` over a list that may be long, in slices between which other work has its turn. */
export const flatMapInSlices = async <From, To>(
  list: readonly From[],
  map: (item: From) => readonly To[],
): Promise<To[]> => {
  const slices = createSlices();
  const mapped: To[] = [];
  for (const item of list) {
    const rest = slices.next();
    if (rest !== undefined) await rest;
    for (const one of map(item)) mapped.push(one);
  }
  return mapped;
};
