import type { BindingCache } from "#binding/binding-cache.ts";
import { STATE } from "#binding/home-registrations.ts";
import type { BindingRecord } from "#binding/record.ts";
import { type Address, addressEquals } from "#ipv6/address.ts";
import type { Envelope } from "./acknowledgement.ts";
import type { ForwardingQueue } from "./forwarding-queue.ts";
import type { ResidentActors } from "./resident-actors.ts";
import type { ToldAhead } from "./told-ahead.ts";
import type { Tombstones } from "./tombstones.ts";

/** A binding that waits for duplicate detection, the log or the kernel. */
export interface Pending {
  /** Undefined where no mobile node waits (expiry). */
  envelope: Envelope | undefined;
  /** What the log has, to fall back to when ownership is lost. */
  committed: { readonly record: BindingRecord; readonly state: number };
}

/** Brings one instance's kernel state to what its records say. */
export interface Repair {
  /** Whether what was adopted is all there is to it; else every binding is put into the kernel once more. */
  setWhole(isWhole: boolean): void;
  program(slot: number, homeAddress: Address, careOfAddress: Address): void;
  withdraw(slot: number, homeAddress: Address, careOfAddress: Address): void;
  /** Where the kernel has to forward to by what a record at rest says, or is told ahead of it; undefined for nowhere. */
  wanted(slot: number): Address | undefined;
  /** Asks the kernel for what a record at rest says, where it differs from what the kernel is known to have. */
  reconcile(slot: number): void;
  /** What the log has not acknowledged is undone, and nobody is told it was done. */
  undoUncommitted(): void;
  /** This node owns the stream and has read all of it: what a former owner told ahead and did not commit is undone. */
  undoToldAhead(): void;
}

export const createRepair = (parts: {
  readonly cache: BindingCache;
  readonly forwarding: ForwardingQueue;
  readonly pending: Map<number, Pending>;
  readonly residents: ResidentActors;
  readonly tombstones: Tombstones;
  readonly toldAhead: ToldAhead;
  readonly store: (slot: number, record: BindingRecord, state: number) => void;
  readonly isOver: (record: BindingRecord) => boolean;
}): Repair => {
  const { cache, forwarding, pending, residents, tombstones, toldAhead, store } = parts;
  const { slab } = cache;
  let isKernelWhole = true;

  const program: Repair["program"] = (slot, homeAddress, careOfAddress) =>
    forwarding.set(slot, homeAddress, careOfAddress, slab.programmedAt(slot));
  const withdraw: Repair["withdraw"] = (slot, homeAddress, careOfAddress) =>
    forwarding.remove(slot, homeAddress, slab.programmedAt(slot) ?? careOfAddress);

  const wantedOf: Repair["wanted"] = (slot) => {
    if (slab.stateAt(slot) !== STATE.registered) return undefined;
    const record = cache.read(slot);
    return toldAhead.careOfAddress(slot, record) ?? record.careOfAddress;
  };

  const reconcile = (slot: number): void => {
    const programmed = slab.programmedAt(slot);
    const record = cache.read(slot);
    const wanted = wantedOf(slot);
    if (wanted === undefined) {
      if (programmed !== undefined || forwarding.has(slot))
        withdraw(slot, record.homeAddress, programmed ?? record.careOfAddress);
    } else if (!isKernelWhole || forwarding.has(slot) || programmed === undefined || !addressEquals(programmed, wanted))
      program(slot, record.homeAddress, wanted);
  };

  return {
    setWhole: (isWhole) => {
      isKernelWhole = isWhole;
    },
    program,
    withdraw,
    wanted: wantedOf,
    reconcile,
    undoUncommitted: () => {
      for (const [slot, { committed }] of [...pending]) {
        residents.stop(cache, slot);
        pending.delete(slot);
        // It may have been its end that was not committed: nothing is forwarded again for that (DESIGN §4.8).
        const isLapsed = committed.state === STATE.registered && parts.isOver(committed.record);
        store(slot, committed.record, isLapsed ? STATE.lapsed : committed.state);
        reconcile(slot);
        if (committed.record.revision === 0) tombstones.forget(slot);
      }
    },
    undoToldAhead: () => {
      for (const homeAddress of toldAhead.clear()) {
        const slot = cache.find(homeAddress);
        // What is under way is forwarded by its own Binding Update.
        if (slot >= 0 && !pending.has(slot)) reconcile(slot);
      }
    },
  };
};
