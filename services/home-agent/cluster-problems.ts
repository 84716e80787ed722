import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import { type Address, addressEquals, addressKey, isUnicastRoutable, parseAddress } from "#ipv6/address.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/** The addresses that are given; the schema's format has refused what is none. */
const addressesOf = (holders: readonly { readonly address?: string }[]): readonly Address[] =>
  holders.flatMap(({ address }) => {
    const parsed = address === undefined ? undefined : parseAddress(address);
    return parsed?.ok === true ? [parsed.value] : [];
  });

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
  const instances = addressesOf(value.instances);
  const seen = { node: new Set<string>(), address: new Set<string>() };
  for (const [at, peer] of cluster.peers.entries()) {
    const tell = (field: keyof typeof peer, problem: string, remedy: string) =>
      problems.push(problemAt(["cluster", "peers", at, field], problem, remedy));
    if (peer.node === value.node) tell("node", "is this node itself", "list the other nodes only");
    if (seen.node.has(peer.node)) tell("node", "another peer has this name", "list each node once");
    seen.node.add(peer.node);
    // Without an edge nodes meet on the bus, and addresses are not used.
    if (!value.edge) continue;
    const [address] = addressesOf([peer]);
    if (address === undefined) tell("address", "is missing", "give the node's own address on the home link");
    else if (!isUnicastRoutable(address))
      tell("address", "is not unicast and routable", "give the node's own global address on the home link");
    else if (instances.some((other) => addressEquals(other, address)))
      tell("address", "is that of an instance, which moves", "give the node's own address on the home link");
    else if (seen.address.has(addressKey(address)))
      tell("address", "another peer has this address", "give each node its own");
    if (address !== undefined) seen.address.add(addressKey(address));
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
