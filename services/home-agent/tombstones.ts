import type { BindingCache } from "#binding/binding-cache.ts";
import { after, type Instant, seconds } from "#wire/time.ts";

/** Sequence number and replay timestamp of an ended binding are remembered so long (MAX_RR_BINDING_LIFETIME; RFC 6275 §10.3.2 asks for 10 s). */
const RETENTION = seconds(420);

/** The ended bindings of a cache: remembered for a while, a bounded number of them. */
export interface Tombstones {
  /** Keeps a binding that has just ended; the oldest gives way when there are too many. */
  remember(slot: number, now: Instant): void;
  /** It is a binding again. */
  revive(slot: number): void;
  /** Removes the entry; one that the kernel has still to let go of stays until it is the oldest. */
  forget(slot: number): void;
}

export const createTombstones = (
  cache: BindingCache,
  options: {
    readonly limit: number;
    readonly isInKernel: (slot: number) => boolean;
    readonly onForgotten: (slot: number) => void;
  },
): Tombstones => {
  const slots = new Set<number>();
  const forget = (slot: number) => {
    if (options.isInKernel(slot)) return;
    slots.delete(slot);
    options.onForgotten(slot);
    cache.remove(slot);
  };
  return {
    remember: (slot, now) => {
      slots.delete(slot);
      slots.add(slot);
      cache.wheel.set(slot, after(now, RETENTION));
      const [oldest] = slots;
      if (slots.size > options.limit && oldest !== undefined) forget(oldest);
    },
    revive: (slot) => void slots.delete(slot),
    forget,
  };
};
