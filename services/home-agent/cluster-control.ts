import { survivalOf } from "#cluster/survival.ts";
import type { ControlRequest } from "#control/protocol.ts";
import type { ClusterInstanceReport, ClusterNodeReport, PlacementReport, StatusReport } from "#control/reports.ts";
import type { ControlHandler } from "#control/server.ts";
import type { NodeView } from "#ports/balance.ts";
import type { Cluster } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { NodeCommand } from "#ports/node-bus.ts";

const nodeReport = ({ clockOffset, agrees, ...view }: NodeView): ClusterNodeReport => ({
  ...view,
  placementAgrees: agrees,
  ...(clockOffset === undefined ? {} : { clockOffsetMilliseconds: Math.round(clockOffset) }),
});

/**
 * The part of `status` that is about the whole cluster, as this node knows it.
 * @param edgeOf the node that forwards for an instance, where that is none of this node's peers
 */
export const clusterStatus = (
  cluster: Pick<Cluster, "balance" | "instances">,
  edgeOf?: (instance: InstanceSpec) => string | undefined,
): Pick<StatusReport, "drained" | "clusterNodes" | "clusterInstances"> => {
  const nodes = cluster.balance?.nodes() ?? [];
  const placement = new Map(cluster.balance?.placement().map((view) => [view.instance, view]));
  const clusterInstances = cluster.instances().map((view): ClusterInstanceReport => {
    const { name } = view.instance;
    const placed = placement.get(name);
    const replicas = view.stream?.replicas ?? [];
    const eligible = placed?.eligible ?? [];
    const edge = edgeOf === undefined ? placed?.holder : edgeOf(view.instance);
    // Where edges are apart it is ownership that is placed; only what is elsewhere is worth a word.
    const wanted = edgeOf !== undefined && placed?.wanted === placed?.holder ? undefined : placed?.wanted;
    return {
      name,
      epoch: view.epoch,
      term: placed?.term ?? view.term,
      replicas,
      eligible,
      survives: survivalOf({ stream: view.stream, eligible }),
      ...(view.owner === undefined ? {} : { owner: view.owner }),
      ...(edge === undefined ? {} : { edge }),
      ...(wanted === undefined ? {} : { wanted }),
      ...(view.stream?.leader === undefined ? {} : { streamLeader: view.stream.leader }),
    };
  });
  return { drained: nodes[0]?.drained ?? false, clusterNodes: nodes.map(nodeReport), clusterInstances };
};

const placementReport = (cluster: Cluster): PlacementReport => {
  const { balance } = cluster;
  const nodes = balance?.nodes() ?? [];
  const placement = balance?.placement() ?? [];
  return {
    node: nodes[0]?.node ?? "",
    nodes: nodes.map(nodeReport),
    placement: placement.map(({ instance, holder, wanted, order }) => ({
      instance,
      order,
      ...(holder === undefined ? {} : { holder }),
      ...(wanted === undefined ? {} : { wanted }),
    })),
    moves: placement.flatMap(({ instance, holder, wanted }) =>
      holder === undefined || wanted === undefined || holder === wanted ? [] : [{ instance, from: holder, to: wanted }],
    ),
  };
};

/** Longer than a request to another node takes to fail. */
const COMMAND_LIMIT = 4_000;

/** Answers to what operators ask of load sharing; `node` in a request names whom it is about, this node when it is left out. */
export const balanceHandlers = (cluster: Cluster): Readonly<Record<string, ControlHandler>> => {
  const order = async (node: string, command: NodeCommand): Promise<void> => {
    const { balance } = cluster;
    if (balance === undefined) throw new Error("this program shares no load");
    const known = balance.nodes().map((view) => view.node);
    if (!known.includes(node)) throw new Error(`no node '${node}' in this cluster; it has ${known.join(", ")}`);
    const done = await balance.command(node, command, AbortSignal.timeout(COMMAND_LIMIT));
    if (!done.ok) throw new Error(done.error.message);
  };
  const onNode =
    (command: NodeCommand) =>
    async (request: ControlRequest): Promise<PlacementReport> => {
      const named = request["node"];
      await order(typeof named === "string" ? named : (cluster.balance?.nodes()[0]?.node ?? ""), command);
      return placementReport(cluster);
    };
  return {
    placement: () => placementReport(cluster),
    drain: onNode("drain"),
    undrain: onNode("undrain"),
    /** Every node that holds what another is wanted for is told to move it. */
    rebalance: async () => {
      const report = placementReport(cluster);
      for (const holder of new Set(report.moves.map(({ from }) => from))) await order(holder, "rebalance");
      return report;
    },
  };
};
