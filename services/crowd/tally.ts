import { createHistogram, type Histogram } from "./histogram.ts";
import type { ExchangeCounts, SecondReport, SimReport } from "./report.ts";
import { REASON, type Reason } from "./table.ts";

/** Seconds that are kept apart. */
const SECONDS_KEPT = 3600;

/** Counts and durations of a run. */
export interface Tally {
  /** Binding Updates sent for the first time since the start. */
  readonly offered: number;
  sent(reason: Reason, attempt: number): void;
  /** An exchange ended well after so many milliseconds. */
  answered(reason: Reason, duration: number): void;
  refused(status: number): void;
  ignored(why: string): void;
  unanswered(): void;
  lapsed(): void;
  notOffered(count: number): void;
  /** Ends the second that runs, with what it closes on. */
  endSecond(registered: number): void;
  /** The last whole second. */
  readonly lastSecond: SecondReport & { readonly p50: number; readonly p99: number };
  counts(dropped: number): ExchangeCounts;
  latency(): SimReport["latency"];
  perSecond(): readonly SecondReport[];
}

type Counts = Record<string, number>;

const more = (counts: Counts, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

export const createTally = (): Tally => {
  const firsts = [0, 0, 0, 0];
  const byReason = [createHistogram(), createHistogram(), createHistogram(), createHistogram()];
  const all = createHistogram();
  const recent = createHistogram();
  const refused: Counts = {};
  const ignored: Counts = {};
  const seconds: SecondReport[] = [];
  let accepted = 0;
  let retransmissions = 0;
  let unanswered = 0;
  let lapsed = 0;
  let notOffered = 0;
  let second = { offered: 0, retransmitted: 0, answered: 0 };
  let number = 0;
  let lastSecond = { second: 0, offered: 0, retransmitted: 0, answered: 0, registered: 0, p50: 0, p99: 0 };
  const first = (reason: Reason): number => firsts[reason] ?? 0;
  const histogram = (reason: Reason): Histogram => byReason[reason] ?? all;
  return {
    get offered() {
      return firsts.reduce((sum, value) => sum + value, 0);
    },
    sent: (reason, attempt) => {
      if (attempt > 1) {
        retransmissions++;
        second.retransmitted++;
        return;
      }
      firsts[reason] = first(reason) + 1;
      second.offered++;
    },
    answered: (reason, duration) => {
      accepted++;
      second.answered++;
      for (const one of [all, recent, histogram(reason)]) one.record(duration);
    },
    refused: (status) => more(refused, String(status)),
    ignored: (why) => more(ignored, why),
    unanswered: () => {
      unanswered++;
    },
    lapsed: () => {
      lapsed++;
    },
    notOffered: (count) => {
      notOffered += count;
    },
    endSecond: (registered) => {
      const closed = { second: number++, ...second, registered };
      lastSecond = { ...closed, p50: recent.quantile(0.5), p99: recent.quantile(0.99) };
      seconds.push(closed);
      if (seconds.length > SECONDS_KEPT) seconds.shift();
      second = { offered: 0, retransmitted: 0, answered: 0 };
      recent.reset();
    },
    get lastSecond() {
      return lastSecond;
    },
    counts: (dropped) => ({
      registrations: first(REASON.registration),
      refreshes: first(REASON.refresh),
      moves: first(REASON.move),
      deregistrations: first(REASON.deregistration),
      retransmissions,
      accepted,
      refused: { ...refused },
      ignored: { ...ignored },
      unanswered,
      lapsed,
      dropped,
      notOffered,
    }),
    latency: () => ({
      all: all.report(),
      registrations: histogram(REASON.registration).report(),
      refreshes: histogram(REASON.refresh).report(),
      moves: histogram(REASON.move).report(),
      deregistrations: histogram(REASON.deregistration).report(),
    }),
    perSecond: () => [...seconds],
  };
};
