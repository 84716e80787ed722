import { readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { STEPPABLE, stepClock, steppableClock } from "#chaos/faults/clock.ts";
import { groupsMissing, limitProcessor } from "#chaos/faults/groups.ts";
import { restartInPlace } from "#chaos/faults/placement.ts";
import { processesOf, signalPart, strikePart } from "#chaos/faults/processes.ts";
import type { Injection, Scenario } from "#chaos/scenario.ts";
import type { Stage } from "#chaos/stage.ts";
import { now } from "#lab/demo/clock.ts";
import { ask } from "#lab/programs.ts";
import { mustFinish, poll } from "#lab/run.ts";

/** Disk of a node whose disk is to be full. */
const DISK = "64m";
const BLOCK = 4096;
/** Nodes tell one another how they are at least every few seconds. */
const SEEN_DEADLINE = 20_000;

/**
 * The node's store has moved to a small file system of its own, which is filled; at the end the program is started with its
 * former store. JetStream switches itself off when its disk is full: a server has to be started again.
 */
const smallDisk = (stage: Stage, node: string): Promise<void> => {
  const mount =
    `mkdir -p "$0.small" && mount -t tmpfs -o size=${DISK} none "$0.small" && cp -a "$0/." "$0.small/" && ` +
    `mount --bind "$0.small" "$0" && exec "$@"`;
  return restartInPlace(stage, node, ["sh", "-c", mount, storeOf(stage, node)]);
};

const storeOf = (stage: Stage, node: string): string => join(stage.lab.directory, node, "nats");

const diskFull = async (stage: Stage, node: string): Promise<Injection> => {
  // The mount is seen by the node's processes alone, and ends with them.
  const main = (await processesOf(stage, node)).find(({ part }) => part === "main");
  const seen = `/proc/${main?.pid ?? 0}/root${storeOf(stage, node)}`;
  const { bavail, bsize } = await statfs(seen);
  const at = now();
  await mustFinish([
    "dd",
    "if=/dev/zero",
    `of=${seen}/filling`,
    `bs=${BLOCK}`,
    `count=${Math.ceil((bavail * bsize) / BLOCK)}`,
    "conv=fsync",
  ]).catch((error: unknown) => {
    // It ends by finding the disk full.
    if (!(error instanceof Error && error.message.includes("No space left"))) throw error;
  });
  await stage.pass(5000);
  await stage.stop(node);
  await stage.restart(node);
  return { at, ended: now(), targets: [node], facts: [`${DISK} full for 5 s, then started with its former disk`] };
};

/** Bursts of SIGSTOP for the server: each write waits as it would for a slow disk. */
const slowDisk = async (stage: Stage, node: string): Promise<Injection> => {
  const stopped = Math.round(stage.chance.between(50, 250));
  const at = now();
  let times = 0;
  try {
    while (now() - at < 5000) {
      await strikePart(stage, { node, part: "nats-server", signal: "SIGSTOP" });
      times++;
      await stage.pass(stopped);
      await signalPart(stage, node, "nats-server", "SIGCONT");
      await stage.pass(10);
    }
  } finally {
    await signalPart(stage, node, "nats-server", "SIGCONT");
  }
  return {
    at,
    ended: now(),
    targets: [node],
    facts: [`nats-server stood still for ${stopped} ms at a time, ${times} times`],
  };
};

/** Seconds: a leap, a bad time server, a wrong time zone, a dead battery. */
const STEPS = [30, -30, 3600, -3600, 86_400, -86_400];

/** Whether what runs on the node now has the clock that can be stepped: a program may have been started again since. */
const isSteppable = async (stage: Stage, node: string): Promise<boolean> => {
  const parts = (await processesOf(stage, node)).filter(({ part }) => part === "main" || part === "guard");
  const environments = await Promise.all(parts.map(({ pid }) => readFile(`/proc/${pid}/environ`, "utf8")));
  return parts.length > 0 && environments.every((text) => text.includes(STEPPABLE));
};

const makeSteppable = async (stage: Stage, node: string): Promise<void> => {
  if (await isSteppable(stage, node).catch(() => false)) return;
  await restartInPlace(stage, node, await steppableClock(stage.lab, node));
};

/** Waits until a peer has heard by how much the node's clock is off. */
const seenOff = async (stage: Stage, node: string, by: number): Promise<number> => {
  const peers = stage.nodes.filter((one) => one !== node);
  const seen = await poll(
    async () => {
      const reports = await Promise.all(peers.map((peer) => ask(stage.lab, peer, "status")));
      return reports
        .flatMap((report) => report?.clusterNodes ?? [])
        .find((one) => one.node === node && Math.abs((one.clockOffsetMilliseconds ?? 0) - by) < Math.abs(by) / 10)
        ?.clockOffsetMilliseconds;
    },
    { deadline: SEEN_DEADLINE, interval: 100 },
  );
  if (seen === undefined) throw new Error(`it did not strike: no peer of ${node} has seen its clock off by ${by} ms`);
  return seen;
};

const clockStep = async (stage: Stage, node: string): Promise<Injection> => {
  if (!(await isSteppable(stage, node))) throw new Error(`the programs of ${node} have no clock that can be stepped`);
  const by = stage.chance.pick(STEPS) * 1000;
  const length = stage.chance.between(2000, 5000);
  const at = now();
  await stage.step(node, by, () => stepClock(stage.lab, node, by));
  let seen = 0;
  try {
    seen = await seenOff(stage, node, by);
    await stage.pass(Math.max(0, at + length - now()));
  } finally {
    await stage.step(node, 0, () => stepClock(stage.lab, node, 0));
  }
  return {
    at,
    ended: now(),
    targets: [node],
    facts: [
      `wall clock of its programs off by ${by / 1000} s (a peer saw ${(seen / 1000).toFixed(1)} s); nats-server's is not`,
    ],
  };
};

const starve = async (stage: Stage, node: string): Promise<Injection> => {
  // A node without much to do needs no more than a twentieth.
  const part = stage.chance.between(0.01, 0.04);
  const at = now();
  const lift = await limitProcessor(stage, node, part);
  let ended = at;
  let throttled: number | undefined;
  try {
    await stage.pass(stage.chance.between(2000, 5000));
  } finally {
    throttled = await lift();
    ended = now();
  }
  if (throttled === 0) throw new Error(`it did not strike: no process of ${node} had to wait`);
  const facts = [`${Math.round(part * 100)} % of one processor for the whole node`];
  return { at, ended, targets: [node], facts: [...facts, `had to wait ${throttled ?? "an unknown number of"} times`] };
};

/** Faults of disks, clocks and processors. */
export const machineScenarios: readonly Scenario[] = [
  {
    name: "disk-full",
    summary: "the disk of a node's JetStream (a tmpfs of 64 MB) is full for 5 s; the program is started again",
    goal: { lost: 0 },
    runs: 5,
    allowance: 2000,
    weight: 0,
    prepare: smallDisk,
    inject: diskFull,
  },
  {
    name: "slow-disk",
    summary: "a node's nats-server stands still for 50 to 250 ms at a time (bursts of SIGSTOP), for 5 s",
    goal: { lost: 0 },
    runs: 10,
    allowance: 1000,
    weight: 1,
    inject: slowDisk,
  },
  {
    name: "clock-step",
    summary:
      "the wall clock of the owner's programs jumps by 30 s to a day and back (preloaded library; not nats-server's)",
    goal: { lost: 0 },
    runs: 10,
    allowance: 1000,
    weight: 1,
    prepare: makeSteppable,
    inject: clockStep,
  },
  {
    name: "cpu-starvation",
    summary: "the owner's node gets 1 to 4 % of one processor for 2 to 5 s (control group)",
    goal: {},
    runs: 10,
    allowance: 2000,
    weight: 1,
    unavailable: async () => groupsMissing(),
    inject: starve,
  },
];
