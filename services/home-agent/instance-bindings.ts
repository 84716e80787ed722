import { type BindingCache, createBindingCache } from "#binding/binding-cache.ts";
import { STATE } from "#binding/home-registrations.ts";
import type { BindingRecord } from "#binding/record.ts";
import { isBound } from "#binding/rules.ts";
import type { Clock } from "#ports/clock.ts";
import { after, seconds } from "#wire/time.ts";
import type { Pending } from "./repair.ts";
import { createTombstones, type Tombstones } from "./tombstones.ts";

/** A standby node looks again so often whether it has become the owner of a binding whose lifetime is over. */
export const LAPSED_AGAIN = seconds(10);

/** The bindings of one instance: records, states, their number and when each is due, always in step. */
export interface InstanceBindings {
  readonly cache: BindingCache;
  /** Bindings that wait for duplicate detection, the log or the kernel, by slot. */
  readonly pending: Map<number, Pending>;
  readonly tombstones: Tombstones;
  /** Bindings that stand or are under way. */
  readonly count: number;
  /** Writes a record and its state. */
  store(slot: number, record: BindingRecord, state: number): void;
}

/**
 * @param options.seed 32 random bits
 * @param options.tombstones most ended bindings that are remembered
 * @param parts.isForwardingChanged whether a change of the slot's forwarding waits or is in flight
 * @param parts.onForgotten the slot is free again
 */
export const createInstanceBindings = (
  options: { readonly seed: number; readonly tombstones: number },
  parts: {
    readonly clock: Clock;
    readonly isForwardingChanged: (slot: number) => boolean;
    readonly onForgotten: (slot: number) => void;
  },
): InstanceBindings => {
  const { clock } = parts;
  const cache = createBindingCache({ seed: options.seed, now: clock.now() });
  const { slab, wheel } = cache;
  const pending = new Map<number, Pending>();
  let count = 0;
  const tombstones = createTombstones(cache, {
    limit: options.tombstones,
    isInKernel: (slot) => slab.programmedAt(slot) !== undefined || parts.isForwardingChanged(slot),
    onForgotten: parts.onForgotten,
  });
  return {
    cache,
    pending,
    tombstones,
    get count() {
      return count;
    },
    store: (slot, record, state) => {
      const before = slab.stateAt(slot) !== STATE.unregistered && slab.stateAt(slot) !== STATE.ending;
      const isCounted = state !== STATE.unregistered && state !== STATE.ending;
      count += Number(isCounted) - Number(before);
      slab.write(slot, record);
      slab.setState(slot, state);
      if (state === STATE.unregistered) {
        if (record.revision > 0) tombstones.remember(slot, clock.now());
        return;
      }
      tombstones.revive(slot);
      const former = state === STATE.deregistering ? pending.get(slot)?.committed.record : undefined;
      if (state === STATE.lapsed) wheel.set(slot, after(clock.now(), LAPSED_AGAIN));
      // Forwarded until its end is committed, but no longer than its lifetime (DESIGN §4.8).
      else if (former !== undefined && isBound(former)) wheel.set(slot, former.expiresAt);
      else if (isBound(record) && state !== STATE.detectingDuplicates) wheel.set(slot, record.expiresAt);
      else wheel.cancel(slot);
    },
  };
};
