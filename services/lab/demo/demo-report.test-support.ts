import { type DemoReport, type FlowName, judge, type Limits, type StepReport } from "./report.ts";

/** Limits that a step of `healthyFigures` keeps. */
export const LIMITS: Limits = { gap: 100, lost: 0, stall: 5000 };

/** The same for every direction. */
const eachFlow = <T>(value: T): Readonly<Record<FlowName, T>> => ({
  "correspondent → mobile node": value,
  "mobile node → correspondent": value,
  "neighbour → mobile node": value,
  "mobile node → neighbour": value,
});

/** All probes arrived, TCP flowed. */
export const healthyFigures = (): Pick<StepReport, "flows" | "stream"> => ({
  flows: eachFlow({ expected: 1000, lost: 0, duplicated: 0, longestGap: 5, longestGapAt: 10 }),
  stream: { toMobileNode: 1_000_000, fromMobileNode: 2_000_000, stall: 60 },
});

/** A step of the story in which all was well, but for what is given. */
export const stepReport = (more: Partial<StepReport> = {}): StepReport => ({
  title: "kill -9 of the owner's process",
  from: 0,
  to: 3000,
  facts: ["killed process 7 on ha1"],
  limits: LIMITS,
  ...healthyFigures(),
  problems: [],
  ...more,
});

/** A report of these steps. */
export const demoReport = (steps: readonly StepReport[]): DemoReport => ({
  startedAt: "2026-01-02T03:04:05.000Z",
  plane: "routed",
  kernel: "6.1",
  processors: 2,
  duration: 32,
  probeInterval: 1,
  steps,
  gaps: eachFlow([{ at: 100, length: 40 }]),
  gapFloor: 20,
  throughput: [0, 250, 500].map((at) => ({ at, toMobileNode: 1e6, fromMobileNode: 2e6 })),
  places: [{ from: 0, to: 3000, label: "home" }],
  owners: [{ from: 0, to: 3000, label: "ha1" }],
  verdict: judge(steps, []),
});
