import type { SimStatus } from "#crowd/report.ts";
import type { Bench } from "./bench.ts";
import { type CrowdRig, openCrowdRig } from "./crowd-rig.ts";

const MOBILE_NODES = 100_000;
/** First registrations a second that the ramp asks for: below what one home agent takes. */
const RAMP_RATE = 1500;
/** What is offered afterwards, in steps; the last one is the goal of the simulation. */
const STEPS = [1000, 2000, 4000, 10_000] as const;
const STEP_SECONDS = 6;
/** A step is answered when this part of it is. */
const ANSWERED = 0.97;

const pass = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What became of one offered rate. */
interface Step {
  readonly rate: number;
  readonly offered: number;
  readonly answered: number;
  readonly again: number;
  readonly p50: number;
  readonly p99: number;
  /** Cores. */
  readonly homeAgent: number;
  readonly nats: number;
  readonly crowd: number;
}

const mean = (all: readonly SimStatus[], of: (one: SimStatus) => number): number =>
  all.reduce((sum, one) => sum + of(one), 0) / all.length;

const measureStep = async (rig: CrowdRig, rate: number): Promise<Step> => {
  await rig.set({ rate });
  await pass(2000);
  const before = await rig.spent();
  const start = performance.now();
  const seen: SimStatus[] = [];
  for (let second = 0; second < STEP_SECONDS; second++) {
    await pass(1000);
    seen.push(await rig.status());
  }
  const time = (performance.now() - start) / 1000;
  const after = await rig.spent();
  return {
    rate,
    offered: mean(seen, ({ offered }) => offered),
    answered: mean(seen, ({ answered }) => answered),
    again: mean(seen, ({ retransmitted }) => retransmitted),
    p50: mean(seen, ({ p50 }) => p50),
    p99: mean(seen, ({ p99 }) => p99),
    homeAgent: (after.homeAgent - before.homeAgent) / time,
    nats: (after.nats - before.nats) / time,
    crowd: (after.crowd - before.crowd) / time,
  };
};

/** Waits until all are registered. @returns seconds it took */
const register = async (rig: CrowdRig): Promise<number> => {
  const start = performance.now();
  await rig.set({ mobileNodes: MOBILE_NODES, ramp: MOBILE_NODES / RAMP_RATE });
  for (;;) {
    await pass(500);
    const { mobileNodes } = await rig.status();
    const took = (performance.now() - start) / 1000;
    if (mobileNodes.registered === MOBILE_NODES) return took;
    if (took > 180) throw new Error(`only ${mobileNodes.registered} of ${MOBILE_NODES} registered after ${took} s`);
  }
};

const figure = (value: number): string => (value >= 10 ? Math.round(value).toString() : value.toFixed(2));

const measure = async () => {
  await using rig = await openCrowdRig({ count: MOBILE_NODES, duplicateAddressDetection: "off" });
  const before = await rig.spent();
  const took = await register(rig);
  const after = await rig.spent();
  process.stderr.write(
    `  ${MOBILE_NODES} registered in ${figure(took)} s; processor time: home agent ${figure(after.homeAgent - before.homeAgent)} s, nats-server ${figure(after.nats - before.nats)} s, crowd ${figure(after.crowd - before.crowd)} s\n`,
  );
  const steps: Step[] = [];
  for (const rate of STEPS) {
    const step = await measureStep(rig, rate);
    steps.push(step);
    process.stderr.write(
      `  rate ${rate}: offered ${figure(step.offered)}/s, answered ${figure(step.answered)}/s, again ${figure(step.again)}/s, p50 ${figure(step.p50)} ms, p99 ${figure(step.p99)} ms; cores: home agent ${figure(step.homeAgent)}, nats-server ${figure(step.nats)}, crowd ${figure(step.crowd)}\n`,
    );
  }
  const kept = steps.filter(({ rate, answered }) => answered >= ANSWERED * rate);
  const last = steps.at(-1);
  return {
    took,
    offered: (last?.offered ?? 0) / 1000,
    answered: Math.max(...steps.map(({ answered }) => answered)) / 1000,
    kept: (kept.at(-1)?.rate ?? 0) / 1000,
    spent: last === undefined ? 0 : (last.crowd * 1e6) / (last.offered + last.again),
  };
};

let measured: ReturnType<typeof measure> | undefined;

/** Measured once for all its figures. */
const once = () => {
  measured ??= measure();
  return measured;
};

export const benches: Bench[] = [
  {
    name: "crowd: Binding Updates offered by one process for 100,000 mobile nodes",
    unit: "k BU/s",
    goal: { atLeast: 9.9 },
    run: async () => (await once()).offered,
  },
  {
    name: "crowd: processor time of its process for one Binding Update",
    unit: "µs",
    goal: { atMost: 100 },
    run: async () => (await once()).spent,
  },
  {
    name: "crowd: most Binding Updates that one home agent with its nats-server answers",
    unit: "k BU/s",
    baseline: "home agent: refreshes, tap to acknowledgement, committed to disk",
    stated: [{ of: "MIPL2 with 1,000 bindings", value: 0.9 }],
    run: async () => (await once()).answered,
  },
  {
    name: "crowd: greatest step of offered rates that one home agent answers whole",
    unit: "k BU/s",
    run: async () => (await once()).kept,
  },
  {
    name: "crowd: 100,000 mobile nodes registered with one home agent",
    unit: "s",
    run: async () => (await once()).took,
  },
];
