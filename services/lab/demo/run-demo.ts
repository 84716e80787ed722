import { cp } from "node:fs/promises";
import { availableParallelism, release } from "node:os";
import { startCaptures } from "#lab/captures.ts";
import { type Lab, raiseLab } from "#lab/lab.ts";
import { awaitReport } from "#lab/programs.ts";
import { pass } from "#lab/run.ts";
import type { Plane } from "#ports/kernel.ts";
import { now } from "./clock.ts";
import { stepLines } from "./console-text.ts";
import { type Measurement, startMeasurement } from "./measurement.ts";
import { createChronicle, observeOwner, whatIsKnown } from "./observer.ts";
import { type DemoReport, judge } from "./report.ts";
import { prepareScene, type Scene } from "./scene.ts";
import { startPrograms } from "./start-programs.ts";
import { type Played, reportOf, windowOf } from "./step-report.ts";
import { hasOptimisticDad, story } from "./story.ts";

/** What the demo needs to know. */
export interface DemoOptions {
  readonly plane: Plane | "auto";
  /** Id of the lab, which then stays up; without it the lab has an id of this run and ends with it. */
  readonly keep?: string;
  /** Capture the signalling of each node; the files stay with the logs, also of a run that passes. */
  readonly capture: boolean;
  /** Folder for the logs of a run that failed. */
  readonly logs: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** After a step traffic flows on for so long before the next. */
const SETTLE = 1500;

const shift = <T extends { readonly from: number; readonly to: number }>(zero: number, spans: readonly T[]): T[] =>
  spans.map((span) => ({ ...span, from: span.from - zero, to: span.to - zero }));

const play = async (
  scene: Scene,
  measurement: Measurement,
  begun: number,
  options: DemoOptions,
): Promise<DemoReport> => {
  const zero = now();
  const places = createChronicle();
  const owners = createChronicle();
  const played: Played[] = [];
  if (!hasOptimisticDad)
    options.say("         this kernel has no optimistic duplicate address detection: moves take seconds longer");
  const plane = (await awaitReport(scene.lab, "mn", "status", () => true, { deadline: 2000 }))?.plane ?? "none";
  {
    await using _observer = observeOwner(scene, owners);
    for (const [at, step] of story.entries()) {
      options.say(`\n${((now() - begun) / 1000).toFixed(1).padStart(5)} s  ${at + 1}. ${step.title}`);
      const happened = await step.play(scene);
      const arranged = now();
      if (step.place !== undefined) places.note(step.place, happened.at);
      await pass(SETTLE, options.signal);
      const silent = await measurement.awaitStream(arranged);
      const outcome = { ...happened, problems: [...happened.problems, ...silent] };
      played.push({ step, outcome });
      const live = await reportOf({ step, outcome }, windowOf(played, at, now()), zero, measurement);
      for (const line of stepLines(live)) options.say(`         ${line}`);
      if (outcome.problems.length > 0) for (const line of await whatIsKnown(scene)) options.say(`         ${line}`);
    }
  }
  const end = now();
  const steps = await Promise.all(played.map((one, at) => reportOf(one, windowOf(played, at, end), zero, measurement)));
  const window = { from: zero, to: end };
  const gaps = await measurement.gaps(window);
  return {
    startedAt: new Date(zero).toISOString(),
    plane,
    kernel: release(),
    processors: availableParallelism(),
    duration: (now() - begun) / 1000,
    probeInterval: measurement.probeInterval,
    gapFloor: measurement.gapFloor,
    steps,
    gaps: shiftGaps(gaps, zero),
    throughput: (await measurement.throughput(window)).map((point) => ({ ...point, at: point.at - zero })),
    places: shift(zero, places.spans(end)),
    owners: shift(zero, owners.spans(end)),
    verdict: judge(steps, await measurement.streamFailures()),
  };
};

const shiftGaps = (gaps: DemoReport["gaps"], zero: number): DemoReport["gaps"] => {
  const shifted = Object.entries(gaps).map(([name, list]) => [
    name,
    list.map((gap) => ({ ...gap, at: gap.at - zero })),
  ]);
  // The same names as before.
  return Object.fromEntries(shifted) as DemoReport["gaps"];
};

const keepLogs = (lab: Lab, to: string): Promise<void> =>
  cp(lab.directory, to, {
    recursive: true,
    filter: (path) => !/\/(?:nats|state)$|\.sock$/.test(path),
  });

/**
 * Builds the lab, plays the story and takes the lab down again.
 * @throws NotReadyError where the programs do not come up; what the story itself finds is in the report's verdict
 */
export const runDemo = async (options: DemoOptions): Promise<DemoReport> => {
  const begun = now();
  const lab = await raiseLab({
    id: options.keep ?? `d${process.pid.toString(36)}`,
    lasting: options.keep !== undefined,
  });
  let passed = false;
  try {
    options.say(
      `${((now() - begun) / 1000).toFixed(1).padStart(5)} s  network up: ${lab.topology.nodes.length} nodes on ${lab.topology.links.length} links`,
    );
    if (options.capture) await startCaptures(lab);
    const scene = await prepareScene(lab, options.plane);
    const plane = await startPrograms(scene);
    options.say(
      `${((now() - begun) / 1000).toFixed(1).padStart(5)} s  home agents ha1, ha2, ha3 level, mobile node at home, data plane ${plane}`,
    );
    const measurement = await startMeasurement(lab);
    try {
      const report = await play(scene, measurement, begun, options);
      passed = report.verdict.passed;
      return report;
    } finally {
      await measurement.stop();
    }
  } finally {
    if (!passed || options.capture) {
      await keepLogs(lab, options.logs).catch(() => undefined);
      options.say(`\nlogs and records: ${options.logs}`);
    }
    if (options.keep === undefined) await lab.down();
  }
};
