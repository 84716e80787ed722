import { setTimeout as delay } from "node:timers/promises";
import type { JetStreamManager } from "@nats-io/jetstream";
import { decodeEntry, type StreamEntry } from "#bus/entry-message.ts";
import { DEFAULT_NAMESPACE, subjects } from "#bus/subjects.ts";
import type { Clock } from "#ports/clock.ts";
import { managerOf } from "./binding-stream.ts";
import type { Bus } from "./bus.ts";
import { followStretch } from "./stream-follower.ts";

/** An entry that the stream has taken. */
export interface WatchedEntry {
  readonly entry: StreamEntry;
  readonly sequence: number;
  /** How often before the stream was found to be another one, or to lack what it had: its sequences began anew then. */
  readonly generation: number;
  /** When its leader stored it; milliseconds since 1970. */
  readonly storedAt: number;
}

const RETRY_PAUSE = 100;
/** A server that has just come back may answer before it has caught up: only what it says again and again counts. */
const CONFIRMATIONS = 4;
const CONFIRMATION_PAUSE = 500;

/**
 * Whether the stream is still the one that was read up to `last`, with all that was read.
 * @param seen when each sequence was stored
 */
const isSame = async (
  manager: JetStreamManager,
  place: { readonly stream: string; readonly epochSubject: string },
  read: { readonly created: string; readonly last: number; readonly seen: ReadonlyMap<number, number> },
): Promise<boolean> => {
  const { created, state } = await manager.streams.info(place.stream);
  if (created !== read.created || state.last_seq < read.last) return false;
  const stored = await manager.streams.getMessage(place.stream, { last_by_subj: place.epochSubject });
  if (stored === null || stored.seq > read.last) return true;
  return Math.abs((read.seen.get(stored.seq) ?? 0) - stored.time.getTime()) <= 1;
};

/**
 * Reads an instance's stream as it grows, for witnesses: every entry once, in order, until `signal` aborts. A stream keeps one
 * entry a home address: what was replaced while there was no connection is not seen, and shows as a gap in the sequences.
 */
export const watchStream = async (
  place: { readonly bus: Bus; readonly clock: Clock; readonly instance: string; readonly namespace?: string },
  handlers: {
    readonly entry: (watched: WatchedEntry) => void;
    /** Why nothing is read now; for people. */
    readonly problem: (message: string) => void;
  },
  signal: AbortSignal,
): Promise<void> => {
  const { bus, clock, instance, namespace = DEFAULT_NAMESPACE } = place;
  const stream = subjects.stream(namespace, instance);
  const epochSubject = subjects.epoch(namespace, instance);
  let seen = new Map<number, number>();
  let before: ReadonlyMap<number, number> = new Map();
  let created = "";
  let last = 0;
  let generation = 0;

  const take = (data: Uint8Array, sequence: number, storedAt: number): void => {
    last = sequence;
    seen.set(sequence, storedAt);
    if (before.get(sequence) === storedAt) return;
    const entry = decodeEntry(data, { now: clock.now(), wall: clock.wall() });
    if (entry.ok) handlers.entry({ entry: entry.value, sequence, generation, storedAt });
  };

  const isAnother = async (manager: JetStreamManager): Promise<boolean> => {
    for (let asked = 0; asked < CONFIRMATIONS; asked++) {
      if (asked > 0) await delay(CONFIRMATION_PAUSE, undefined, { signal });
      if (await isSame(manager, { stream, epochSubject }, { created, last, seen })) return false;
    }
    return true;
  };

  const readOn = async (): Promise<void> => {
    const connection = await bus.connection(signal);
    const manager = await managerOf(connection);
    if (created !== "" && (await isAnother(manager))) {
      before = seen;
      seen = new Map();
      last = 0;
      generation++;
    }
    ({ created } = await manager.streams.info(stream));
    const ended = await followStretch({
      connection,
      manager,
      stream,
      from: last + 1,
      signal,
      onMessage: (data, _, { streamSequence, storedAt }) => take(data, streamSequence, storedAt),
      onLevel: () => undefined,
    });
    if (!signal.aborted) handlers.problem(ended);
  };

  while (!signal.aborted) {
    try {
      await readOn();
    } catch (error) {
      if (signal.aborted) break;
      handlers.problem(error instanceof Error ? error.message : String(error));
      await delay(RETRY_PAUSE, undefined, { signal }).catch(() => undefined);
    }
  }
};
