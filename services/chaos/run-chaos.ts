import { now } from "#lab/demo/clock.ts";
import { LAB } from "#lab/topology.ts";
import { millis } from "#wire/time.ts";
import type { Known } from "./bindings.ts";
import { evidenceOf } from "./evidence.ts";
import { check } from "./history/checker.ts";
import type { HistoryEvent } from "./history/history.ts";
import { injectOne } from "./inject.ts";
import { loggedEvents } from "./log-events.ts";
import { IN_FLIGHT, probeEvents, settle } from "./measure.ts";
import { createChance } from "./random.ts";
import { type ChaosReport, type InjectionReport, kindReports, problemsOf } from "./report/report.ts";
import type { Scenario } from "./scenario.ts";
import { keepLogs, NotLevelError, raiseStage, type Stage } from "./stage.ts";
import { versions } from "./versions.ts";

/** What to do. */
export interface ChaosOptions {
  /** Name for the report: a scenario's, or `random`. */
  readonly name: string;
  /** Next fault, called before each; undefined ends the run. */
  readonly next: (stage: Stage, injected: number) => Scenario | undefined;
  /** No more than so many faults. */
  readonly runs: number;
  /** Fewer are too few: the run has not shown what it was to show. */
  readonly least: number;
  /** No fault is begun after so long; milliseconds. */
  readonly limit: number;
  readonly nodes: number;
  readonly bindings: number;
  readonly seed: number;
  readonly goalOf: (kind: string) => Scenario["goal"];
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** Where the logs of a run go that did not pass. */
  readonly logs: string;
}

/** A standby on a busy machine follows so late, and a control socket answers so late. */
const REPLICATION = millis(1000);

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const shown = ({
  number,
  kind,
  targets,
  flows,
  at,
  ended,
  level,
  facts,
  problems,
  answered,
  elsewhere,
}: InjectionReport): string => {
  const worst = (measure: "lost" | "interruption" | "lostAfter"): number =>
    Math.max(flows.in[measure], flows.out[measure]);
  return [
    `${String(number).padStart(4)}  ${kind} ${targets.join(" ")}`.padEnd(34),
    `lost ${flows.in.lost}/${flows.out.lost}`.padEnd(15),
    `interruption ${worst("interruption").toFixed(0)} ms`.padEnd(24),
    ended > at ? `after ${worst("lostAfter")}`.padEnd(10) : "",
    level === undefined ? "NOT LEVEL" : `level after ${((level - ended) / 1000).toFixed(1)} s`,
    ...(answered === undefined ? [] : [`answered after ${Math.round(answered)} ms`]),
    ...(elsewhere === undefined || elsewhere === 0 ? [] : [`elsewhere ${Math.round(elsewhere)} ms`]),
    ...facts,
    ...problems.map((problem) => `!! ${problem}`),
  ].join("  ");
};

const ownersOf = (events: readonly HistoryEvent[], zero: number, end: number): ChaosReport["owners"] => {
  const taken = events.filter((event) => event.type === "edge.taken" && event.instance === LAB.instance);
  const nodeOf = (event: HistoryEvent): string => ("node" in event ? event.node : "");
  return taken.map((event, at) => ({
    from: Math.max(0, event.at - zero),
    to: (taken[at + 1]?.at ?? end) - zero,
    label: nodeOf(event),
  }));
};

/** Moves a violation's and its history's times to the run's own clock. */
const since =
  (zero: number) =>
  <T extends { readonly at: number }>(event: T): T => ({
    ...event,
    at: millis(event.at - zero),
    ...("until" in event && typeof event.until === "number" ? { until: millis(event.until - zero) } : {}),
  });

/** Injects one fault after the other until enough were, or the time is over, or the cluster does not come to rest. */
const injectAll = async (
  stage: Stage,
  options: ChaosOptions,
  zero: number,
): Promise<{ readonly injections: InjectionReport[]; readonly problems: string[] }> => {
  const { signal, say } = options;
  const injections: InjectionReport[] = [];
  const problems: string[] = [];
  const known: Known = new Map();
  try {
    while (injections.length < options.runs && now() - zero < options.limit) {
      const scenario = options.next(stage, injections.length);
      if (scenario === undefined) break;
      const report = await injectOne(stage, scenario, { number: injections.length + 1, zero, known });
      injections.push(report);
      say(shown(report));
      if (report.level === undefined) {
        problems.push("the run ended there: the cluster did not come to rest");
        break;
      }
    }
  } catch (error) {
    if (!signal.aborted && !(error instanceof NotLevelError)) throw error;
    problems.push(signal.aborted ? "interrupted" : reasonOf(error));
  }
  return { injections, problems };
};

/** Ends load and watch. @returns the whole history, and what of it is missing */
const collect = async (
  stage: Stage,
  span: { readonly zero: number; readonly end: number },
): Promise<{ readonly events: HistoryEvent[]; readonly problems: readonly string[] }> => {
  const problems = [...((await stage.load?.finish()) ?? []), ...(await stage.log.finish())];
  const events = [
    ...stage.events,
    ...(await loggedEvents(stage.lab, stage.nodes, stage.steps)),
    ...(await stage.log.events()),
    ...((await stage.load?.events()) ?? []),
    ...stage.flows.flatMap((flow) => probeEvents(flow, span.zero, span.end)),
  ].sort((a, b) => a.at - b.at);
  return { events, problems };
};

/** Adds to each injection what only the whole history tells. */
const completed = (
  injections: readonly InjectionReport[],
  events: readonly HistoryEvent[],
  { zero, end }: { readonly zero: number; readonly end: number },
): InjectionReport[] => {
  const spans = injections.map(({ at }, place) => ({
    from: zero + at,
    to: zero + (injections[place + 1]?.at ?? end - zero),
  }));
  const evidence = evidenceOf(events, spans, end);
  return injections.map((injection, place) => ({ ...injection, ...evidence[place] }));
};

const loadText = ({ load }: Stage): string =>
  load === undefined
    ? "one mobile node"
    : `one mobile node, ${load.bindings} simulated ones with ${load.rate} Binding Updates a second`;

/**
 * Raises a lab, injects faults one after the other, judges, and takes the lab down again.
 * @throws NotLevelError, NotReadyError when the lab does not come up; what happens later is in the report
 */
export const runChaos = async (options: ChaosOptions): Promise<ChaosReport> => {
  const { signal, say, seed } = options;
  const begun = now();
  await using stage = await raiseStage(
    { nodes: options.nodes, bindings: options.bindings, seed, signal, say, logs: options.logs },
    createChance(seed),
  );
  const zero = now();
  const injected = await injectAll(stage, options, zero);
  await settle(stage, now());
  const end = now() - IN_FLIGHT;
  const { events, problems } = await collect(stage, { zero, end });
  const injections = completed(injected.injections, events, { zero, end });
  const verdict = check(events, { replication: REPLICATION, commitsObserved: true, shareMachine: true });
  const kinds = kindReports(injections, options.goalOf);
  const moved = since(zero);
  const { least } = options;
  const judged = problemsOf({ kinds, injections, invariants: verdict.counts, least });
  const found = [...injected.problems, ...problems, ...judged];
  const report: ChaosReport = {
    scenario: options.name,
    seed,
    startedAt: new Date(zero).toISOString(),
    duration: now() - begun,
    nodes: stage.nodes,
    load: loadText(stage),
    probeInterval: stage.flows[0]?.reader.interval ?? 0,
    samples: stage.load?.samples ?? "none",
    versions: await versions(),
    plane: stage.plane,
    injections,
    kinds,
    owners: ownersOf(events, zero, end),
    gaps: verdict.gaps.map((gap) => ({ ...gap, from: millis(gap.from - zero), until: millis(gap.until - zero) })),
    invariants: verdict.counts,
    unread: events.reduce((sum, event) => sum + (event.type === "commits.hidden" ? event.count : 0), 0),
    violations: verdict.violations.map((violation) => ({
      ...moved(violation),
      history: violation.history.map(moved),
    })),
    verdict: { passed: found.length === 0, problems: found },
  };
  if (found.length > 0) {
    await keepLogs(stage.lab, options.logs);
    say(`logs: ${options.logs}`);
  }
  return report;
};
