import type { CommitsHidden, HistoryEvent, OwnershipTaken, RecordCommitted } from "#chaos/history/history.ts";
import { formatAddress } from "#ipv6/address.ts";
import type { WatchedEntry } from "#nats/stream-watch.ts";
import { millis } from "#wire/time.ts";

/** An entry of the log as an event. */
type Logged = OwnershipTaken | RecordCommitted;

/** Sequences of a stream that lost entries begin anew: its later ones are to be greater than all before. */
const GENERATION = 2 ** 40;

/** Makes events of the entries of one instance's stream; a record's writer is who the log gave its epoch to. */
export const watchedEvents = (instance: string): ((watched: WatchedEntry) => Logged) => {
  const writers = new Map<number, string>();
  return ({ entry, sequence, generation, storedAt }) => {
    const place = { instance, epoch: entry.epoch, revision: generation * GENERATION + sequence };
    const at = millis(storedAt);
    if (entry.kind === "epoch") {
      writers.set(entry.epoch, entry.node);
      return { type: "ownership.taken", at, ...place, node: entry.node };
    }
    const { record } = entry;
    return {
      type: "record.committed",
      at,
      ...place,
      node: writers.get(entry.epoch) ?? "",
      homeAddress: formatAddress(record.homeAddress),
      sequence: record.sequence,
      // A lifetime of 0 is a removal.
      ...(record.lifetime === 0 ? {} : { careOfAddress: formatAddress(record.careOfAddress) }),
    };
  };
};

const isLogged = (event: HistoryEvent): event is Logged =>
  event.type === "record.committed" || (event.type === "ownership.taken" && event.revision !== undefined);

const gapsOf = (entries: readonly Logged[]): CommitsHidden[] =>
  entries.flatMap((entry, place) => {
    const before = entries[place - 1];
    const count = (entry.revision ?? 0) - (before?.revision ?? 0) - 1;
    if (before === undefined || count === 0 || count > GENERATION / 2) return [];
    return [{ type: "commits.hidden", at: before.at, until: entry.at, instance: entry.instance, count }];
  });

/**
 * What several witnesses of the same streams have written, each entry once, and what none of them has seen. A witness that asked a
 * server behind the others takes the stream for another one, and counts a generation too much: the least one is right.
 */
export const mergedEvents = (events: readonly HistoryEvent[]): (Logged | CommitsHidden)[] => {
  const found = new Map<string, Logged>();
  for (const event of events) {
    if (!isLogged(event)) continue;
    const { revision = 0 } = event;
    const key = `${event.instance} ${revision % GENERATION} ${event.at}`;
    const known = found.get(key);
    // One that came late may not know whose epoch it is.
    const node = known === undefined || known.node === "" ? event.node : known.node;
    found.set(key, { ...event, node, revision: Math.min(revision, known?.revision ?? revision) });
  }
  const entries = [...found.values()].sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
  const instances = [...new Set(entries.map(({ instance }) => instance))];
  return [...entries, ...instances.flatMap((name) => gapsOf(entries.filter(({ instance }) => instance === name)))];
};
