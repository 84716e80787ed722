import type { Address } from "#ipv6/address.ts";
import type { Instant, Milliseconds } from "#wire/time.ts";
import { type AddressIndex, createAddressIndex } from "./address-index.ts";
import type { BindingRecord } from "./record.ts";
import { createRecordSlab, type RecordSlab } from "./record-slab.ts";
import { createTimerWheel, type TimerWheel } from "./timer-wheel.ts";

/** The Binding Cache of one home agent instance (RFC 6275 §9.1, one for each of the node's addresses): records at rest. */
export interface BindingCache {
  readonly slab: RecordSlab;
  readonly wheel: TimerWheel;
  /** Entries, tombstones included. */
  readonly size: number;
  /** Octets of memory held by slab, index and wheel. */
  readonly octets: number;
  /** @returns the slot of a home address, or -1 */
  find(homeAddress: Address): number;
  /** @returns the slot of a home address, a new one where there is none */
  reach(homeAddress: Address): number;
  /** Forgets an entry, its due time too. */
  remove(slot: number): void;
  read(slot: number): BindingRecord;
  /** All slots in use. */
  slots(): Iterable<number>;
}

/**
 * @param options `seed`: 32 random bits for the index; `now`: the clock's present reading; `tick`: precision of due times
 */
export const createBindingCache = (options: {
  readonly seed: number;
  readonly now: Instant;
  readonly tick?: Milliseconds;
}): BindingCache => {
  const slab = createRecordSlab();
  const index: AddressIndex = createAddressIndex(slab, options.seed);
  const wheel = createTimerWheel(options.now, options.tick);
  return {
    slab,
    wheel,
    get size() {
      return index.size;
    },
    get octets() {
      return slab.octets + index.octets + wheel.octets;
    },
    find: index.find,
    reach: (homeAddress) => {
      const known = index.find(homeAddress);
      if (known >= 0) return known;
      const slot = slab.allocate();
      slab.homeAddressAt(slot).set(homeAddress);
      index.insert(homeAddress, slot);
      return slot;
    },
    remove: (slot) => {
      wheel.cancel(slot);
      index.remove(slab.homeAddressAt(slot));
      slab.release(slot);
    },
    read: slab.read,
    slots: index.slots,
  };
};
