import { closeSync, constants, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Hold, Holds } from "#edge/hold-memory.ts";

/** Where a guard leaves what it knows of its holds to the guard after it. */
export interface HoldFile extends Disposable {
  /** What the guard before this one left; nothing when there was none, or what it left cannot be read. */
  readonly former: Holds;
  /** Puts it in the place of what was there before, in one system call: a guard may be killed at any moment. */
  save(holds: Holds): void;
}

const MOST_OCTETS = 1 << 16;

const isCounter = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

const readHolds = (text: string): Holds => {
  const holds = new Map<number, Hold>();
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch {
    return holds;
  }
  for (const row of Array.isArray(rows) ? rows : []) {
    const [number, term, epoch, lastSequence]: unknown[] = Array.isArray(row) ? row : [];
    if (isCounter(number) && isCounter(term) && isCounter(epoch) && isCounter(lastSequence))
      holds.set(number, { term, epoch, lastSequence });
  }
  return holds;
};

/**
 * Opens the file, beside the guard's socket; it is made when there is none. What it says holds only of what the kernel still has up: of a
 * machine that was started anew it says nothing, though it be there.
 * @throws when it cannot be opened for writing
 */
export const openHoldFile = (path: string): HoldFile => {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const { size } = fstatSync(file);
  const former = size > 0 && size <= MOST_OCTETS ? readHolds(readFileSync(path, "utf8")) : new Map<number, Hold>();
  // Shorter text leaves none of the longer one before it.
  let length = Math.min(size, MOST_OCTETS);
  if (size > MOST_OCTETS) ftruncateSync(file, 0);
  return {
    former,
    save: (holds) => {
      const rows = [...holds].map(([number, { term, epoch, lastSequence }]) => [number, term, epoch, lastSequence]);
      const text = JSON.stringify(rows).padEnd(length);
      length = text.length;
      writeSync(file, text, 0);
    },
    [Symbol.dispose]: () => closeSync(file),
  };
};
