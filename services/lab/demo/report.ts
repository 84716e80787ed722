import type { FlowFigures, Gap } from "#lab/analysis.ts";

/** One direction of UDP probes, by name. */
export const FLOWS = [
  { name: "correspondent → mobile node", from: "cn", pair: "correspondent" },
  { name: "mobile node → correspondent", from: "mn", pair: "correspondent" },
  { name: "neighbour → mobile node", from: "nb", pair: "neighbor" },
  { name: "mobile node → neighbour", from: "mn", pair: "neighbor" },
] as const;

export type FlowName = (typeof FLOWS)[number]["name"];

/** What a step may cost; durations in milliseconds. */
export interface Limits {
  /** Longest gap of any direction. */
  readonly gap: number;
  /** Packets lost in any direction; no limit of its own where absent. */
  readonly lost?: number;
  /** Longest time in which the TCP connection brings nothing new in one of its directions. */
  readonly stall: number;
}

/** Times of a report are milliseconds since the probes began. */
export interface StepReport {
  readonly title: string;
  /** From the step's own action, such as the kill, to the action of the next step. */
  readonly from: number;
  readonly to: number;
  /** Milliseconds from the action to the Binding Acknowledgement at the mobile node, where the step calls for one. */
  readonly acknowledgedAfter?: number;
  /** What was seen beside the figures, one sentence each. */
  readonly facts: readonly string[];
  readonly limits: Limits;
  readonly flows: Readonly<Record<FlowName, FlowFigures>>;
  readonly stream: {
    /** Octets that arrived, and were right, in the step. */
    readonly toMobileNode: number;
    readonly fromMobileNode: number;
    /** Longest time without new octets in one of the directions. */
    readonly stall: number;
  };
  /** What did not happen as it had to; empty in a step that went well. */
  readonly problems: readonly string[];
}

/** A state that held for some time. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** All a run of the demo has to tell; also what is written as JSON. */
export interface DemoReport {
  readonly startedAt: string;
  readonly plane: string;
  readonly kernel: string;
  readonly processors: number;
  /** Seconds, set-up and clearing away included. */
  readonly duration: number;
  readonly probeInterval: number;
  readonly steps: readonly StepReport[];
  /** Silences of at least `gapFloor` milliseconds. */
  readonly gaps: Readonly<Record<FlowName, readonly Gap[]>>;
  readonly gapFloor: number;
  /** Octets a second that the TCP stream brought to the mobile node and from it, by time. */
  readonly throughput: readonly {
    readonly at: number;
    readonly toMobileNode: number;
    readonly fromMobileNode: number;
  }[];
  /** Where the mobile node was, and which home agent held its instance. */
  readonly places: readonly Span[];
  readonly owners: readonly Span[];
  readonly verdict: Verdict;
}

export interface Verdict {
  readonly passed: boolean;
  readonly problems: readonly string[];
}

const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

/** Where a step went over its limits, one sentence each. */
export const exceededLimits = (
  { gap, lost, stall }: Limits,
  { flows, stream }: Pick<StepReport, "flows" | "stream">,
): string[] => [
  ...FLOWS.flatMap(({ name }) => {
    const figures = flows[name];
    return [
      ...(figures.longestGap > gap
        ? [`${name}: a gap of ${milliseconds(figures.longestGap)}, limit ${milliseconds(gap)}`]
        : []),
      ...(lost !== undefined && figures.lost > lost ? [`${name}: ${figures.lost} packets lost, limit ${lost}`] : []),
    ];
  }),
  ...(stream.toMobileNode > 0 ? [] : ["TCP: no new octets to the mobile node in this step"]),
  ...(stream.fromMobileNode > 0 ? [] : ["TCP: no new octets from the mobile node in this step"]),
  ...(stream.stall > stall
    ? [`TCP: nothing new for ${milliseconds(stream.stall)} in one direction, limit ${milliseconds(stall)}`]
    : []),
];

/**
 * The demo has passed when no step has a problem, which includes that TCP brought new octets in both directions in each of
 * them, and the connection has not failed.
 * @param stream why the TCP connection failed, by end
 */
export const judge = (steps: readonly StepReport[], stream: readonly string[]): Verdict => {
  const problems = [
    ...steps.flatMap(({ title, problems: found }) => found.map((problem) => `${title}: ${problem}`)),
    ...stream.map((failure) => `TCP: ${failure}`),
  ];
  return { passed: problems.length === 0, problems };
};

/** The worst direction of a step. */
export const worst = (step: StepReport): { readonly gap: number; readonly lost: number } => ({
  gap: Math.max(...FLOWS.map(({ name }) => step.flows[name].longestGap)),
  lost: Math.max(...FLOWS.map(({ name }) => step.flows[name].lost)),
});
