import type { BindingCache } from "#binding/binding-cache.ts";
import { isAtRest } from "#binding/home-registrations.ts";
import { type BindingRecord, isNewer } from "#binding/record.ts";
import { isBound } from "#binding/rules.ts";
import { type Address, addressEquals, addressKey } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { AdoptedInstance, ForwardingEntry } from "#ports/kernel.ts";
import { pause } from "#ports/pause.ts";
import { millis } from "#wire/time.ts";
import type { Counters } from "./counters.ts";
import type { ForwardingQueue } from "./forwarding-queue.ts";
import type { Ledger } from "./ledger.ts";
import type { Repair } from "./repair.ts";

/** What a comparison with the stream found. */
export interface StreamFindings {
  /** Records of the stream that this node had missed; it has them now. */
  readonly recovered: number;
  /** Records of this node that the stream lacks or has an older version of; `newer` tells them when they still are. */
  readonly suspected: number;
}

/** What a comparison with the kernel found. */
export interface KernelFindings {
  /** Forwarding entries that differed from what the records say; the kernel was asked to put them right. */
  readonly entries: number;
  /** Those of them that had differed in the comparison before, too: the kernel did not do what it was asked. */
  readonly again: number;
}

/** A comparison that is under way. */
export interface StreamComparison {
  onRecord(record: BindingRecord, sequence: number): void;
  /** The stream was read to its end. */
  finish(): StreamFindings;
}

/** What this node knows of one instance, compared with the stream, its peers and its kernel (DESIGN §4.5). */
export interface InstanceAudit {
  readonly ledger: Pick<Ledger, "sequence" | "digest" | "bindings" | "at">;
  compare(): StreamComparison;
  /** Suspected records that the stream still lacks, to be asked some time after the comparison. */
  newer(): readonly BindingRecord[];
  /**
   * The owner commits records again that are newer than its own. @returns how many; 0 when this node is not the owner
   */
  commitAgain(records: readonly BindingRecord[]): number;
  /** Forwarding entries that change from now on are left out of the next `compareKernel`. */
  beginKernelCheck(): void;
  /** Puts right what differs in the kernel from what the records say, refused before or not. */
  compareKernel(found: AdoptedInstance): Promise<KernelFindings>;
}

/** Slots that are looked at in one turn of the event loop. */
const BATCH = 1_024;
const NEVER = new AbortController().signal;

const isSameAddress = (a: Address | undefined, b: Address | undefined): boolean =>
  a === undefined || b === undefined ? a === b : addressEquals(a, b);

interface Parts {
  readonly cache: BindingCache;
  readonly ledger: Ledger;
  readonly forwarding: ForwardingQueue;
  readonly clock: Clock;
  readonly counters: Counters;
  /** Whether duplicate detection, the log or the kernel is waited for. */
  readonly isInMotion: (slot: number) => boolean;
  /** Takes a record of the stream that was missed. */
  readonly recover: (record: BindingRecord, sequence: number) => void;
  /** Takes a record of a peer that is newer than this node's. */
  readonly adopt: (record: BindingRecord) => void;
  /** Adds to the next commit; undefined where this node may not write. */
  readonly committer: () => { add(slot: number, record: BindingRecord): void } | undefined;
  readonly repair: Pick<Repair, "wanted" | "reconcile">;
}

export const createInstanceAudit = (parts: Parts): InstanceAudit & { readonly touched: (slot: number) => void } => {
  const { cache, ledger, forwarding, clock, counters } = parts;
  const { slab } = cache;
  /** Records that a comparison found to be newer than the stream's. */
  const suspects = new Map<number, BindingRecord>();
  /** Slots whose forwarding changed since the kernel check began. */
  let touched: Set<number> | undefined;
  let touchedAddresses: Set<string> | undefined;
  /** Home addresses of what the last comparison with the kernel found. */
  let differed: ReadonlySet<string> = new Set();

  const isSettled = (slot: number): boolean => isAtRest(slab.stateAt(slot)) && !parts.isInMotion(slot);

  const suspect = (slot: number): boolean => {
    const record = cache.read(slot);
    const isOver = isBound(record) && record.expiresAt <= clock.now();
    if (!isSettled(slot) || record.revision === 0 || isOver) return false;
    suspects.set(slot, record);
    return true;
  };

  const compare = (): StreamComparison => {
    const begun = ledger.stamp;
    const seen = new Set<number>();
    let recovered = 0;
    let suspected = 0;
    return {
      onRecord: (record, sequence) => {
        const slot = cache.find(record.homeAddress);
        if (slot >= 0) seen.add(slot);
        const known = slot < 0 ? undefined : cache.read(slot);
        if (slot >= 0 && ledger.stampOf(slot) > begun && ledger.sequenceOf(slot) > sequence) return;
        if (sequence > ledger.sequence) return; // is still to be followed
        const isHeld = slot >= 0 && ledger.sequenceOf(slot) === sequence && ledger.holds(slot, record);
        if (known !== undefined && isNewer(known, record)) {
          ledger.note(slot, record, sequence);
          suspected += Number(suspect(slot));
          return;
        }
        // Tombstones are forgotten by each node at a time of its own.
        const isMissing = known === undefined || isNewer(record, known);
        if ((isHeld && !isMissing) || (slot < 0 && !isBound(record))) return;
        if (isMissing) recovered++;
        parts.recover(record, sequence);
      },
      finish: () => {
        for (const slot of cache.slots()) {
          if (seen.has(slot) || ledger.stampOf(slot) > begun) continue;
          if (ledger.sequenceOf(slot) > 0) ledger.forget(slot);
          if (isBound(cache.read(slot))) suspected += Number(suspect(slot));
        }
        counters.recordsRecovered += recovered;
        if (recovered + suspected > 0) counters.replicaDifferences++;
        return { recovered, suspected };
      },
    };
  };

  const removeUnknown = ({ homeAddress, careOfAddress }: ForwardingEntry): number => {
    const slot = cache.reach(homeAddress);
    slab.setProgrammed(slot, careOfAddress);
    forwarding.remove(slot, homeAddress, careOfAddress);
    return slot;
  };

  /** What is not whole counts as a former care-of address, so that it is taken away or made whole. */
  const replaceLoose = (slot: number, homeAddress: Address, careOfAddress: Address): void => {
    const wanted = slab.programmedAt(slot);
    if (wanted === undefined) forwarding.remove(slot, homeAddress, careOfAddress);
    else forwarding.set(slot, homeAddress, wanted, addressEquals(wanted, careOfAddress) ? undefined : careOfAddress);
  };

  return {
    ledger,
    compare,
    touched: (slot) => {
      touched?.add(slot);
      // Its slot may be another binding's by the time of the comparison.
      touchedAddresses?.add(addressKey(slab.homeAddressAt(slot)));
    },
    newer: () => {
      const now = clock.now();
      const found: BindingRecord[] = [];
      for (const [slot, record] of suspects) {
        const present = cache.read(slot);
        const isSame =
          addressEquals(present.homeAddress, record.homeAddress) &&
          present.epoch === record.epoch &&
          present.revision === record.revision;
        const isOver = isBound(record) && record.expiresAt <= now;
        if (!isSame || isOver || !isSettled(slot) || ledger.holds(slot, record)) suspects.delete(slot);
        else found.push(present);
      }
      return found;
    },
    commitAgain: (records) => {
      const committer = parts.committer();
      if (committer === undefined) return 0;
      let again = 0;
      for (const record of records) {
        const isOver = isBound(record) && record.expiresAt <= clock.now();
        const known = cache.find(record.homeAddress);
        if (isOver || (known >= 0 && !isSettled(known))) continue;
        const isOwn = known >= 0 && suspects.delete(known);
        if (!isOwn && known >= 0 && !isNewer(record, cache.read(known))) continue;
        if (!isOwn) parts.adopt(record);
        const slot = cache.find(record.homeAddress);
        if (slot < 0) continue;
        committer.add(slot, cache.read(slot));
        again++;
      }
      counters.recordsRepaired += again;
      return again;
    },
    beginKernelCheck: () => {
      touched = new Set();
      touchedAddresses = new Set();
    },
    compareKernel: async ({ entries, loose = [] }) => {
      const changed = touched ?? new Set();
      const changedAddresses = touchedAddresses ?? new Set();
      const isLeftOut = (slot: number) => changed.has(slot) || forwarding.has(slot) || parts.isInMotion(slot);
      let looked = 0;
      /** Each list may be very long: others come in between. */
      const rest = (): Promise<void> => pause(clock, millis(0), NEVER);
      const inKernel = new Map<string, ForwardingEntry>();
      for (const entry of entries) {
        inKernel.set(addressKey(entry.homeAddress), entry);
        if (++looked % BATCH === 0) await rest();
      }
      const repaired = new Set<number>();
      const keys = new Set<string>();
      const repair = (slot: number, homeAddress: Address): void => {
        repaired.add(slot);
        keys.add(addressKey(homeAddress));
      };
      for (const slot of [...cache.slots()]) {
        if (++looked % BATCH === 0) await rest();
        const homeAddress = slab.homeAddressAt(slot);
        const key = addressKey(homeAddress);
        const entry = inKernel.get(key);
        inKernel.delete(key);
        if (isLeftOut(slot) || cache.find(homeAddress) !== slot) continue;
        // What the kernel was told last says nothing here: it may have refused it, or have lost it since.
        slab.setProgrammed(slot, entry?.careOfAddress);
        if (isSameAddress(parts.repair.wanted(slot), entry?.careOfAddress)) continue;
        parts.repair.reconcile(slot);
        repair(slot, homeAddress);
      }
      for (const [key, entry] of inKernel) {
        if (++looked % BATCH === 0) await rest();
        if (changedAddresses.has(key)) continue;
        const slot = cache.find(entry.homeAddress);
        if (slot >= 0 && isLeftOut(slot)) continue;
        repair(removeUnknown(entry), entry.homeAddress);
      }
      for (const { homeAddress, careOfAddress } of loose) {
        if (++looked % BATCH === 0) await rest();
        const slot = cache.find(homeAddress);
        if (slot >= 0 && (repaired.has(slot) || isLeftOut(slot))) continue;
        if (changedAddresses.has(addressKey(homeAddress))) continue;
        if (slot < 0) repair(removeUnknown({ homeAddress, careOfAddress }), homeAddress);
        else {
          replaceLoose(slot, homeAddress, careOfAddress);
          repair(slot, homeAddress);
        }
      }
      touched = undefined;
      touchedAddresses = undefined;
      counters.kernelDifferences += repaired.size;
      const again = [...keys].filter((key) => differed.has(key)).length;
      differed = keys;
      return { entries: repaired.size, again };
    },
  };
};
