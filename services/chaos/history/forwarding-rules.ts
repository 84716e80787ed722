import { type Milliseconds, millis } from "#wire/time.ts";
import type { History, HistoryEvent, ProbesObserved, RecordCommitted, UpdateSent } from "./history.ts";
import type { NodeStates } from "./node-states.ts";
import { holdersOf, type InstanceHistory } from "./ownership-rules.ts";
import {
  acceptedBefore,
  endOfLifetime,
  isRefused,
  isRegistration,
  type Registrations,
  type Update,
} from "./registrations.ts";
import type { Findings } from "./verdict.ts";

/** Packets that were seen in a tunnel to a care-of address. */
type Tunnelled = ProbesObserved & { readonly careOfAddress: string };

const isTunnelled = (event: HistoryEvent): event is Tunnelled =>
  event.type === "probes.arrived" && event.direction === "in" && event.careOfAddress !== undefined;

/** What the rules of forwarding look at. */
export interface ForwardingContext {
  readonly findings: Findings;
  readonly nodes: NodeStates;
  readonly instances: ReadonlyMap<string, InstanceHistory>;
  readonly flight: Milliseconds;
  readonly lifetimeSlack: Milliseconds;
  readonly isolationGrace: Milliseconds;
}

/** An Update together with its place, for those that lead to a care-of address. */
const leadingTo = (own: Registrations, seen: Tunnelled, from: number, flight: number): number => {
  for (let at = Math.max(0, from); at < own.updates.length; at++) {
    const update = own.updates[at];
    if (update === undefined || update.sent.at > seen.until + flight) return -1;
    if (isRefused(update, millis(seen.until - flight))) continue;
    if (isRegistration(update) && update.sent.careOfAddress === seen.careOfAddress) return at;
  }
  return -1;
};

const factsOf = (update: Update | undefined): HistoryEvent[] =>
  update === undefined ? [] : [update.sent, ...(update.answer === undefined ? [] : [update.answer])];

const isRecordOf = (record: RecordCommitted, sent: UpdateSent): boolean =>
  record.homeAddress === sent.homeAddress && record.sequence === sent.sequence;

/** When the first of the packets was sent that were sent after a time. */
const firstAfter = ({ at, until, count }: Tunnelled, time: number): Milliseconds => {
  const pace = count > 1 ? (until - at) / (count - 1) : 0;
  const place = pace > 0 ? Math.ceil((time - at) / pace) : 0;
  return millis(Math.min(until, at + Math.max(0, place) * pace));
};

/** The nodes that may have forwarded: those that held the instance's edge by then, where the packets do not tell; all where nobody is known to. */
const edgesOf = (seen: Tunnelled, { instances, nodes, flight }: ForwardingContext): readonly string[] => {
  if (seen.edge !== undefined) return [seen.edge];
  const edges = instances.get(seen.instance)?.edges ?? [];
  const time = { from: millis(seen.at - flight), to: millis(seen.until + flight) };
  return edges.length === 0 ? nodes.names : holdersOf(edges, time);
};

/**
 * Whether the edge could not know of an accepted update while it sent packets to where it was before: all the time nothing came to it from
 * any node that had taken the record by then.
 */
const couldNotKnow = ({ sent, answer }: Update, seen: Tunnelled, context: ForwardingContext): boolean => {
  const { nodes, instances, isolationGrace } = context;
  const time = { from: firstAfter(seen, answer?.at ?? sent.at), to: seen.until, grace: isolationGrace };
  const records = instances.get(seen.instance)?.records ?? [];
  const takers = records.filter((record) => record.at <= seen.until && isRecordOf(record, sent));
  return edgesOf(seen, context).some((edge) =>
    takers.length === 0
      ? nodes.isolatedThroughout(edge, time)
      : takers.every(({ node, at }) =>
          nodes.isolatedThroughout(edge, { ...time, from: millis(Math.max(time.from, at)) }, node),
        ),
  );
};

/** `no-stale-forwarding`: who sent a packet after its acknowledgement finds it at that care-of address, or a newer one. */
const judgeStale = (own: Registrations, seen: Tunnelled, context: ForwardingContext): void => {
  const { findings, flight } = context;
  findings.judged("no-stale-forwarding", seen.count);
  const floor = acceptedBefore(own, seen.until);
  if (leadingTo(own, seen, floor, flight) >= 0) return;
  const place = own.updates.findLastIndex(
    ({ sent }, at) => at < floor && sent.careOfAddress === seen.careOfAddress && sent.lifetime > 0,
  );
  const former = own.updates[place];
  const replacing = own.accepted.filter((at) => at > place && at <= floor).flatMap((at) => own.updates[at] ?? []);
  const accepted = replacing.findLast((update) => !couldNotKnow(update, seen, context));
  if (former !== undefined && accepted === undefined) return;
  findings.broken({
    invariant: "no-stale-forwarding",
    at: seen.until,
    message:
      former === undefined
        ? `packets for ${own.homeAddress} went to ${seen.careOfAddress}, which it never registered`
        : `packets for ${own.homeAddress} went to ${seen.careOfAddress} after ${accepted?.sent.careOfAddress ?? "de-registration"} was acknowledged`,
    history: [...factsOf(former), ...factsOf(accepted ?? own.updates[floor]), seen],
  });
};

/** `no-expired-forwarding`: the end of a lifetime holds on every node whose process runs (DESIGN §4.8). */
const judgeExpired = (own: Registrations, seen: Tunnelled, context: ForwardingContext): void => {
  const { findings, nodes, lifetimeSlack } = context;
  findings.judged("no-expired-forwarding", seen.count);
  let end = Number.NEGATIVE_INFINITY;
  let last: Update | undefined;
  for (let at = own.updates.length - 1; at >= 0 && seen.until > end + lifetimeSlack; at--) {
    const update = own.updates[at];
    if (update === undefined || update.sent.at > seen.until) continue;
    if (!isRegistration(update) || update.sent.careOfAddress !== seen.careOfAddress) continue;
    if (isRefused(update, seen.until)) continue;
    if (endOfLifetime(update) < end) continue;
    end = endOfLifetime(update);
    last = update;
  }
  if (last === undefined || seen.until <= end + lifetimeSlack) return;
  const time = { from: firstAfter(seen, end + lifetimeSlack), to: seen.until, grace: lifetimeSlack };
  if (edgesOf(seen, context).some((edge) => nodes.hinderedThroughout(edge, time))) return;
  findings.broken({
    invariant: "no-expired-forwarding",
    at: seen.until,
    message: `packets for ${own.homeAddress} went to ${seen.careOfAddress} ${Math.round(seen.until - end)} ms after the end of its lifetime`,
    history: [...factsOf(last), seen],
  });
};

/**
 * Times at which the owner of an instance changed, or what the edge is to it: forwarding to a binding that is not acknowledged may be undone
 * by that. A node that was cut off may learn long afterwards that another owns. One whose program was started anew keeps what it finds in
 * its kernel until it has read the stream, and knows of no more than that (DESIGN §4.7).
 */
const changesOf = (
  own: InstanceHistory | undefined,
  edge: string | undefined,
  nodes: NodeStates,
): readonly number[] => {
  const edges = (own?.edges ?? []).filter(({ node }) => edge === undefined || node === edge);
  const facts = [...(own?.taken ?? []), ...(own?.ended ?? []), ...edges];
  return [...facts.map(({ at }) => at), ...nodes.joinedAt(edge)].sort((a, b) => a - b);
};

/** Whether packets that do not tell their edge may be those of one that heard nobody when the first was sent. */
const mayBeIsolated = (seen: Tunnelled, context: ForwardingContext): boolean => {
  const time = { from: seen.at, to: seen.at, grace: context.isolationGrace };
  return edgesOf(seen, context).some((edge) => context.nodes.isolatedThroughout(edge, time));
};

/**
 * `linearizable`: each look at the forwarding is placed at the oldest Binding Update that explains it and is not before
 * what an earlier look has shown. A Binding Update that is not acknowledged may take effect, and may be forgotten again
 * when edge or owner change, or the program of the edge's node is started anew.
 */
const judgeOrder = (own: Registrations, looks: readonly Tunnelled[], context: ForwardingContext): void => {
  const { findings, flight, nodes } = context;
  const [first] = looks;
  const changes = changesOf(context.instances.get(first?.instance ?? ""), first?.edge, nodes);
  let change = 0;
  let since = Number.NEGATIVE_INFINITY;
  let floor = -1;
  let shown: Tunnelled | undefined;
  let pending: { place: number; seen: Tunnelled }[] = [];
  for (const seen of looks) {
    // Where it is not known whose packets these are, an edge may have moved in their course.
    const by = (seen.edge === undefined ? seen.until : seen.at) + flight;
    for (let at = changes[change]; at !== undefined && at <= by; at = changes[++change]) {
      since = at + flight;
      floor = -1;
      shown = undefined;
      pending = pending.filter((one) => one.seen.until > since);
    }
    findings.judged("linearizable");
    // Looks that overlap have no order.
    for (const one of pending.filter((earlier) => earlier.seen.until + flight < seen.at)) {
      if (one.place <= floor) continue;
      floor = one.place;
      shown = one.seen;
    }
    pending = pending.filter((earlier) => earlier.seen.until + flight >= seen.at);
    const accepted = acceptedBefore(own, seen.at);
    const place = leadingTo(own, seen, Math.max(floor, accepted), flight);
    if (place >= 0) {
      if (seen.until > since) pending.push({ place, seen });
      continue;
    }
    if (leadingTo(own, seen, accepted, flight) < 0) continue; // Stale, and told as that.
    if (seen.edge === undefined && mayBeIsolated(seen, context)) continue;
    const former = own.updates[leadingTo(own, seen, accepted, flight)];
    findings.broken({
      invariant: "linearizable",
      at: seen.at,
      message: `packets for ${own.homeAddress} went back to ${seen.careOfAddress} after ${shown?.careOfAddress}, and neither edge nor owner changed`,
      history: [...factsOf(former), ...factsOf(own.updates[floor]), ...(shown === undefined ? [] : [shown]), seen],
    });
  }
};

/** Holds what was seen of forwarding against the Binding Updates of each home address. */
export const judgeForwarding = (
  history: History,
  registrations: ReadonlyMap<string, Registrations>,
  context: ForwardingContext,
): void => {
  const looks = new Map<string, Tunnelled[]>();
  for (const event of history) {
    if (!isTunnelled(event)) continue;
    const { homeAddress } = event;
    const own = registrations.get(homeAddress) ?? { homeAddress, updates: [], accepted: [] };
    judgeStale(own, event, context);
    judgeExpired(own, event, context);
    // Two edges that do not hear each other each know what they were told: what one shows binds the other only once acknowledged.
    const key = `${event.homeAddress} ${event.edge ?? ""}`;
    const before = looks.get(key);
    if (before === undefined) looks.set(key, [event]);
    else before.push(event);
  }
  for (const seen of looks.values()) {
    const own = registrations.get(seen[0]?.homeAddress ?? "");
    if (own !== undefined) judgeOrder(own, seen, context);
  }
};
