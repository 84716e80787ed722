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

/** What one of several witnesses wrote. */
export type Witnessed = HistoryEvent & { readonly witness?: string };

const generationOf = ({ revision = 0 }: Logged): number => Math.floor(revision / GENERATION);
const keyOf = ({ instance, revision = 0, at }: Logged): string => `${instance} ${revision % GENERATION} ${at}`;

/**
 * By how much each witness counts too many generations of a stream, by its own count: one that asked a server behind the others takes the
 * stream for another one, and goes on counting so. It is found by what it wrote since and another wrote as of a generation before.
 */
const miscounts = (logged: readonly (Logged & Pick<Witnessed, "witness">)[]): ReadonlyMap<string, number> => {
  const least = new Map<string, number>();
  for (const event of logged) {
    const key = keyOf(event);
    least.set(key, Math.min(least.get(key) ?? Number.POSITIVE_INFINITY, generationOf(event)));
  }
  /** When the last entry of a witness was stored, by its instance and generation. */
  const latest = new Map<string, number>();
  const countOf = (event: Logged & Pick<Witnessed, "witness">, generation: number): string =>
    `${event.witness ?? ""} ${event.instance} ${generation}`;
  for (const event of logged) {
    const count = countOf(event, generationOf(event));
    latest.set(count, Math.max(latest.get(count) ?? 0, event.at));
  }
  const wrong = new Map<string, number>();
  for (const event of logged) {
    const generation = generationOf(event);
    const excess = generation - (least.get(keyOf(event)) ?? generation);
    const isNew = event.at > (latest.get(countOf(event, generation - 1)) ?? 0);
    const count = countOf(event, generation);
    if (excess > 0 && isNew) wrong.set(count, Math.max(wrong.get(count) ?? 0, excess));
  }
  return new Map(
    logged.map((event) => {
      const count = countOf(event, generationOf(event));
      return [count, wrong.get(count) ?? 0];
    }),
  );
};

/**
 * What several witnesses of the same streams have written, each entry once, and what none of them has seen. Where they count the
 * streams differently the least count is right.
 */
export const mergedEvents = (events: readonly Witnessed[]): (Logged | CommitsHidden)[] => {
  const logged = events.filter(isLogged);
  const excess = miscounts(logged);
  const found = new Map<string, Logged>();
  for (const { witness, ...event } of logged as readonly (Logged & Pick<Witnessed, "witness">)[]) {
    const miscounted = excess.get(`${witness ?? ""} ${event.instance} ${generationOf(event)}`) ?? 0;
    const revision = (event.revision ?? 0) - miscounted * GENERATION;
    const key = keyOf(event);
    const known = found.get(key);
    // One that came late may not know whose epoch it is.
    const node = known === undefined || known.node === "" ? event.node : known.node;
    found.set(key, { ...event, node, revision: Math.min(revision, known?.revision ?? revision) });
  }
  const entries = [...found.values()].sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0));
  const instances = [...new Set(entries.map(({ instance }) => instance))];
  return [...entries, ...instances.flatMap((name) => gapsOf(entries.filter(({ instance }) => instance === name)))];
};
