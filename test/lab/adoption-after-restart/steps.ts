import { readFile } from "node:fs/promises";
import { now } from "#lab/demo/clock.ts";
import { awaitCluster, awaitReady } from "#lab/demo/scene.ts";
import type { LabProcess } from "#lab/lab.ts";
import { LAB } from "#lab/topology.ts";
import { awaitSuccessor, clusterView, type NodeView, ownerOf } from "#test/lab/stage/cluster-view.ts";
import { type KernelView, kernelView, settledView, tunnelEnd } from "#test/lab/stage/kernel-view.ts";
import { type Moved, moveTo } from "#test/lab/stage/moves.ts";
import { type LogLine, programLog } from "#test/lab/stage/program-log.ts";
import { DEADLINE, type Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen of a home agent that was killed and started again. */
export interface Adoption {
  readonly node: string;
  readonly abroad: Moved;
  /** Kernel state of the node while its process was dead, and when it was level again. */
  readonly dead: KernelView;
  readonly adopted: KernelView;
  /** What the kernel told of changes from before the start until the node was level. */
  readonly changes: readonly string[];
  /** What the restarted process says of the state that it found. */
  readonly log: readonly LogLine[];
  readonly successor: NodeView;
  readonly reunited: readonly NodeView[];
  /** From the kill until the node was level again. */
  readonly traffic: Traffic;
  /** A move during a second death, and the kernel of the node after its second start. */
  readonly moved: Moved;
  readonly repaired: KernelView;
}

const kill = async (program: LabProcess | undefined): Promise<void> => {
  if (program === undefined) throw new Error("the home agent does not run");
  program.kill("SIGKILL");
  await program.ended;
};

const restart = async ({ scene }: Stage, node: string): Promise<void> => {
  await scene.start(node);
  await awaitReady(scene, node, DEADLINE);
  if (!(await awaitCluster(scene, DEADLINE))) throw new Error(`${node} is not level again`);
};

/** `ip monitor` on a node, from now until `changes` is asked for. */
const watchKernel = async ({ lab }: Stage, node: string) => {
  const monitor = await lab.start(node, "ip-monitor", ["ip", "-6", "monitor", "link", "address", "route", "rule"]);
  return async (): Promise<readonly string[]> => {
    monitor.kill("SIGTERM");
    await monitor.ended;
    return (await readFile(monitor.logFile, "utf8")).split("\n").filter((line) => line.trim() !== "");
  };
};

/** The owner's process is killed and started again; then once more, with a move while it is dead. */
export const restartOwner = (stage: Stage): Promise<Adoption> =>
  withProbes(stage, async (probes) => {
    const { lab, scene } = stage;
    const abroad = await moveTo(stage, "f1");
    const before = ownerOf(abroad.homeAgents);
    const { node } = before;
    const at = now();
    await kill(scene.programs.get(node));
    const successor = await awaitSuccessor(stage, node);
    // The guard of the dead process gives each edge up when it hears of its successor.
    const dead = await settledView(
      lab,
      node,
      "has given its edges up",
      ({ routes }) => !routes.some((line) => /^local \S+:a\d dev roam6-/.test(line)),
    );
    const startedAt = now();
    const changes = await watchKernel(stage, node);
    await restart(stage, node);
    const reunited = await clusterView(
      stage,
      "all three have the binding",
      (views) =>
        views.length === LAB.homeAgents.length &&
        views.every(({ binding }) => binding?.careOfAddress === abroad.careOfAddress),
    );
    const adopted = await kernelView(lab, node);
    const changed = await changes();
    const traffic = await probes.since(at);
    const log = await programLog(lab, node, startedAt);
    await kill(scene.programs.get(node));
    const moved = await moveTo(stage, "f2");
    await restart(stage, node);
    const repaired = await settledView(
      lab,
      node,
      "tunnels to the newest care-of address",
      (view) => tunnelEnd(view, LAB.homeAddress) === moved.careOfAddress,
    );
    return {
      node,
      abroad,
      dead,
      adopted,
      changes: changed,
      log,
      successor,
      reunited,
      traffic,
      moved,
      repaired,
    };
  });
