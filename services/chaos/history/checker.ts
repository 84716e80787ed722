import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import { judgeCommits, judgeKept, judgeSequences } from "./binding-rules.ts";
import { judgeForwarding } from "./forwarding-rules.ts";
import { judgeGaps } from "./gap-rules.ts";
import type { History } from "./history.ts";
import { nodeStatesOf } from "./node-states.ts";
import { instancesOf, judgeOwnership } from "./ownership-rules.ts";
import { registrationsOf } from "./registrations.ts";
import { collectFindings, type Verdict } from "./verdict.ts";

/** What the checker may assume about a history. */
export interface CheckOptions {
  /** The history has every `record.committed` of the log, so that an acknowledgement without one is a violation; default false. */
  readonly commitsObserved?: boolean;
  /** An edge that heard nobody may forward to where it knows until this long after it hears somebody again; default 100 ms. */
  readonly isolationGrace?: Milliseconds;
  /** A lifetime may be overrun by this much (timer wheel, units of 4 s); default 1 s. */
  readonly lifetimeSlack?: Milliseconds;
  /** Longest time of a packet from its sender to its receiver; default 100 ms. */
  readonly flight?: Milliseconds;
  /** A movement explains lost packets from this long before its Binding Update until this long after it; default 2 s. */
  readonly handover?: Milliseconds;
  /** Nodes share a machine, so that a fault of one may cost packets that others forward; default false. */
  readonly shareMachine?: boolean;
  /** What was acknowledged so shortly before `bindings.observed` may be on its way to that holder; default 0. */
  readonly replication?: Milliseconds;
  /** Violations kept of each invariant (all are counted); default 20. */
  readonly keep?: number;
}

const isSorted = (history: History): boolean => {
  for (let at = 1; at < history.length; at++) {
    if ((history[at]?.at ?? 0) < (history[at - 1]?.at ?? 0)) return false;
  }
  return true;
};

/**
 * Judges a history by the invariants of DESIGN §4 (`invariants.ts`). Pure and deterministic: the same history gives the
 * same verdict; linear in its length but for the sorting.
 * @param history in any order; it is sorted by time first, events of the same time stay as they are
 */
export const check = (history: History, options: CheckOptions = {}): Verdict => {
  const events = isSorted(history) ? history : [...history].sort((a, b) => a.at - b.at);
  const findings = collectFindings(options.keep ?? 20);
  const registrations = registrationsOf(events);
  const instances = instancesOf(events);
  const nodes = nodeStatesOf(events);
  const lifetimeSlack = options.lifetimeSlack ?? seconds(1);
  const flight = options.flight ?? millis(100);
  judgeOwnership(instances, findings);
  judgeSequences(instances, registrations, findings);
  if (options.commitsObserved === true) judgeCommits(instances, registrations, findings);
  judgeKept(events, registrations, { findings, slack: lifetimeSlack, replication: options.replication ?? millis(0) });
  judgeForwarding(events, registrations, {
    findings,
    instances,
    nodes,
    flight,
    lifetimeSlack,
    isolationGrace: options.isolationGrace ?? millis(100),
  });
  judgeGaps(events, registrations, {
    findings,
    instances,
    nodes,
    handover: options.handover ?? seconds(2),
    flight,
    shareMachine: options.shareMachine ?? false,
  });
  return findings.verdict();
};
