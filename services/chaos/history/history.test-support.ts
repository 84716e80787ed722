import { millis } from "#wire/time.ts";
import { type CheckOptions, check } from "./checker.ts";
import type {
  BindingsObserved,
  FaultBegun,
  HistoryEvent,
  NodeChanged,
  ProbesObserved,
  RecordCommitted,
} from "./history.ts";
import type { Invariant } from "./invariants.ts";

/** Home address of the mobile node of all histories here. */
export const MN = "2001:db8:1::100";
/** Its first care-of address. */
export const F1 = "2001:db8:f1::1";
/** Its second. */
export const F2 = "2001:db8:f2::1";
/** Where it is registered. */
export const instance = "a";

/** Without a care-of address it is a de-registration. */
export const sent = (at: number, sequence: number, careOfAddress?: string, lifetime = 60_000): HistoryEvent => ({
  type: "update.sent",
  at: millis(at),
  homeAddress: MN,
  instance,
  sequence,
  lifetime: millis(careOfAddress === undefined ? 0 : lifetime),
  ...(careOfAddress === undefined ? {} : { careOfAddress }),
});
/** Accepted unless another status is given. */
export const answered = (at: number, sequence: number, lifetime = 60_000, status = 0): HistoryEvent => ({
  type: "acknowledgement.received",
  at: millis(at),
  homeAddress: MN,
  instance,
  sequence,
  status,
  lifetime: millis(lifetime),
});
/** Of ha1 in epoch 1, to F1, unless said otherwise; its place in the log is its time. */
export const committed = (at: number, sequence: number, more: Partial<RecordCommitted> = {}): HistoryEvent => ({
  type: "record.committed",
  at: millis(at),
  node: "ha1",
  instance,
  epoch: 1,
  revision: at,
  homeAddress: MN,
  sequence,
  careOfAddress: F1,
  ...more,
});
/** The log took the end of the binding. */
export const removed = (at: number, sequence: number, node: string, epoch: number): HistoryEvent => ({
  type: "record.committed",
  at: millis(at),
  node,
  instance,
  epoch,
  revision: at,
  homeAddress: MN,
  sequence,
});
/** The epoch entry; its place in the log is its time. */
export const owner = (at: number, node: string, epoch: number): HistoryEvent => ({
  type: "ownership.taken",
  at: millis(at),
  node,
  instance,
  epoch,
  revision: at,
});
/** The node took the edge. */
export const edge = (at: number, node: string, term: number): HistoryEvent => ({
  type: "edge.taken",
  at: millis(at),
  node,
  instance,
  term,
});
/** The node gave the edge up. */
export const withdrawn = (at: number, node: string, term: number): HistoryEvent => ({
  type: "edge.withdrawn",
  at: millis(at),
  node,
  instance,
  term,
});
/** From then on the node hears these. */
export const hears = (at: number, node: string, ...nodes: string[]): HistoryEvent => ({
  type: "hearing.changed",
  at: millis(at),
  node,
  hears: nodes,
});
/** What the node is from then on. */
export const state = (at: number, node: string, now: NodeChanged["state"]): HistoryEvent => ({
  type: "node.changed",
  at: millis(at),
  node,
  state: now,
});
/** The log took so many records that nobody read. */
export const hidden = (at: number, until: number, count = 1): HistoryEvent => ({
  type: "commits.hidden",
  at: millis(at),
  until: millis(until),
  instance,
  count,
});
/** One packet each millisecond. */
export const probes = (
  type: ProbesObserved["type"],
  from: number,
  until: number,
  more: Partial<ProbesObserved> = {},
): HistoryEvent => ({
  type,
  at: millis(from),
  until: millis(until),
  count: until - from + 1,
  homeAddress: MN,
  instance,
  direction: "in",
  ...more,
});
/** Seen in a tunnel to the care-of address. */
export const arrived = (from: number, until: number, careOfAddress: string, by?: string): HistoryEvent =>
  probes("probes.arrived", from, until, { careOfAddress, ...(by === undefined ? {} : { edge: by }) });
/** All bindings that somebody has. */
export const observed = (at: number, bindings: BindingsObserved["bindings"], holder = "ha2"): HistoryEvent => ({
  type: "bindings.observed",
  at: millis(at),
  holder,
  instance,
  bindings,
});
/** A blow to ha1, unless said otherwise. */
export const fault = (at: number, allowance: number, more: Partial<FaultBegun> = {}): HistoryEvent => ({
  type: "fault.begun",
  at: millis(at),
  fault: "1",
  kind: "power-off",
  targets: ["ha1"],
  allowance: millis(allowance),
  ...more,
});

/** A mobile node that moved from F1 to F2 while its home agent died, and nothing went wrong. */
export const clean: readonly HistoryEvent[] = [
  owner(1, "ha1", 1),
  sent(100, 7, F1),
  committed(105, 7),
  answered(110, 7),
  arrived(111, 4999, F1, "ha1"),
  fault(5000, 100),
  probes("probes.lost", 5000, 5040),
  edge(5040, "ha2", 2),
  owner(5060, "ha2", 2),
  arrived(5041, 9000, F1, "ha2"),
  sent(9001, 8, F2),
  committed(9005, 8, { node: "ha2", epoch: 2, careOfAddress: F2 }),
  answered(9010, 8),
  arrived(9003, 20_000, F2, "ha2"),
  observed(20_000, [{ homeAddress: MN, sequence: 8, careOfAddress: F2 }]),
  sent(21_000, 9),
  removed(21_005, 9, "ha2", 2),
  answered(21_010, 9, 0),
  observed(22_000, []),
];

/** The invariants that a history breaks, each once. */
export const broken = (
  history: readonly HistoryEvent[],
  options: CheckOptions = { commitsObserved: true },
): Invariant[] => [...new Set(check(history, options).violations.map(({ invariant }) => invariant))];
