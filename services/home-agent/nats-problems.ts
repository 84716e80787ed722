import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/**
 * The most servers that the cluster of the embedded one can have by this config: those it dials and, since servers tell each
 * other of others, one for each peer.
 */
const embeddedServers = ({ nats, cluster }: HomeAgentConfig): number => {
  const routes = nats.embedded?.cluster?.routes;
  return routes === undefined ? 1 : 1 + Math.max(new Set(routes).size, cluster.peers.length);
};

/** What is wrong with the way to the bus. */
export const natsProblems = ({ value, problemAt }: Config<HomeAgentConfig>): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const { nats, cluster } = value;
  if (nats.servers !== undefined && nats.embedded !== undefined)
    problems.push(problemAt(["nats", "embedded"], "stands beside nats.servers", "keep one of the two"));
  const servers = embeddedServers(value);
  if (nats.servers === undefined && cluster.replicas > servers)
    problems.push(
      problemAt(
        ["cluster", "replicas"],
        `${cluster.replicas} copies need as many NATS servers, and ${servers === 1 ? "this node's is alone" : `there are ${servers}`}`,
        "name the others in nats.embedded.cluster.routes, or lower it",
      ),
    );
  return problems;
};
