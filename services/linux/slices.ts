import { setImmediate as turn } from "node:timers/promises";

/** Decoding so many takes some milliseconds. */
const SLICE = 1_000;

/** `Array.flatMap` over a list that may be long, in slices between which other work has its turn. */
export const flatMapInSlices = async <From, To>(
  list: readonly From[],
  map: (item: From) => readonly To[],
): Promise<To[]> => {
  const mapped: To[] = [];
  for (let start = 0; start < list.length; start += SLICE) {
    if (start > 0) await turn();
    const end = Math.min(start + SLICE, list.length);
    for (let at = start; at < end; at++) for (const one of map(list[at] as From)) mapped.push(one); // at is in the list
  }
  return mapped;
};
