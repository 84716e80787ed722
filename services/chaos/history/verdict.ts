import type { Milliseconds } from "#wire/time.ts";
import type { HistoryEvent } from "./history.ts";
import { INVARIANT_NAMES, type Invariant } from "./invariants.ts";

/** One broken rule. */
export interface Violation {
  readonly invariant: Invariant;
  readonly at: Milliseconds;
  readonly message: string;
  /** The smallest part of the history that shows it, in order. */
  readonly history: readonly HistoryEvent[];
}

/** A time in which packets of a flow were lost. */
export interface Gap {
  readonly homeAddress: string;
  readonly direction: "in" | "out";
  readonly flow: string;
  /** When the first and the last lost packet was sent. */
  readonly from: Milliseconds;
  readonly until: Milliseconds;
  readonly lost: number;
  /** Ids of the faults that explain it; `movement` and `lifetime` are the mobile node's own doing; empty: nothing does. */
  readonly explainedBy: readonly string[];
}

/** How often an invariant was put to the test, and failed it. */
export interface Count {
  readonly judged: number;
  readonly violated: number;
}

/** What the checker found. */
export interface Verdict {
  readonly clean: boolean;
  /** At most `keep` of each invariant, in order of time. */
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Record<Invariant, Count>>;
  readonly gaps: readonly Gap[];
}

/** Collects what the rules find. */
export interface Findings {
  /** So many facts were held against the invariant. */
  judged(invariant: Invariant, facts?: number): void;
  broken(violation: Violation): void;
  gap(gap: Gap): void;
  verdict(): Verdict;
}

/** @param keep violations kept of each invariant; all are counted */
export const collectFindings = (keep: number): Findings => {
  const judged = new Map<Invariant, number>();
  const violated = new Map<Invariant, number>();
  const violations: Violation[] = [];
  const gaps: Gap[] = [];
  const countOf = (name: Invariant): Count => ({ judged: judged.get(name) ?? 0, violated: violated.get(name) ?? 0 });
  return {
    judged: (invariant, facts = 1) => void judged.set(invariant, (judged.get(invariant) ?? 0) + facts),
    broken: (violation) => {
      const before = violated.get(violation.invariant) ?? 0;
      violated.set(violation.invariant, before + 1);
      if (before < keep) violations.push({ ...violation, history: inOrder(violation.history) });
    },
    gap: (gap) => void gaps.push(gap),
    verdict: () => ({
      clean: violations.length === 0,
      violations: violations.sort((a, b) => a.at - b.at),
      // One entry for each name, so that the record is whole.
      counts: Object.fromEntries(INVARIANT_NAMES.map((name) => [name, countOf(name)])) as Record<Invariant, Count>,
      gaps: gaps.sort((a, b) => a.from - b.from),
    }),
  };
};

const inOrder = (events: readonly HistoryEvent[]): HistoryEvent[] => [...new Set(events)].sort((a, b) => a.at - b.at);
