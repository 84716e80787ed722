import { LAB } from "#lab/topology.ts";
import type { HistoryEvent, OwnershipTaken, ProbesObserved, RecordCommitted, UpdateSent } from "./history/history.ts";
import type { InjectionReport } from "./report/report.ts";

/** What only the whole history tells of an injection. */
type Evidence = Pick<InjectionReport, "sampleLost" | "inUse" | "fencedWrites">;

interface Span {
  readonly from: number;
  readonly to: number;
}

const isWithin = ({ from, to }: Span, at: number): boolean => at >= from && at < to;

/** Entries of the streams, by instance, in their order; what only a log file says has no place there. */
const streamsOf = (events: readonly HistoryEvent[]): (OwnershipTaken | RecordCommitted)[][] => {
  const streams = new Map<string, (OwnershipTaken | RecordCommitted)[]>();
  for (const event of events) {
    if (event.type !== "record.committed" && event.type !== "ownership.taken") continue;
    if (event.revision === undefined) continue;
    const own = streams.get(event.instance);
    if (own === undefined) streams.set(event.instance, [event]);
    else own.push(event);
  }
  return [...streams.values()].map((own) => own.sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0)));
};

/** When the log took a record of a smaller epoch than that of an entry before it, and when epochs began. */
const fencesOf = (events: readonly HistoryEvent[]): { readonly begun: number[]; readonly broken: number[] } => {
  const begun: number[] = [];
  const broken: number[] = [];
  for (const stream of streamsOf(events)) {
    let epoch = 0;
    for (const entry of stream) {
      if (entry.type === "record.committed" && entry.epoch < epoch) broken.push(entry.at);
      if (entry.type === "ownership.taken" && entry.epoch > epoch) begun.push(entry.at);
      epoch = Math.max(epoch, entry.epoch);
    }
  }
  return { begun, broken };
};

/** The first run of probes that was led to an update's care-of address. */
const arrivalAt = (runs: readonly ProbesObserved[], { at, careOfAddress }: UpdateSent): ProbesObserved | undefined =>
  runs.find((run) => run.careOfAddress === careOfAddress && run.until >= at);

/**
 * For each move of a mobile node whose probes are seen: when its first Binding Update was sent, and how long it took until a probe
 * was led to the new care-of address; up to the next move (or `end`) where none was.
 */
export const movesOf = (
  events: readonly HistoryEvent[],
  end: number,
): { readonly at: number; readonly after: number }[] => {
  const runs = new Map<string, ProbesObserved[]>();
  const moves = new Map<string, UpdateSent[]>();
  for (const event of events) {
    if (event.type === "probes.arrived" && event.careOfAddress !== undefined) {
      const own = runs.get(event.homeAddress);
      if (own === undefined) runs.set(event.homeAddress, [event]);
      else own.push(event);
    } else if (event.type === "update.sent") {
      const own = moves.get(event.homeAddress);
      if (own === undefined) moves.set(event.homeAddress, [event]);
      else if (own.at(-1)?.careOfAddress !== event.careOfAddress) own.push(event);
    }
  }
  return [...runs].flatMap(([homeAddress, arrived]) => {
    const own = moves.get(homeAddress) ?? [];
    // The first is a registration, not a move.
    return own.slice(1).flatMap((update, place) => {
      if (update.careOfAddress === undefined) return [];
      const led = arrivalAt(arrived, update);
      const until = own[place + 2]?.at ?? end;
      return [{ at: update.at, after: Math.max(0, (led?.at ?? until) - update.at) }];
    });
  });
};

const isSampleLoss = (event: HistoryEvent): event is ProbesObserved =>
  event.type === "probes.lost" && event.homeAddress !== LAB.homeAddress;

/**
 * What became of moves, of writes and of the simulated mobile nodes' probes from each injection until the next.
 * @param spans of all injections, in order
 * @param end of the history
 */
export const evidenceOf = (events: readonly HistoryEvent[], spans: readonly Span[], end: number): Evidence[] => {
  const fences = fencesOf(events);
  const moves = movesOf(events, end);
  const lost = events.filter(isSampleLoss);
  const hasSamples = events.some((event) => event.type === "probes.arrived" && event.homeAddress !== LAB.homeAddress);
  return spans.map((span) => {
    const own = moves.filter(({ at }) => isWithin(span, at));
    const overlapping = lost.filter(({ at, until }) => at < span.to && until >= span.from);
    return {
      ...(hasSamples || lost.length > 0 ? { sampleLost: overlapping.reduce((sum, { count }) => sum + count, 0) } : {}),
      ...(own.length === 0 ? {} : { inUse: Math.max(...own.map(({ after }) => after)) }),
      ...(fences.begun.some((at) => isWithin(span, at))
        ? { fencedWrites: fences.broken.filter((at) => isWithin(span, at)).length }
        : {}),
    };
  });
};
