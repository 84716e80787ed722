import { INVARIANT_NAMES, type Invariant } from "#chaos/history/invariants.ts";
import type { Count, Gap, Violation } from "#chaos/history/verdict.ts";
import type { FlowFigures } from "#chaos/measure.ts";
import type { Goal, Limit, Measure } from "#chaos/scenario.ts";

/** One fault and what it did. Times are milliseconds since the run began. */
export interface InjectionReport {
  readonly number: number;
  readonly kind: string;
  readonly at: number;
  readonly ended: number;
  /** When what was gone was given back; absent where nothing was gone. */
  readonly returned?: number;
  /** When the cluster was level again; absent when it never was. */
  readonly level?: number;
  readonly targets: readonly string[];
  readonly facts: readonly string[];
  readonly flows: Readonly<Record<"in" | "out", FlowFigures>>;
  /** From the fault until Binding Updates to the injured node's instances were answered at once again; absent when none was sent. */
  readonly answered?: number;
  /** The same for instances that the injured node did not hold: an election delays those whose stream it led. */
  readonly elsewhere?: number;
  /** Lost in the sampled tunnels of simulated mobile nodes; absent without samples. */
  readonly sampleLost?: number;
  /** The longest time from a Binding Update with a new care-of address to a probe there; absent where no sampled node moved. */
  readonly inUse?: number;
  /** Records of former owners that the log took after a greater epoch; absent where no epoch began. */
  readonly fencedWrites?: number;
  /** What did not happen as it had to. */
  readonly problems: readonly string[];
}

/** Figures of one measure over all injections of a kind. */
export interface Distribution {
  readonly n: number;
  readonly median: number;
  /** Only of 100 and more. */
  readonly p99?: number;
  readonly max: number;
}

/** A goal of a kind of fault, and whether it was reached. */
export interface GoalReport {
  readonly measure: Measure;
  readonly limit: number;
  /** What was held against the limit; absent: it was not measured, and the goal is not met. */
  readonly found?: number;
  /** Injections that it was measured in. */
  readonly n: number;
  readonly of: "p99" | "max";
  readonly met: boolean;
}

/** Figures of a kind, those of probes in the worse direction of each injection; absent: not measured. */
export type KindFigures = Readonly<
  Record<keyof FlowFigures, Distribution> & Partial<Record<Exclude<Measure, keyof FlowFigures>, Distribution>>
>;

/** All injections of one kind. */
export interface KindReport {
  readonly kind: string;
  readonly injections: number;
  readonly figures: KindFigures;
  readonly goals: readonly GoalReport[];
}

/** All that a run of chaos has to tell; also what is written as JSON. */
export interface ChaosReport {
  readonly scenario: string;
  readonly seed: number;
  readonly startedAt: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly nodes: readonly string[];
  readonly load: string;
  readonly probeInterval: number;
  /** Which tunnels of simulated mobile nodes carry probes as well. */
  readonly samples: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly plane: string;
  readonly injections: readonly InjectionReport[];
  readonly kinds: readonly KindReport[];
  /** Who held the instance of the probes; milliseconds since the run began. */
  readonly owners: readonly { readonly from: number; readonly to: number; readonly label: string }[];
  /** As the checker has them, but times are since the run began. */
  readonly gaps: readonly Gap[];
  readonly invariants: Readonly<Record<Invariant, Count>>;
  /** Entries of the log that were replaced before anybody read them: acknowledgements of that time may not have been judged. */
  readonly unread: number;
  readonly violations: readonly Violation[];
  readonly verdict: { readonly passed: boolean; readonly problems: readonly string[] };
}

/** Values in rising order give their part `part` (0 to 1) by nearest rank. */
const rank = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;

const distributionOf = (values: readonly number[]): Distribution => {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    n: sorted.length,
    median: rank(sorted, 0.5),
    ...(sorted.length >= 100 ? { p99: rank(sorted, 0.99) } : {}),
    max: sorted.at(-1) ?? 0,
  };
};

const worse =
  (measure: keyof FlowFigures) =>
  ({ flows }: InjectionReport): number =>
    Math.max(flows.in[measure], flows.out[measure]);

/** What an injection has of each measure; undefined where it was not measured. */
const VALUES: Readonly<Record<Measure, (one: InjectionReport) => number | undefined>> = {
  lost: worse("lost"),
  sampleLost: ({ sampleLost }) => sampleLost,
  interruption: worse("interruption"),
  gap: worse("gap"),
  lostAfter: worse("lostAfter"),
  answered: ({ answered }) => answered,
  inUse: ({ inUse }) => inUse,
  fencedWrites: ({ fencedWrites }) => fencedWrites,
  level: ({ level, returned, ended }) => (level === undefined ? undefined : level - (returned ?? ended)),
};

/** Every measure, in the order of reports. */
// The keys of a literal are what its type says.
const MEASURES = Object.keys(VALUES) as readonly Measure[];

const measured = (injections: readonly InjectionReport[], measure: Measure): Distribution =>
  distributionOf(injections.flatMap((one) => VALUES[measure](one) ?? []));

const goalOfMeasure = (measure: Measure, limit: Limit, { n, p99, max }: Distribution): GoalReport => {
  const most = typeof limit === "number" ? limit : limit.p99;
  const isPart = typeof limit !== "number" && p99 !== undefined;
  const found = isPart ? p99 : max;
  const of = isPart ? "p99" : "max";
  return n === 0
    ? { measure, limit: most, n, of, met: false }
    : { measure, limit: most, found, n, of, met: found <= most };
};

/** Figures of all kinds that were injected, in the order of their first injection. */
export const kindReports = (injections: readonly InjectionReport[], goalOf: (kind: string) => Goal): KindReport[] => {
  const kinds = [...new Set(injections.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const own = injections.filter((one) => one.kind === kind);
    const goal = goalOf(kind);
    const others = (["sampleLost", "answered", "inUse", "fencedWrites", "level"] as const).flatMap((measure) => {
      const found = measured(own, measure);
      return found.n === 0 ? [] : [[measure, found] as const];
    });
    return {
      kind,
      injections: own.length,
      figures: {
        lost: measured(own, "lost"),
        interruption: measured(own, "interruption"),
        gap: measured(own, "gap"),
        lostAfter: measured(own, "lostAfter"),
        ...Object.fromEntries(others),
      },
      goals: MEASURES.flatMap((measure) => {
        const limit = goal[measure];
        return limit === undefined ? [] : [goalOfMeasure(measure, limit, measured(own, measure))];
      }),
    };
  });
};

const WORDS: Readonly<Record<Measure, string>> = {
  lost: "probes lost",
  sampleLost: "probes lost in sampled tunnels of simulated mobile nodes",
  interruption: "ms from the fault to the last lost probe",
  gap: "ms of silence",
  lostAfter: "probes lost after the fault had ended",
  answered: "ms from the fault until Binding Updates were answered at once",
  inUse: "ms from a Binding Update until its care-of address was in use",
  fencedWrites: "records taken from a former owner after its epoch had ended",
  level: "ms from the return until all nodes were level",
};

const missed = ({ measure, limit, found, of }: GoalReport): string =>
  found === undefined
    ? `${WORDS[measure]}: not measured, goal ${limit}`
    : `${Math.round(found * 10) / 10} ${WORDS[measure]} (${of}), goal ${limit}`;

const shortfall = (injected: number, least: number): string[] => {
  if (injected < least) return [`${injected} of ${least} faults were injected`];
  return injected === 0 ? ["no fault was injected"] : [];
};

/** A run that says nothing of these has not been watched. */
const ALWAYS_JUDGED: readonly Invariant[] = [
  "one-owner",
  "fenced-owner-changes-nothing",
  "acknowledged-is-committed",
  "acknowledged-is-kept",
  "sequence-never-goes-back",
  "gap-has-a-fault",
];

/**
 * One sentence for each goal that was missed or not measured, for each invariant that was broken or that nothing was held
 * against though it has to be, and for each injection that did not go as it had to.
 */
export const problemsOf = (
  report: Pick<ChaosReport, "kinds" | "injections" | "invariants"> & {
    /** Fewer injections have not shown what the run was to show. */
    readonly least: number;
  },
): string[] => [
  ...shortfall(report.injections.length, report.least),
  ...report.injections.flatMap(({ number, kind, problems }) =>
    problems.map((problem) => `injection ${number} (${kind}): ${problem}`),
  ),
  ...INVARIANT_NAMES.flatMap((name) => {
    const { judged, violated } = report.invariants[name];
    if (violated > 0) return [`invariant ${name} was violated ${violated === 1 ? "once" : `${violated} times`}`];
    return judged === 0 && ALWAYS_JUDGED.includes(name) ? [`invariant ${name} was not judged`] : [];
  }),
  ...report.kinds.flatMap(({ kind, goals }) =>
    goals.filter(({ met }) => !met).map((goal) => `${kind}: ${missed(goal)}`),
  ),
];
