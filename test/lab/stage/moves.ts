import { awaitAcknowledgement } from "#lab/demo/scene.ts";
import { LAB } from "#lab/topology.ts";
import type { MobilityDetails } from "#mobile-node/status.ts";
import { bindingEverywhere, type NodeView } from "./cluster-view.ts";
import { DEADLINE, mobileNode, type Stage } from "./stage.ts";

/** A move that was acknowledged and has reached every home agent. */
export interface Moved {
  /** When the cable was pulled; CLOCK_REALTIME in milliseconds. */
  readonly at: number;
  readonly careOfAddress: string;
  /** The mobile node's own words afterwards. */
  readonly mobile: MobilityDetails;
  readonly homeAgents: readonly NodeView[];
}

/** Moves the mobile node to a foreign link and waits for the acknowledgement and for every home agent to know it. */
export const moveTo = async (stage: Stage, link: "f1" | "f2"): Promise<Moved> => {
  const at = await stage.lab.move("mn", "eth0", link);
  const prefix = LAB.foreignPrefixes[link];
  const acknowledged = await awaitAcknowledgement(stage.scene, { prefix, movedAt: at, deadline: DEADLINE });
  if (acknowledged?.careOfAddress === undefined) {
    throw new Error(`no Binding Acknowledgement after the move to ${link}: ${JSON.stringify(await mobileNode(stage))}`);
  }
  const mobile = await mobileNode(stage);
  const homeAgents = await bindingEverywhere(stage, acknowledged.careOfAddress, mobile.sequence);
  return { at, careOfAddress: acknowledged.careOfAddress, mobile, homeAgents };
};
