import { now } from "#lab/demo/clock.ts";
import { awaitCluster, awaitReady } from "#lab/demo/scene.ts";
import type { PowerOff as PowerCut } from "#lab/lab.ts";
import { LAB } from "#lab/topology.ts";
import { awaitSuccessor, clusterView, type NodeView, ownerOf } from "#test/lab/stage/cluster-view.ts";
import { type KernelView, settledView, tunnelEnd } from "#test/lab/stage/kernel-view.ts";
import { type Moved, moveTo } from "#test/lab/stage/moves.ts";
import { DEADLINE, type Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen of the loss of the owner's node, and of its return. */
export interface PowerOff {
  readonly before: NodeView;
  readonly abroad: Moved;
  readonly cut: PowerCut;
  readonly successor: NodeView;
  readonly survivors: readonly NodeView[];
  /** From the cut on. */
  readonly traffic: Traffic;
  /** A move while the node was dark. */
  readonly later: Moved;
  /** All three, when the node was level again. */
  readonly reunited: readonly NodeView[];
  /** The kernel of the node that came back. */
  readonly restored: KernelView;
  /** While the node came back. */
  readonly trafficOfReturn: Traffic;
}

/** The owner's node loses its power, the mobile node moves meanwhile, the node comes back. */
export const cutPower = (stage: Stage): Promise<PowerOff> =>
  withProbes(stage, async (probes) => {
    const { lab, scene } = stage;
    const abroad = await moveTo(stage, "f1");
    const before = ownerOf(abroad.homeAgents);
    const cut = await lab.powerOff(before.node);
    scene.programs.delete(before.node);
    const successor = await awaitSuccessor(stage, before.node);
    const survivors = await clusterView(stage, "the survivors agree on owner and epoch", (views) =>
      views.every(({ instance, binding }) => instance.epoch === successor.instance.epoch && binding !== undefined),
    );
    const traffic = await probes.since(cut.at);
    const later = await moveTo(stage, "f2");
    const back = now();
    await lab.powerOn(before.node);
    await scene.start(before.node);
    await awaitReady(scene, before.node, DEADLINE);
    if (!(await awaitCluster(scene, DEADLINE))) throw new Error(`${before.node} is not level again`);
    const reunited = await clusterView(
      stage,
      "all three have the newest binding",
      (views) =>
        views.length === LAB.homeAgents.length &&
        views.every(({ binding }) => binding?.careOfAddress === later.careOfAddress),
    );
    const restored = await settledView(
      lab,
      before.node,
      "has the tunnel again",
      (view) => tunnelEnd(view, LAB.homeAddress) === later.careOfAddress,
    );
    const trafficOfReturn = await probes.since(back);
    return { before, abroad, cut, successor, survivors, traffic, later, reunited, restored, trafficOfReturn };
  });
