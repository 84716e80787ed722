import { isolate } from "#chaos/faults/links.ts";
import { processesOf, signalAll, signalPart, strikePart } from "#chaos/faults/processes.ts";
import type { Injection, Scenario } from "#chaos/scenario.ts";
import type { Stage } from "#chaos/stage.ts";
import { now } from "#lab/demo/clock.ts";
import { millis } from "#wire/time.ts";

/** A supervisor waits so long before it starts a program again. */
const RESTART_DELAY = 300;

/** The length that a goal names. */
const NAMED_PAUSE = 10_000;

/** 0.1 to 30 s, as many of each order of magnitude. */
const anyLength = ({ chance }: Stage): number => Math.exp(chance.between(Math.log(100), Math.log(30_000)));
const namedLength = (): number => NAMED_PAUSE;

const states = (stage: Stage, nodes: readonly string[], state: "down" | "joining" | "level" | "paused"): void => {
  for (const node of nodes) stage.record({ type: "node.changed", at: millis(now()), node, state });
};

const killMain = async (stage: Stage, node: string): Promise<Injection> => {
  const program = stage.scene.programs.get(node);
  const at = now();
  program?.kill("SIGKILL");
  await program?.ended;
  states(stage, [node], "down");
  await stage.pass(RESTART_DELAY);
  const returned = now();
  await stage.restart(node);
  return { at, ended: at, returned, targets: [node], facts: [] };
};

const killPart =
  (part: "guard" | "nats-server") =>
  async (stage: Stage, node: string): Promise<Injection> => {
    const { at } = await strikePart(stage, { node, part, signal: "SIGKILL" });
    await stage.pass(RESTART_DELAY);
    return { at, ended: at, targets: [node], facts: [] };
  };

/** Cuts the power of these nodes at once, and gives it back. */
const powerCycle = async (stage: Stage, nodes: readonly string[]): Promise<Injection> => {
  const cuts = await Promise.all(nodes.map((node) => stage.lab.powerOff(node)));
  for (const node of nodes) stage.scene.programs.delete(node);
  states(stage, nodes, "down");
  await stage.pass(RESTART_DELAY);
  const returned = now();
  await Promise.all(
    nodes.map(async (node) => {
      await stage.lab.powerOn(node);
      await stage.restart(node);
    }),
  );
  const at = Math.min(...cuts.map((one) => one.at));
  return {
    at,
    struck: Math.max(...cuts.map((one) => one.at + one.took)),
    ended: at,
    returned,
    targets: nodes,
    facts: [`links cut after ${Math.max(...cuts.map(({ took }) => took)).toFixed(1)} ms`],
  };
};

const pauseMain =
  (lengthOf: (stage: Stage) => number) =>
  async (stage: Stage, node: string): Promise<Injection> => {
    const length = lengthOf(stage);
    const { at } = await strikePart(stage, { node, part: "main", signal: "SIGSTOP" });
    states(stage, [node], "paused");
    try {
      await stage.pass(length);
    } finally {
      await signalPart(stage, node, "main", "SIGCONT");
    }
    return { at, ended: now(), targets: [node], facts: [`paused for ${Math.round(length)} ms`] };
  };

const pauseNode =
  (lengthOf: (stage: Stage) => number) =>
  async (stage: Stage, node: string): Promise<Injection> => {
    const length = lengthOf(stage);
    const processes = await processesOf(stage, node);
    // A namespace's kernel goes on when its processes stop: a paused machine hears and forwards nothing either.
    const links = await isolate(stage, node, ["home", "management"]);
    signalAll(processes, "SIGSTOP");
    states(stage, [node], "paused");
    let ended = links.at;
    try {
      await stage.pass(length);
    } finally {
      ended = (await links.heal()).at;
      signalAll(processes, "SIGCONT");
    }
    const facts = [`paused for ${Math.round(length)} ms`];
    return { at: links.at, struck: links.struck, ended, targets: [node], facts };
  };

const rollingRestart = async (stage: Stage): Promise<Injection> => {
  const at = now();
  for (const node of stage.nodes) {
    await stage.stop(node);
    await stage.restart(node);
    await stage.level();
  }
  return { at, ended: now(), targets: stage.nodes, facts: [] };
};

/** Deaths, pauses and restarts of processes and nodes. */
export const processScenarios: readonly Scenario[] = [
  {
    name: "process-kill",
    summary: "SIGKILL for the owner's main process; started again after 0.3 s",
    goal: { lost: 0, sampleLost: 0 },
    runs: 20,
    allowance: 1000,
    weight: 3,
    inject: killMain,
  },
  {
    name: "guard-kill",
    summary: "SIGKILL for the guard of the owner's node",
    goal: { lost: 0 },
    runs: 20,
    allowance: 1000,
    weight: 2,
    inject: killPart("guard"),
  },
  {
    name: "nats-kill",
    summary: "SIGKILL for the nats-server of the owner's node",
    goal: { lost: 0 },
    runs: 20,
    allowance: 1000,
    weight: 2,
    inject: killPart("nats-server"),
  },
  {
    name: "power-off",
    summary: "the owner's node dies: all processes killed, all links cut; it comes back with what was on its disk",
    goal: { interruption: { p99: 50 }, level: 20_000 },
    runs: 20,
    allowance: 2000,
    weight: 3,
    inject: (stage, node) => powerCycle(stage, [node]),
  },
  {
    name: "pause",
    summary: "the owner's main process is stopped for 0.1 to 30 s and resumed",
    goal: { lost: 0, sampleLost: 0, answered: 1000, fencedWrites: 0 },
    runs: 20,
    allowance: 1000,
    weight: 2,
    inject: pauseMain(anyLength),
  },
  {
    name: "pause-10s",
    summary: "the owner's main process is stopped for 10 s and resumed",
    goal: { lost: 0, sampleLost: 0, answered: 1000, fencedWrites: 0 },
    runs: 20,
    allowance: 1000,
    weight: 0,
    inject: pauseMain(namedLength),
  },
  {
    name: "pause-node",
    isolates: true,
    summary: "the owner's whole node is stopped for 0.1 to 30 s (all processes, all links) and resumed",
    goal: { interruption: 50, lostAfter: 0 },
    runs: 20,
    allowance: 2000,
    weight: 2,
    inject: pauseNode(anyLength),
  },
  {
    name: "pause-node-10s",
    isolates: true,
    summary: "the owner's whole node is stopped for 10 s (all processes, all links) and resumed",
    goal: { interruption: 50, lostAfter: 0 },
    runs: 20,
    allowance: 2000,
    weight: 0,
    inject: pauseNode(namedLength),
  },
  {
    name: "rolling-restart",
    summary: "every node's program is ended in order and started again, one after the other",
    goal: { lost: 0, sampleLost: 0 },
    runs: 5,
    allowance: 1000,
    weight: 1,
    exclusive: true,
    inject: rollingRestart,
  },
  {
    name: "kill-everything",
    summary: "all nodes lose their power at once, and come back",
    goal: {},
    runs: 5,
    allowance: 30_000,
    weight: 0,
    exclusive: true,
    // It lasts until they have their power again: nobody could forward before.
    inject: async (stage) => ({ ...(await powerCycle(stage, stage.nodes)), ended: now() }),
  },
];
