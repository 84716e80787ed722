import { now } from "#lab/demo/clock.ts";
import { awaitCluster, awaitReady } from "#lab/demo/scene.ts";
import { LAB } from "#lab/topology.ts";
import { clusterView, type NodeView } from "#test/lab/stage/cluster-view.ts";
import { tellCluster } from "#test/lab/stage/commands.ts";
import { type Moved, moveTo } from "#test/lab/stage/moves.ts";
import { DEADLINE, type Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen while every home agent was restarted. */
export interface RollingRestart {
  readonly abroad: Moved;
  /** Exit code of each home agent's process, in the order of their restarts. */
  readonly exits: readonly number[];
  /** All home agents after the last restart. */
  readonly restarted: readonly NodeView[];
  /** From before the first restart until after the last. */
  readonly traffic: Traffic;
  readonly later: Moved;
}

export const restartAll = (stage: Stage): Promise<RollingRestart> =>
  withProbes(stage, async (probes) => {
    const { scene } = stage;
    const abroad = await moveTo(stage, "f1");
    const from = now();
    const exits: number[] = [];
    for (const { node } of LAB.homeAgents) {
      const program = scene.programs.get(node);
      if (program === undefined) throw new Error(`nothing runs on ${node}`);
      program.kill("SIGTERM");
      exits.push(await program.ended);
      await scene.start(node);
      await awaitReady(scene, node, DEADLINE);
      await tellCluster(stage, node, "undrain", node, "--wait");
      if (!(await awaitCluster(scene, DEADLINE))) throw new Error(`no level cluster after the restart of ${node}`);
    }
    const restarted = await clusterView(stage, "all have the binding", (views) =>
      views.every(({ binding }) => binding?.careOfAddress === abroad.careOfAddress),
    );
    const traffic = await probes.since(from);
    const later = await moveTo(stage, "f2");
    return { abroad, exits, restarted, traffic, later };
  });
