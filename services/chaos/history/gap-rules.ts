import { type Milliseconds, millis } from "#wire/time.ts";
import type { FaultBegun, FaultEnded, History, HistoryEvent, ProbesObserved } from "./history.ts";
import type { NodeStates } from "./node-states.ts";
import { holdersOf, type InstanceHistory } from "./ownership-rules.ts";
import { acceptedBefore, endOfLifetime, isRegistration, type Registrations } from "./registrations.ts";
import type { Findings } from "./verdict.ts";

/** A time in which lost packets have a reason. */
interface Excuse {
  readonly by: string;
  readonly from: number;
  readonly to: number;
  /** No gap that is longer is explained by it. */
  readonly longest: number;
}

/** Faults with their ends. */
interface FaultSpan {
  readonly begun: FaultBegun;
  readonly ended: FaultEnded | undefined;
}

const faultsOf = (history: History): FaultSpan[] => {
  const begun = history.filter((event) => event.type === "fault.begun");
  const ends = new Map(history.filter((event) => event.type === "fault.ended").map((event) => [event.fault, event]));
  return begun.map((event) => ({ begun: event, ended: ends.get(event.fault) }));
};

/** What was sent just before a fault is under way when it strikes. */
const excuseOf = ({ begun, ended }: FaultSpan, flight: number): Excuse => ({
  by: begun.fault,
  from: begun.at - flight,
  to: (ended?.at ?? begun.at) + begun.allowance,
  longest: begun.longestGap ?? Number.POSITIVE_INFINITY,
});

const ANY = { longest: Number.POSITIVE_INFINITY } as const;

/** Times in which a mobile node moved, or had no binding: its packets are lost then whatever the cluster does. */
const ownExcuses = (own: Registrations, handover: number): Excuse[] => {
  const excuses: Excuse[] = [];
  for (const [at, update] of own.updates.entries()) {
    const before = own.updates[at - 1];
    if (before !== undefined && before.sent.careOfAddress === update.sent.careOfAddress) continue;
    excuses.push({ by: "movement", from: update.sent.at - handover, to: update.sent.at + handover, ...ANY });
  }
  const first = own.updates[own.accepted[0] ?? -1]?.answer;
  excuses.push({
    by: "movement",
    from: Number.NEGATIVE_INFINITY,
    to: (first?.at ?? Number.POSITIVE_INFINITY) + handover,
    ...ANY,
  });
  for (const [at, place] of own.accepted.entries()) {
    const update = own.updates[place];
    const next = own.updates[own.accepted[at + 1] ?? -1];
    if (update === undefined || !isRegistration(update)) continue;
    const end = endOfLifetime(update);
    const renewed = next?.answer?.at ?? Number.POSITIVE_INFINITY;
    if (renewed > end) excuses.push({ by: "lifetime", from: end, to: renewed, ...ANY });
  }
  return excuses;
};

/**
 * Which excuses together cover the time; undefined when some of it has none. Where they meet, each may have its gap: as long as it
 * explains, and within its own time. That which ends first is used first, so that none is wasted.
 */
const covering = (excuses: readonly Excuse[], from: number, to: number): readonly string[] | undefined => {
  const near = excuses.filter((excuse) => excuse.to >= from && excuse.from <= to && excuse.longest > 0);
  const left = new Map(near.map((excuse) => [excuse, excuse.longest]));
  const used = new Set<string>();
  let covered = from;
  for (;;) {
    const present = near.filter(
      (excuse) => excuse.from <= covered && excuse.to >= covered && (left.get(excuse) ?? 0) > 0,
    );
    const [next] = present.sort((a, b) => a.to - b.to);
    if (next === undefined) return undefined;
    used.add(next.by);
    const rest = left.get(next) ?? 0;
    const others = near.filter((excuse) => excuse.from > covered).map((excuse) => excuse.from);
    const until = Math.min(to, next.to, covered + rest, ...others);
    if (until >= to) return [...used];
    left.set(next, until === next.to ? 0 : rest - (until - covered));
    covered = until;
  }
};

/** How soon after a gap an edge has moved at the latest that it belongs to. */
const NEAR = 1000;

/**
 * Whether a fault can be the reason of a gap of an instance: it struck a node that held the edge, or made edges move, or struck no node
 * that anybody knows.
 */
const concerns = ({ begun }: FaultSpan, lost: ProbesObserved, { instances, nodes }: GapContext): boolean => {
  const edges = instances.get(lost.instance)?.edges ?? [];
  const known = new Set([...nodes.names, ...edges.map(({ node }) => node)]);
  if (edges.length === 0 || !begun.targets.some((target) => known.has(target))) return true;
  if (edges.some(({ at }) => at >= begun.at && at <= lost.until + NEAR)) return true;
  return holdersOf(edges, { from: begun.at, to: lost.until }).some((holder) => begun.targets.includes(holder));
};

/** What happened around a gap that has no reason. */
const surroundings = (lost: ProbesObserved, faults: readonly FaultSpan[], own: InstanceHistory | undefined) => {
  const isNear = (event: HistoryEvent): boolean => event.at > lost.at - NEAR && event.at < lost.until + NEAR;
  const last = faults.findLast(({ begun }) => begun.at <= lost.until);
  const edges = [...(own?.edges ?? []), ...(own?.taken ?? [])].filter(isNear).slice(0, 8);
  return [...(last === undefined ? [] : [last.begun, ...(last.ended === undefined ? [] : [last.ended])]), ...edges];
};

/** What the rule of gaps looks at. */
export interface GapContext {
  readonly findings: Findings;
  readonly instances: ReadonlyMap<string, InstanceHistory>;
  readonly nodes: NodeStates;
  readonly handover: Milliseconds;
  /** Longest time of a packet from its sender to its receiver. */
  readonly flight: Milliseconds;
  /** Nodes share a machine, so that what strikes one may cost packets of all. */
  readonly shareMachine: boolean;
}

/** `gap-has-a-fault`: holds every loss against the faults and the movements of its mobile node. */
export const judgeGaps = (
  history: History,
  registrations: ReadonlyMap<string, Registrations>,
  context: GapContext,
): void => {
  const { findings, instances, handover, flight } = context;
  const faults = faultsOf(history);
  const excuses = new Map<string, readonly Excuse[]>();
  const excusesOf = (homeAddress: string): readonly Excuse[] => {
    let found = excuses.get(homeAddress);
    if (found === undefined) {
      const own = registrations.get(homeAddress);
      found = own === undefined ? [] : ownExcuses(own, handover);
      excuses.set(homeAddress, found);
    }
    return found;
  };
  for (const event of history) {
    if (event.type === "probes.arrived") findings.judged("gap-has-a-fault", event.count);
    if (event.type !== "probes.lost") continue;
    findings.judged("gap-has-a-fault", event.count);
    // Its own doing first: a mobile node that moves loses packets with or without a fault.
    const own = excusesOf(event.homeAddress);
    const struck = faults
      .filter((fault) => context.shareMachine || concerns(fault, event, context))
      .map((fault) => excuseOf(fault, flight));
    const explainedBy =
      covering(own, event.at, event.until) ?? covering([...own, ...struck], event.at, event.until) ?? [];
    findings.gap({
      homeAddress: event.homeAddress,
      direction: event.direction,
      flow: event.flow ?? "",
      from: event.at,
      until: event.until,
      lost: event.count,
      explainedBy,
    });
    if (explainedBy.length > 0) continue;
    const length = millis(event.until - event.at);
    const present = registrations.get(event.homeAddress);
    const binding = present?.updates[present === undefined ? -1 : acceptedBefore(present, event.at)];
    findings.broken({
      invariant: "gap-has-a-fault",
      at: event.at,
      message: `${event.count} packets ${event.direction === "in" ? "to" : "from"} ${event.homeAddress} were lost within ${Math.round(length)} ms, and no fault explains all of them`,
      history: [
        ...(binding === undefined ? [] : [binding.sent, ...(binding.answer === undefined ? [] : [binding.answer])]),
        ...surroundings(event, faults, instances.get(event.instance)),
        event,
      ],
    });
  }
};
