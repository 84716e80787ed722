import type { History, HistoryEvent, ProbesObserved } from "#chaos/history/history.ts";
import type { Clock } from "#ports/clock.ts";
import { type Milliseconds, millis } from "#wire/time.ts";

/** A fact without its time: the recorder gives it. */
export type Untimed = HistoryEvent extends infer Event
  ? Event extends HistoryEvent
    ? Omit<Event, "at">
    : never
  : never;

/** What was seen of one packet for a home address. */
export interface Seen {
  readonly homeAddress: string;
  readonly instance: string;
  readonly type: ProbesObserved["type"];
  readonly careOfAddress?: string;
  readonly edge?: string;
}

/** Writes the history of a simulation. */
export interface Recorder {
  readonly now: () => Milliseconds;
  note(event: Untimed): void;
  /** One packet; those that meet the same fate become one event. */
  see(seen: Seen): void;
  /** The history so far, in order of time. */
  history(): History;
}

export const createRecorder = (clock: Clock): Recorder => {
  const events: HistoryEvent[] = [];
  const runs = new Map<string, { seen: Seen; from: Milliseconds; until: Milliseconds; count: number }>();
  const now = (): Milliseconds => millis(clock.now());

  const close = (homeAddress: string): void => {
    const run = runs.get(homeAddress);
    if (run === undefined) return;
    runs.delete(homeAddress);
    events.push({ ...run.seen, direction: "in", at: run.from, until: run.until, count: run.count });
  };

  return {
    now,
    note: (event) => void events.push({ ...event, at: now() }),
    see: (seen) => {
      const run = runs.get(seen.homeAddress);
      const isSame =
        run?.seen.type === seen.type && run.seen.careOfAddress === seen.careOfAddress && run.seen.edge === seen.edge;
      if (run !== undefined && isSame) {
        run.until = now();
        run.count++;
        return;
      }
      close(seen.homeAddress);
      runs.set(seen.homeAddress, { seen, from: now(), until: now(), count: 1 });
    },
    history: () => {
      for (const homeAddress of [...runs.keys()]) close(homeAddress);
      return events.toSorted((a, b) => a.at - b.at);
    },
  };
};
