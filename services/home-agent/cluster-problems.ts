import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/** What is wrong with the peers of a node. */
const peerProblems = ({ value, problemAt }: Config<HomeAgentConfig>): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const { cluster, nats } = value;
  if (cluster.peers.length === 0) return problems;
  if (cluster.key === undefined)
    problems.push(
      problemAt(["cluster", "key"], "is missing although there are peers", "give the same key on all nodes"),
    );
  if (nats.servers === undefined && nats.embedded?.cluster === undefined)
    problems.push(
      problemAt(
        ["cluster", "peers"],
        "share no bus with this node, so that each would serve all instances for itself",
        "name the NATS servers of all in nats.servers, or give nats.embedded.cluster",
      ),
    );
  for (const [at, peer] of cluster.peers.entries()) {
    const path = ["cluster", "peers", at] as const;
    if (value.edge && peer.address === undefined)
      problems.push(problemAt([...path, "address"], "is missing", "give the node's own address on the home link"));
    if (peer.node === value.node)
      problems.push(problemAt([...path, "node"], "is this node itself", "list the other nodes only"));
  }
  return problems;
};

/** What is wrong with the cluster of a node, and with what instances say of its nodes. */
export const clusterProblems = (config: Config<HomeAgentConfig>): readonly ConfigProblem[] => {
  const { value, problemAt } = config;
  const known = new Set([value.node, ...value.cluster.peers.map(({ node }) => node)]);
  const strangers = value.instances.flatMap(({ prefer }, at) =>
    (prefer ?? []).flatMap((node, index) =>
      known.has(node)
        ? []
        : [
            problemAt(
              ["instances", at, "prefer", index],
              "is no node of the cluster",
              `choose from ${[...known].join(", ")}`,
            ),
          ],
    ),
  );
  return [...peerProblems(config), ...strangers];
};
