import { STATE } from "#binding/home-registrations.ts";
import { type BindingRecord, isNewer } from "#binding/record.ts";
import { isBound } from "#binding/rules.ts";
import { isNewerSequence } from "#mip6/sequence.ts";
import type { Clock } from "#ports/clock.ts";
import type { Counters } from "./counters.ts";
import type { InstanceBindings } from "./instance-bindings.ts";
import type { Ledger } from "./ledger.ts";
import type { ResidentActors } from "./resident-actors.ts";
import type { ToldAhead } from "./told-ahead.ts";

/** Epochs of one instance (DESIGN §4.4). */
export interface Epochs {
  /** That this node's records count by. */
  own: number;
  /** Greatest epoch heard of; commands of a smaller one are refused. */
  known: number;
}

/**
 * Takes a record that another node wrote, when it is newer than what is known here.
 * @param sequence where the stream has it; left out for a record that comes another way
 */
export type Following = (record: BindingRecord, sequence?: number) => void;

/** @param parts.onStored a record was taken, and the kernel may have to follow */
export const createFollowing = (parts: {
  readonly bindings: InstanceBindings;
  readonly ledger: Ledger;
  readonly toldAhead: ToldAhead;
  readonly residents: ResidentActors;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly isOwner: () => boolean;
  readonly onStored: (slot: number) => void;
}): Following => {
  const { ledger, toldAhead, residents, counters, clock, epochs, isOwner } = parts;
  const { cache, pending, store } = parts.bindings;
  const { slab } = cache;
  return (record, sequence) => {
    const slot = cache.reach(record.homeAddress);
    const local = cache.read(slot);
    const waiting = isOwner() ? undefined : pending.get(slot);
    // What is served while the stream is claimed counts from what the stream had: its owner writes the same revision.
    const known = waiting?.committed.record ?? local;
    const isAgain = sequence !== undefined && sequence <= ledger.sequenceOf(slot);
    if (sequence !== undefined) ledger.note(slot, record, sequence);
    epochs.known = Math.max(epochs.known, record.epoch);
    const isBehind = toldAhead.outdates(slot, record);
    // The owner forgets a tombstone before others may: it then counts revisions from 1 again, in the stream's order.
    const beginsAnew =
      !isOwner() &&
      !pending.has(slot) &&
      !isBehind &&
      !isAgain &&
      !isBound(known) &&
      isBound(record) &&
      record.epoch >= known.epoch;
    if (!isNewer(record, known) && !beginsAnew) return;
    counters.recordsFollowed++;
    epochs.own = Math.max(epochs.own, record.epoch);
    const isOver = record.expiresAt <= clock.now();
    const state = isBound(record) ? (isOver ? STATE.lapsed : STATE.registered) : STATE.unregistered;
    if (waiting && isNewerSequence(local.sequence, record.sequence) && !residents.has(cache, slot)) {
      // The mobile node has said more since than the stream knows.
      waiting.committed = { record, state };
      store(slot, { ...local, epoch: record.epoch, revision: record.revision + 1 }, slab.stateAt(slot));
      return;
    }
    residents.stop(cache, slot);
    pending.delete(slot);
    store(slot, record, state);
    parts.onStored(slot);
  };
};
