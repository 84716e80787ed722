import type { Plane } from "#ports/kernel.ts";
import {
  correspondentNodeConfig,
  homeAgentConfig,
  type LabPlace,
  mobileNodeConfig,
  writeConfigFiles,
} from "./program-configs.ts";
import { type HomeAgentPlace, homeNetworkOf, LAB, type Topology } from "./topology.ts";

/** Nodes of the lab in which edges and home agents are apart. */
export const APART = {
  edges: ["edge1", "edge2"],
  homeAgents: ["ha1", "ha2"],
} as const;

const PARTS = [...APART.edges, ...APART.homeAgents];
const isEdge = (node: string): boolean => APART.edges.some((edge) => edge === node);

const places: readonly HomeAgentPlace[] = PARTS.map((node, at) => ({
  node,
  address: `2001:db8:1::1${at + 1}`,
  management: `2001:db8:ff::1${at + 1}`,
}));

const whole = homeNetworkOf(PARTS.length);

/**
 * The lab with two edges on the home link and two home agents that have only the management link: they could not send
 * one packet to a mobile node.
 */
export const edgesApart: Topology = {
  links: whole.links,
  nodes: whole.nodes.map((node) => {
    const name = PARTS[Array.from({ length: PARTS.length }, (_, at) => `ha${at + 1}`).indexOf(node.name)];
    if (name === undefined || isEdge(name)) return { ...node, name: name ?? node.name };
    const devices = node.devices.filter(({ link }) => link === LAB.links.management);
    return { ...node, name, devices, routes: [], forwarding: false };
  }),
};

/** Each instance is the one's before the other's, in turns. */
const instancesFor = (nodes: readonly string[]): object[] =>
  LAB.instances.map((instance, at) => ({ ...instance, prefer: at % 2 === 0 ? nodes : [...nodes].reverse() }));

const configOf = (lab: LabPlace, self: HomeAgentPlace, plane: Plane | "auto"): object => {
  const {
    authentication,
    mobileNodes,
    lifetime,
    plane: tunnels,
    ...common
  } = homeAgentConfig(lab, self, {
    homeAgents: places,
    plane,
  });
  const { duplicateAddressDetection, device, routerAdvertisements, ...homeLink } = common.homeLink;
  const { port, ...pace } = common.cluster.hello;
  const peers = places.filter(({ node }) => node !== self.node && isEdge(node) === isEdge(self.node));
  if (isEdge(self.node))
    return {
      ...common,
      plane: tunnels,
      homeLink: { ...homeLink, device, routerAdvertisements },
      instances: instancesFor(APART.edges),
      cluster: { ...common.cluster, peers: peers.map(({ node, address }) => ({ node, address })) },
    };
  return {
    ...common,
    edge: false,
    authentication,
    mobileNodes,
    lifetime,
    homeLink: { ...homeLink, duplicateAddressDetection },
    instances: instancesFor(APART.homeAgents),
    cluster: { ...common.cluster, hello: pace, peers: peers.map(({ node }) => ({ node })) },
  };
};

/** Writes the config files of that lab's programs. */
export const writeApartConfigs = (lab: LabPlace, plane: Plane | "auto"): Promise<void> =>
  writeConfigFiles(lab, [
    ...places.map((self): [string, object] => [self.node, configOf(lab, self, plane)]),
    ["mn", mobileNodeConfig(lab, plane)],
    ["cn", correspondentNodeConfig(lab)],
  ]);
