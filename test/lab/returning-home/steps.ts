import { awaitAcknowledgement } from "#lab/demo/scene.ts";
import { LAB } from "#lab/topology.ts";
import type { MobilityDetails } from "#mobile-node/status.ts";
import { clusterView, type NodeView } from "#test/lab/stage/cluster-view.ts";
import { type KernelView, kernelView, settledView, show, tunnelRoutes } from "#test/lab/stage/kernel-view.ts";
import { moveTo } from "#test/lab/stage/moves.ts";
import { type MobilityLine, mobilityPackets, type NeighborLine, neighborPackets } from "#test/lab/stage/packets.ts";
import { type LogLine, programLog } from "#test/lab/stage/program-log.ts";
import { awaitHome, DEADLINE, mobileNode, mustPoll, type Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen of the way back. */
export interface Return {
  /** Sequence number of the last registration abroad. */
  readonly sequenceAbroad: number;
  readonly mobile: MobilityDetails;
  readonly homeAgents: readonly NodeView[];
  readonly kernels: ReadonlyMap<string, KernelView>;
  readonly mobileKernel: KernelView;
  readonly update: MobilityLine;
  readonly acknowledgement: MobilityLine;
  readonly neighborhood: readonly NeighborLine[];
  /** Of the mobile node, since the cable. */
  readonly log: readonly LogLine[];
  readonly neighborCache: readonly string[];
  readonly routerCache: readonly string[];
  /** From the cable on. */
  readonly traffic: Traffic;
  /** Once the mobile node was at home. */
  readonly afterwards: Traffic;
}

/** Abroad, and home again. */
export const returnHome = (stage: Stage): Promise<Return> =>
  withProbes(stage, async (probes) => {
    const { lab, scene } = stage;
    const abroad = await moveTo(stage, "f1");
    const at = await lab.move("mn", "eth0", LAB.links.home);
    const ended = await awaitAcknowledgement(scene, { prefix: undefined, movedAt: at, deadline: DEADLINE });
    if (ended === undefined) throw new Error(`not de-registered: ${JSON.stringify(await mobileNode(stage))}`);
    await awaitHome(scene);
    const homeAgents = await clusterView(stage, "no home agent has a binding", (views) =>
      views.every(({ binding }) => binding === undefined),
    );
    const kernels = new Map<string, KernelView>();
    for (const { node } of LAB.homeAgents) {
      const hasNone = (view: KernelView): boolean => tunnelRoutes(view, LAB.homeAddress).length === 0;
      kernels.set(node, await settledView(lab, node, "has no tunnel for the home address", hasNone));
    }
    const packets = await mustPoll("the capture has de-registration and acknowledgement", async () => {
      const { updates, acknowledgements } = await mobilityPackets(lab, { node: "mn", device: "eth0", from: at });
      const acknowledgement = acknowledgements.at(-1);
      const update = updates.find(({ mobility }) => mobility?.sequence === acknowledgement?.mobility?.sequence);
      return update === undefined || acknowledgement === undefined ? undefined : { update, acknowledgement };
    });
    const place = { node: "nb", device: "eth0", from: at, target: LAB.homeAddress };
    return {
      sequenceAbroad: abroad.mobile.sequence,
      mobile: await mobileNode(stage),
      homeAgents,
      kernels,
      mobileKernel: await kernelView(lab, "mn"),
      ...packets,
      neighborhood: await neighborPackets(lab, place),
      log: await programLog(lab, "mn", at),
      neighborCache: await show(lab, "nb", "-6", "neighbor", "show", LAB.homeAddress),
      routerCache: await show(lab, "hr", "-6", "neighbor", "show", LAB.homeAddress),
      traffic: await probes.since(at),
      afterwards: await probes.since(Date.now()),
    };
  });
