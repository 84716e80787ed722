import { now } from "#lab/demo/clock.ts";
import { pass, poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import { millis } from "#wire/time.ts";
import type { Run } from "./flow-reader.ts";
import type { HistoryEvent } from "./history/history.ts";
import type { Injection } from "./scenario.ts";
import type { Stage, StageFlow } from "./stage.ts";

/** What an injection did to one direction of the probes; milliseconds. */
export interface FlowFigures {
  /** From the fault until all was level again. */
  readonly lost: number;
  /**
   * From the fault to the last lost probe of interruptions that began while it was on. Where striking takes time (a kill of many
   * processes, a rule of the switch) it counts from the first lost probe, or from when it was fully on if none was lost before.
   */
  readonly interruption: number;
  /** The longest time without an arrival. */
  readonly gap: number;
  /** Lost after the fault had ended; for a blow none count. */
  readonly lostAfter: number;
}

/** Packets of before so long have arrived, or never will. */
export const IN_FLIGHT = 100;

/** Waits until packets that were sent before `at` have been recorded, or will not be. */
export const settle = async (stage: Stage, at: number): Promise<void> => {
  await poll(
    async () => {
      const newest = await Promise.all(stage.flows.map(({ reader }) => reader.read()));
      return Math.min(...newest) > at + IN_FLIGHT || now() > at + 20 * IN_FLIGHT ? true : undefined;
    },
    { deadline: 2000, interval: 25 },
  );
  await pass(20);
  await Promise.all(stage.flows.map(({ reader }) => reader.read()));
};

/** @param runs from the fault until all was level again */
export const figuresOf = (
  runs: readonly Run[],
  injection: Pick<Injection, "at" | "struck" | "ended">,
  interval: number,
): FlowFigures => {
  const lostRuns = runs.filter(({ arrived }) => !arrived);
  const isBlow = injection.ended === injection.at;
  const during = isBlow ? lostRuns : lostRuns.filter(({ from }) => from < injection.ended);
  const after = isBlow ? [] : lostRuns.filter(({ from }) => from >= injection.ended);
  const last = during.at(-1);
  const { at, struck = at } = injection;
  const begun = Math.min(Math.max(at, during[0]?.from ?? at), struck);
  return {
    lost: lostRuns.reduce((sum, { count }) => sum + count, 0),
    interruption: last === undefined ? 0 : last.until + interval - begun,
    gap: Math.max(0, ...lostRuns.map(({ from, until }) => until - from + interval)),
    lostAfter: after.reduce((sum, { count }) => sum + count, 0),
  };
};

/** Runs of one direction as events of the history. */
export const probeEvents = (flow: StageFlow, from: number, to: number): HistoryEvent[] =>
  flow.reader.runs(from, to).map((run) => ({
    type: run.arrived ? "probes.arrived" : "probes.lost",
    at: millis(run.from),
    until: millis(run.until),
    count: run.count,
    homeAddress: LAB.homeAddress,
    instance: LAB.instance,
    direction: flow.direction,
    flow: "mn",
  }));
