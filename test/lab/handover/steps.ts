import { LAB } from "#lab/topology.ts";
import { type KernelView, kernelView, settledView, tunnelEnd } from "#test/lab/stage/kernel-view.ts";
import { type Moved, moveTo } from "#test/lab/stage/moves.ts";
import type { Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen of two moves between foreign links. */
export interface Handover {
  readonly first: Moved;
  readonly second: Moved;
  readonly back: Moved;
  readonly mobile: KernelView;
  readonly homeAgents: ReadonlyMap<string, KernelView>;
  /** From the first handover's cable on. */
  readonly traffic: Traffic;
  /** Once both handovers were over. */
  readonly afterwards: Traffic;
}

/** From foreign link 1 to foreign link 2 and back. */
export const handOver = (stage: Stage): Promise<Handover> =>
  withProbes(stage, async (probes) => {
    const first = await moveTo(stage, "f1");
    const second = await moveTo(stage, "f2");
    const traffic = await probes.since(second.at);
    const back = await moveTo(stage, "f1");
    const homeAgents = new Map<string, KernelView>();
    for (const { node } of LAB.homeAgents) {
      const isNewest = (view: KernelView): boolean => tunnelEnd(view, LAB.homeAddress) === back.careOfAddress;
      homeAgents.set(node, await settledView(stage.lab, node, "tunnels to the newest care-of address", isNewest));
    }
    const mobile = await kernelView(stage.lab, "mn");
    return { first, second, back, mobile, homeAgents, traffic, afterwards: await probes.since(Date.now()) };
  });
