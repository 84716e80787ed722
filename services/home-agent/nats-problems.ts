import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import { formatAddress, parseAddress } from "#ipv6/address.ts";
import { EMBEDDED_LISTEN } from "./cluster-schema.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/**
 * The most servers that the cluster of the embedded one can have by this config: those it dials and, since servers tell each
 * other of others, one for each peer.
 */
const embeddedServers = ({ nats, cluster }: HomeAgentConfig): number => {
  const routes = nats.embedded?.cluster?.routes;
  return routes === undefined ? 1 : 1 + Math.max(new Set(routes).size, cluster.peers.length);
};

/** What is wrong with the servers that are joined. */
const serverProblems = ({ value, problemAt }: Config<HomeAgentConfig>): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const { servers = [], tls = {} } = value.nats;
  for (const [at, url] of servers.entries())
    if (url.includes("@"))
      problems.push(
        problemAt(
          ["nats", "servers", at],
          "holds a user or a password, which would not be used",
          "remove all up to the @, and name a .creds file in nats.credentialsFile",
        ),
      );
  for (const [given, missing] of [
    ["certFile", "keyFile"],
    ["keyFile", "certFile"],
  ] as const)
    if (tls[given] !== undefined && tls[missing] === undefined)
      problems.push(problemAt(["nats", "tls", missing], `is missing although there is ${given}`, "name both or none"));
  return problems;
};

const ALL_ADDRESSES: readonly string[] = ["::", "0.0.0.0"];

/** Whether a server cannot listen at both, each a host and a port. */
const areInEachOthersWay = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((endpoint) => {
    const cut = endpoint.lastIndexOf(":");
    const host = endpoint.slice(0, cut).replace(/^\[|\]$/g, "");
    const address = parseAddress(host);
    return {
      host: address.ok ? formatAddress(address.value) : host.toLowerCase(),
      port: Number(endpoint.slice(cut + 1)),
    };
  });
  if (a === undefined || b === undefined || a.port !== b.port) return false;
  return a.host === b.host || ALL_ADDRESSES.includes(a.host) || ALL_ADDRESSES.includes(b.host);
};

/** What is wrong with the embedded server, which stands where no servers are named. */
const embeddedProblems = ({ value, problemAt }: Config<HomeAgentConfig>): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const { nats, cluster } = value;
  const known = embeddedServers(value);
  if (cluster.replicas > known)
    problems.push(
      problemAt(
        ["cluster", "replicas"],
        `${cluster.replicas} copies need as many NATS servers, and ${known === 1 ? "this node's is alone" : `there are ${known}`}`,
        "name the others in nats.embedded.cluster.routes, or lower it",
      ),
    );
  // With peers, the key is asked for by them.
  if (nats.embedded?.cluster !== undefined && cluster.key === undefined && cluster.peers.length === 0)
    problems.push(
      problemAt(
        ["cluster", "key"],
        "is missing although there is nats.embedded.cluster, whose servers know each other by it",
        "give the same key on all nodes",
      ),
    );
  const { listen = EMBEDDED_LISTEN, cluster: servers } = nats.embedded ?? {};
  if (servers !== undefined && areInEachOthersWay(listen, servers.listen))
    problems.push(
      problemAt(
        ["nats", "embedded", "cluster", "listen"],
        `is where clients are listened for (${listen})`,
        "give another port",
      ),
    );
  for (const field of ["tls", "credentialsFile"] as const)
    if (nats[field] !== undefined)
      problems.push(
        problemAt(["nats", field], "has no effect on the embedded server", "name nats.servers, or remove it"),
      );
  return problems;
};

/** What is wrong with the way to the bus. */
export const natsProblems = (config: Config<HomeAgentConfig>): readonly ConfigProblem[] => {
  const { servers, embedded } = config.value.nats;
  if (servers === undefined) return embeddedProblems(config);
  const both = config.problemAt(["nats", "embedded"], "stands beside nats.servers", "keep one of the two");
  return [...(embedded === undefined ? [] : [both]), ...serverProblems(config)];
};
