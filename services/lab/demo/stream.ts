import { longestStall, type StreamRecord, type Window } from "#lab/analysis.ts";
import type { StepReport } from "./report.ts";

/** The TCP connection as each of its ends has recorded what it received. */
export interface StreamRecords {
  readonly mobileNode: StreamRecord;
  readonly correspondent: StreamRecord;
}

/** Octets that arrived in a window. */
export const octetsIn = ({ progress }: StreamRecord, { from, to }: Window): number => {
  const until = (at: number): number => progress.findLast((point) => point.at < at)?.received ?? 0;
  return until(to) - until(from);
};

/** What a window did to the connection. */
export const streamFigures = ({ mobileNode, correspondent }: StreamRecords, window: Window): StepReport["stream"] => ({
  toMobileNode: octetsIn(mobileNode, window),
  fromMobileNode: octetsIn(correspondent, window),
  stall: Math.max(longestStall(mobileNode, window), longestStall(correspondent, window)),
});

/** New octets have arrived since then: more than the first record from then on shows. */
const hasMovedSince = ({ progress }: StreamRecord, since: number): boolean => {
  const first = progress.find(({ at }) => at >= since);
  return first !== undefined && (progress.at(-1)?.received ?? 0) > first.received;
};

/**
 * Directions in which no new octet has arrived since then, one sentence each. A connection whose packets all get lost writes
 * no error for many minutes: only this shows that it is dead.
 */
export const silentSince = ({ mobileNode, correspondent }: StreamRecords, since: number): string[] => [
  ...(hasMovedSince(mobileNode, since) ? [] : ["TCP: no new octets to the mobile node"]),
  ...(hasMovedSince(correspondent, since) ? [] : ["TCP: no new octets from the mobile node"]),
];

/**
 * Why the connection failed; empty while it lives.
 * @param ended a probe program has ended
 */
export const streamFailures = ({ mobileNode, correspondent }: StreamRecords, ended: boolean): string[] => {
  const failures = [
    ...(mobileNode.failure === undefined ? [] : [`mobile node: ${mobileNode.failure}`]),
    ...(correspondent.failure === undefined ? [] : [`correspondent: ${correspondent.failure}`]),
  ];
  return ended && failures.length === 0 ? ["a probe program ended"] : failures;
};
