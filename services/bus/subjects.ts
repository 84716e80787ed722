import type { Address } from "#ipv6/address.ts";

/** First token of every subject and stream name; another one lets two home links share a NATS cluster. */
export const DEFAULT_NAMESPACE = "roam6";

const OCTETS = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

const hex = (value: Address): string => {
  let text = "";
  for (const octet of value) text += OCTETS[octet];
  return text;
};

/** The one table of names on the bus. `namespace` and `instance` are single tokens of [a-z0-9-]. */
export const subjects = {
  /** Stream of one home agent instance. */
  stream: (namespace: string, instance: string): string => `${namespace}-bindings-${instance}`,
  /** All subjects of that stream. */
  bindings: (namespace: string, instance: string): string => `${namespace}.binding.v1.${instance}.>`,
  /** The record of one home address: 32 hexadecimal digits. */
  binding: (namespace: string, instance: string, homeAddress: Address): string =>
    `${namespace}.binding.v1.${instance}.home.${hex(homeAddress)}`,
  /** The epoch entry: who owns the instance. */
  epoch: (namespace: string, instance: string): string => `${namespace}.binding.v1.${instance}.epoch`,
  /** What the edges of an instance tell its owner. */
  relayToOwner: (namespace: string, instance: string): string => `${namespace}.relay.v1.${instance}.owner`,
  /** What the owner of an instance tells the nodes that forward for it. */
  relayToEdges: (namespace: string, instance: string): string => `${namespace}.relay.v1.${instance}.edges`,
  /** Hellos of home agent nodes that have no edge of their own. */
  hello: (namespace: string): string => `${namespace}.cluster.v1.hello`,
  /** Reports of nodes to all others. */
  nodeReport: (namespace: string): string => `${namespace}.node.v1.report`,
  /** Requests to one node, answered by it. */
  nodeRequest: (namespace: string, node: string): string => `${namespace}.node.v1.request.${node}`,
  /** Where nodes compare their copies of the records. */
  replicas: (namespace: string): string => `${namespace}.repair.v1.replicas`,
} as const;
