import { type Instant, instantOf, type Milliseconds, millis } from "#wire/time.ts";

/** One due time a slot, held in 12 octets a slot (DESIGN §3). */
export interface TimerWheel {
  /** Slots that have a due time. */
  readonly size: number;
  /** Octets of memory held. */
  readonly octets: number;
  /** Sets or replaces the due time of a slot. */
  set(slot: number, due: Instant): void;
  /** Forgets the due time of a slot, if it has one. */
  cancel(slot: number): void;
  /** Calls `onDue` for each slot whose due time is at or before `now`, each once, never early. `onDue` may set or cancel. */
  advance(now: Instant, onDue: (slot: number) => void): void;
  /** When to call `advance` next: the end of the present tick. */
  readonly tick: Milliseconds;
}

const BUCKETS = 4096;
const NONE = -1;
/** `previous` of the first entry of a bucket is -2 - bucket; of a slot without due time it is NONE. */
const headMark = (bucket: number) => -2 - bucket;

/**
 * A hashed wheel: intrusive doubly linked lists over slot numbers, 4,096 buckets of one tick. An entry that is due in a later
 * round stays in its bucket.
 * @param start the clock's present reading
 * @param tick how much later than due a slot may be told; lifetimes count 4 s, so 50 ms is fine
 */
export const createTimerWheel = (start: Instant, tick: Milliseconds = millis(50)): TimerWheel => {
  const heads = new Int32Array(BUCKETS).fill(NONE);
  let next = new Int32Array(0);
  let previous = new Int32Array(0);
  let dues = new Int32Array(0);
  let current = 0;
  let size = 0;
  const grown = (old: Int32Array<ArrayBuffer>, length: number, fill: number) => {
    const larger = new Int32Array(length).fill(fill);
    larger.set(old);
    return larger;
  };
  const reserve = (slot: number) => {
    if (slot < next.length) return;
    const length = Math.max(64, slot + 1, Math.ceil(next.length * 1.5));
    next = grown(next, length, NONE);
    previous = grown(previous, length, NONE);
    dues = grown(dues, length, 0);
  };
  const cancel = (slot: number) => {
    const before = previous[slot] ?? NONE;
    if (before === NONE) return;
    const behind = next[slot] ?? NONE;
    if (before <= -2) heads[-2 - before] = behind;
    else next[before] = behind;
    if (behind !== NONE) previous[behind] = before;
    previous[slot] = NONE;
    size--;
  };
  const link = (slot: number, due: number) => {
    const bucket = due & (BUCKETS - 1);
    const behind = heads[bucket] ?? NONE;
    next[slot] = behind;
    previous[slot] = headMark(bucket);
    dues[slot] = due;
    if (behind !== NONE) previous[behind] = slot;
    heads[bucket] = slot;
    size++;
  };
  const tickOf = (at: Instant) => Math.ceil((at - start) / tick);
  return {
    get size() {
      return size;
    },
    get octets() {
      return 12 * next.length + heads.byteLength;
    },
    tick,
    set: (slot, due) => {
      reserve(slot);
      cancel(slot);
      link(slot, Math.max(tickOf(due), current + 1));
    },
    cancel,
    advance: (now, onDue) => {
      const target = Math.floor((instantOf(now) - start) / tick);
      // After a pause longer than one round every bucket is visited once.
      const from = Math.max(current + 1, target - BUCKETS + 1);
      current = Math.max(current, target);
      const due: number[] = [];
      for (let at = from; at <= target; at++)
        for (let slot = heads[at & (BUCKETS - 1)] ?? NONE; slot !== NONE; slot = next[slot] ?? NONE)
          if ((dues[slot] ?? 0) <= target) due.push(slot);
      for (const slot of due) {
        // An earlier callback may have cancelled or moved it.
        if ((previous[slot] ?? NONE) === NONE || (dues[slot] ?? 0) > target) continue;
        cancel(slot);
        onDue(slot);
      }
    },
  };
};
