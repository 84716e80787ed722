import { now } from "#lab/demo/clock.ts";
import { awaitReady } from "#lab/demo/scene.ts";
import { ask } from "#lab/programs.ts";
import { LAB } from "#lab/topology.ts";
import { awaitSuccessor, clusterView, type NodeView, ownerOf } from "#test/lab/stage/cluster-view.ts";
import { tellCluster } from "#test/lab/stage/commands.ts";
import { moveTo } from "#test/lab/stage/moves.ts";
import { DEADLINE, mustPoll, type Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** Who holds which instance, as the home agents themselves say. */
export type Holders = ReadonlyMap<string, string>;

/** What was seen of a node that is drained, restarted and undrained. */
export interface Drained {
  readonly before: NodeView;
  readonly holdersBefore: Holders;
  readonly successor: NodeView;
  readonly holdersDrained: Holders;
  /** What the drained node holds after its restart, and whether it says that it is drained. */
  readonly restarted: { readonly holds: readonly string[]; readonly drained: boolean | undefined };
  /** Printed by `roam6 rebalance --dry-run --json` and by `roam6 rebalance --json` afterwards. */
  readonly planned: string;
  readonly rebalanced: string;
  readonly holdersAfter: Holders;
  /** From before the drain until everything was back. */
  readonly traffic: Traffic;
}

const holds = async ({ lab }: Stage, node: string): Promise<string[]> =>
  ((await ask(lab, node, "instances"))?.instances ?? []).flatMap(({ name, role }) =>
    role === "standby" ? [] : [name],
  );

/** Waits until each instance has one holder. */
const holders = (stage: Stage): Promise<Holders> =>
  mustPoll("each instance has one holder", async () => {
    const found = await Promise.all(
      stage.scene
        .living()
        .map(async (node) => (await holds(stage, node)).map((name): [string, string] => [name, node])),
    );
    const all = found.flat();
    return all.length === LAB.instances.length ? new Map(all) : undefined;
  });

export const drainOwner = async (stage: Stage): Promise<Drained> => {
  const { scene, lab } = stage;
  await tellCluster(stage, "ha1", "rebalance");
  return withProbes(stage, async (probes) => {
    const abroad = await moveTo(stage, "f1");
    const before = ownerOf(abroad.homeAgents);
    const { node } = before;
    const other = LAB.homeAgents.find((homeAgent) => homeAgent.node !== node)?.node ?? "";
    const holdersBefore = await holders(stage);
    const from = now();
    await tellCluster(stage, other, "drain", node, "--wait");
    const successor = await awaitSuccessor(stage, node);
    const holdersDrained = await holders(stage);

    const program = scene.programs.get(node);
    program?.kill("SIGTERM");
    await program?.ended;
    await scene.start(node);
    await awaitReady(scene, node, DEADLINE);
    await clusterView(stage, "all are level", (views) => views.every(({ instance }) => instance.level));
    const restarted = { holds: await holds(stage, node), drained: (await ask(lab, node, "status"))?.drained };

    await tellCluster(stage, other, "undrain", node, "--wait");
    const planned = await tellCluster(stage, other, "rebalance", "--dry-run", "--json");
    const rebalanced = await tellCluster(stage, other, "rebalance", "--json");
    const holdersAfter = await holders(stage);
    const traffic = await probes.since(from);
    return { before, holdersBefore, successor, holdersDrained, restarted, planned, rebalanced, holdersAfter, traffic };
  });
};
