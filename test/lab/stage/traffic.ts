import { expect } from "vitest";
import type { FlowFigures } from "#lab/analysis.ts";
import { now } from "#lab/demo/clock.ts";
import { type Measurement, startMeasurement } from "#lab/demo/measurement.ts";
import { patience } from "#lab/demo/patience.ts";
import type { StepReport } from "#lab/demo/report.ts";
import { poll } from "#lab/run.ts";
import type { Stage } from "./stage.ts";

/** What the probes of one window say. */
export interface Traffic extends Pick<StepReport, "flows" | "stream"> {
  /** Why the TCP connection failed; empty while it lives. */
  readonly streamFailures: readonly string[];
}

/** Probes that run, between correspondent, neighbour and mobile node. */
export interface Probes {
  /** Figures from `from` until traffic of some time after this call has arrived in every direction. */
  since(from: number): Promise<Traffic>;
}

/** A connection that lost packets waits for its retransmission timer. */
const STREAM_DEADLINE = 15_000 * patience;
/** No window is judged by less than this. */
const SHORTEST = 500;

const sinceThen = async (measurement: Measurement, from: number): Promise<Traffic> => {
  const mark = now();
  await poll(
    async () => {
      const window = { from: mark, to: now() };
      if (window.to - mark < SHORTEST) return undefined;
      const { flows, stream } = await measurement.figures(window);
      const flowing = Object.values(flows).every(({ expected, lost }) => lost < expected);
      return flowing && stream.toMobileNode > 0 && stream.fromMobileNode > 0 ? true : undefined;
    },
    { deadline: STREAM_DEADLINE, interval: 100 },
  );
  // Where something does not flow, the figures say so.
  const figures = await measurement.figures({ from, to: now() });
  return { ...figures, streamFailures: await measurement.streamFailures() };
};

/** Runs `work` while probes flow; they end with it. */
export const withProbes = async <T>({ lab }: Stage, work: (probes: Probes) => Promise<T>): Promise<T> => {
  const measurement = await startMeasurement(lab);
  try {
    return await work({ since: (from) => sinceThen(measurement, from) });
  } finally {
    await measurement.stop();
  }
};

const eachFlow = <T>({ flows }: Traffic, value: (flow: FlowFigures) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(flows).map(([name, flow]) => [name, value(flow)]));

/** On a guest's only processor all nodes, the switch and the probes wait for each other: what one of its turns swallows. */
const SWALLOWED = patience > 1 ? 2 : 0;

/** No probe was lost in any direction; in a guest two may be. */
export const expectNoLoss = (traffic: Traffic): void => {
  expect(eachFlow(traffic, ({ lost }) => (lost <= SWALLOWED ? 0 : lost))).toEqual(eachFlow(traffic, () => 0));
  expect(Object.values(traffic.flows).every(({ expected }) => expected > 0)).toBe(true);
};

/** No direction was silent for longer than `limit` milliseconds. */
export const expectGapsBelow = (traffic: Traffic, limit: number): void => {
  const longer = Object.entries(traffic.flows).filter(([, { longestGap }]) => longestGap > limit);
  expect(longer.map(([name, { longestGap }]) => `${name}: ${Math.round(longestGap)} ms`)).toEqual([]);
};

/** The connection lives, its octets were right, and some came in both directions. */
export const expectStreamAlive = ({ stream, streamFailures }: Traffic): void => {
  expect(streamFailures).toEqual([]);
  expect(stream.toMobileNode).toBeGreaterThan(0);
  expect(stream.fromMobileNode).toBeGreaterThan(0);
};
