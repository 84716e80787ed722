import { LAB } from "#lab/topology.ts";
import type { Plane } from "#ports/kernel.ts";
import { clusterView } from "#test/lab/stage/cluster-view.ts";
import { type KernelView, kernelView, settledView, show, tunnelEnd } from "#test/lab/stage/kernel-view.ts";
import { type Moved, moveTo } from "#test/lab/stage/moves.ts";
import { type MobilityLine, mobilityPackets, type NeighborLine, neighborPackets } from "#test/lab/stage/packets.ts";
import { type LogLine, programLog } from "#test/lab/stage/program-log.ts";
import { mustPoll, type Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen of the first registration. */
export interface Registration {
  readonly plane: Plane;
  readonly owner: string;
  readonly moved: Moved;
  /** Rules of the mobile node at home, and its whole state abroad. */
  readonly rulesAtHome: readonly string[];
  readonly mobile: KernelView;
  readonly homeAgents: ReadonlyMap<string, KernelView>;
  readonly update: MobilityLine;
  readonly acknowledgement: MobilityLine;
  /** Neighbor Discovery about the home address that the neighbour on the home link heard. */
  readonly neighborhood: readonly NeighborLine[];
  /** What the neighbour has in its cache for the home address. */
  readonly neighborCache: readonly string[];
  /** Messages of the mobile node's log since the move, in order. */
  readonly log: readonly LogLine[];
  readonly traffic: Traffic;
}

/** The mobile node leaves home for the first foreign link. */
export const register = async (stage: Stage): Promise<Registration> => {
  const { lab } = stage;
  // A tombstone of an earlier binding would spare the home agent the check for duplicates.
  const before = await clusterView(stage, "no home agent remembers the home address", (views) =>
    views.every(({ binding, ended }) => binding === undefined && ended === undefined),
  );
  const owner = before.find(({ instance }) => instance.role === "owner")?.node ?? "nobody";
  const rulesAtHome = (await kernelView(lab, "mn")).rules;
  return withProbes(stage, async (probes) => {
    const moved = await moveTo(stage, "f1");
    const traffic = await probes.since(Date.now());
    const homeAgents = new Map<string, KernelView>();
    for (const { node } of LAB.homeAgents) {
      const hasTunnel = (view: KernelView): boolean => tunnelEnd(view, LAB.homeAddress) === moved.careOfAddress;
      homeAgents.set(node, await settledView(lab, node, "has a tunnel to the care-of address", hasTunnel));
    }
    const packets = await mustPoll("the capture has update and acknowledgement", async () => {
      const { updates, acknowledgements } = await mobilityPackets(lab, { node: "mn", device: "eth0", from: moved.at });
      const acknowledgement = acknowledgements.at(-1);
      const update = updates.find(({ mobility }) => mobility?.sequence === acknowledgement?.mobility?.sequence);
      return update === undefined || acknowledgement === undefined ? undefined : { update, acknowledgement };
    });
    return {
      plane: stage.plane,
      owner,
      moved,
      rulesAtHome,
      mobile: await kernelView(lab, "mn"),
      homeAgents,
      ...packets,
      neighborhood: await neighborPackets(lab, {
        node: "nb",
        device: "eth0",
        from: moved.at,
        target: LAB.homeAddress,
      }),
      neighborCache: await show(lab, "nb", "-6", "neighbor", "show", LAB.homeAddress),
      log: await programLog(lab, "mn", moved.at),
      traffic,
    };
  });
};
