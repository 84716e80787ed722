import { now } from "#lab/demo/clock.ts";
import { LAB } from "#lab/topology.ts";
import { awaitSuccessor, clusterView, type NodeView, ownerOf } from "#test/lab/stage/cluster-view.ts";
import { type Moved, moveTo } from "#test/lab/stage/moves.ts";
import type { Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen of the death of the owner's process. */
export interface ProcessKill {
  readonly before: NodeView;
  readonly abroad: Moved;
  /** Exit code of the killed process: 137 for SIGKILL. */
  readonly exit: number;
  readonly successor: NodeView;
  /** All that still run, once the successor owns. */
  readonly survivors: readonly NodeView[];
  /** From the kill until the successor owned. */
  readonly traffic: Traffic;
  /** A move under the successor. */
  readonly later: Moved;
}

/** The mobile node is abroad; the process that owns its instance is killed; then it moves on. */
export const killOwner = (stage: Stage): Promise<ProcessKill> =>
  withProbes(stage, async (probes) => {
    const abroad = await moveTo(stage, "f1");
    const before = ownerOf(abroad.homeAgents);
    const program = stage.scene.programs.get(before.node);
    if (program === undefined) throw new Error(`nothing runs on ${before.node}`);
    const at = now();
    program.kill("SIGKILL");
    const exit = await program.ended;
    const successor = await awaitSuccessor(stage, before.node);
    const survivors = await clusterView(stage, "the survivors agree on owner and epoch", (views) =>
      views.every(({ instance, binding }) => instance.epoch === successor.instance.epoch && binding !== undefined),
    );
    const traffic = await probes.since(at);
    const later = await moveTo(stage, "f2");
    return { before, abroad, exit, successor, survivors, traffic, later };
  });

/** All home agents. */
export const HOME_AGENTS: readonly string[] = LAB.homeAgents.map(({ node }) => node);
