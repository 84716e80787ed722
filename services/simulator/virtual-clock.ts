import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "#ports/clock.ts";
import { after, type Instant, instantOf, type Milliseconds } from "#wire/time.ts";

/** A clock that stands still until a test moves it. Timers due at the same instant fire in the order they were started. */
export interface VirtualClock extends Clock {
  /**
   * Moves time forward, firing each timer at its own instant. Promises that a timer settles are followed up before the
   * next timer, so that whole conversations run inside one call.
   */
  advance(by: Milliseconds): Promise<void>;
  /** The same without waiting for promises: only for code that uses none. */
  advanceNow(by: Milliseconds): void;
  /** Steps the wall clock alone, as an operator or NTP may. */
  stepWall(by: Milliseconds): void;
  /** Timers that are started and neither fired nor cancelled. */
  readonly pending: number;
}

interface Entry {
  readonly due: Instant;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

const isBefore = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.order < b.order);

/** A binary heap with the earliest timer first; cancelled ones stay until they come up. */
const createQueue = () => {
  const heap: Entry[] = [];
  const swap = (i: number, j: number) => {
    const [a, b] = [heap[i], heap[j]];
    if (a === undefined || b === undefined) return;
    heap[i] = b;
    heap[j] = a;
  };
  const earlier = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a !== undefined && b !== undefined && isBefore(a, b);
  };
  const take = (): void => {
    swap(0, heap.length - 1);
    heap.pop();
    for (let i = 0; ; ) {
      let least = i;
      if (earlier(2 * i + 1, least)) least = 2 * i + 1;
      if (earlier(2 * i + 2, least)) least = 2 * i + 2;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  return {
    add: (entry: Entry): void => {
      heap.push(entry);
      for (let i = heap.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1;
        if (!earlier(i, parent)) return;
        swap(i, parent);
        i = parent;
      }
    },
    /** Takes the earliest timer that is due by then. */
    takeDue: (by: Instant): Entry | undefined => {
      for (;;) {
        const first = heap[0];
        if (first === undefined || (!first.cancelled && first.due > by)) return undefined;
        take();
        if (!first.cancelled) return first;
      }
    },
  };
};

/** @param start the boot-time clock at the beginning; `wall` the wall clock then, in milliseconds since 1970 */
export const createVirtualClock = ({
  start = instantOf(0),
  wall = Date.UTC(2030, 0, 1),
}: {
  readonly start?: Instant;
  readonly wall?: number;
} = {}): VirtualClock => {
  const queue = createQueue();
  let now = start;
  let wallOffset = wall - start;
  let order = 0;
  let pending = 0;

  const fireNext = (end: Instant): boolean => {
    const entry = queue.takeDue(end);
    if (entry === undefined) return false;
    entry.cancelled = true;
    pending -= 1;
    if (entry.due > now) now = entry.due;
    entry.callback();
    return true;
  };

  return {
    now: () => now,
    wall: () => now + wallOffset,
    start: (delay, callback) => {
      const entry = { due: after(now, delay), order: order++, callback, cancelled: false };
      queue.add(entry);
      pending += 1;
      return {
        cancel: () => {
          if (!entry.cancelled) pending -= 1;
          entry.cancelled = true;
        },
      };
    },
    advance: async (by) => {
      const end = after(now, by);
      await turn();
      while (fireNext(end)) await turn();
      now = end;
    },
    advanceNow: (by) => {
      const end = after(now, by);
      while (fireNext(end));
      now = end;
    },
    stepWall: (by) => {
      wallOffset += by;
    },
    get pending() {
      return pending;
    },
  };
};
