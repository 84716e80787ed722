import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Plane } from "#ports/kernel.ts";
import type { Lab } from "./lab.ts";
import { type HomeAgentPlace, homeAgentsOf, LAB } from "./topology.ts";

/** Key between the lab's mobile node and its home agents (RFC 4285); public, as everything in the lab. */
const MOBILE_NODE_KEY = "00112233445566778899aabbccddeeff";
/** The keys of the simulated mobile nodes are derived from it. */
const CROWD_KEY = "63726f77642d6f662d726f616d362d6c61622d6e6f742d7365637265742d6b65";
/** Between the lab's home agents; public as well. */
export const CLUSTER_KEY = "726f616d362d6c61622d636c75737465722d6b65792d6e6f742d736563726574";
const SPI = 256;
/** The defaults, except for a guest, whose only processor is emulated and cannot keep their pace. */
const HELLO = process.env["lab_engine"] === undefined ? {} : { interval: 150, missed: 10 };

/** What configs need of a lab. */
export type LabPlace = Pick<Lab, "directory" | "topology">;

/** Where a program of the lab listens for `roam6 status` and the like. */
export const controlSocket = (lab: LabPlace, node: string): string => join(lab.directory, `${node}.sock`);

/** Config file of the program of a node. */
export const configFile = (lab: LabPlace, node: string): string => join(lab.directory, node, "roam6.yaml");

/** What a home agent of the lab is configured with; `homeAgents` are all that have a NATS server. */
export const homeAgentConfig = (
  lab: LabPlace,
  self: HomeAgentPlace,
  options: { readonly homeAgents: readonly HomeAgentPlace[]; readonly plane: Plane | "auto" },
) => {
  const { homeAgents, plane } = options;
  const others = homeAgents.filter(({ node }) => node !== self.node);
  const directory = join(lab.directory, self.node);
  return {
    node: self.node,
    homeLink: {
      device: "home0",
      prefix: LAB.homePrefix,
      routerAdvertisements: { enabled: true, interval: 3 },
      duplicateAddressDetection: "normal",
    },
    instances: LAB.instances,
    plane,
    authentication: "rfc4285",
    mobileNodes: [
      { homeAddress: LAB.homeAddress, spi: SPI, key: MOBILE_NODE_KEY },
      { homeAddresses: LAB.crowd.homeAddresses, spi: SPI, masterKey: CROWD_KEY },
    ],
    lifetime: { maximum: 3600, minimum: 8 },
    nats: {
      embedded: {
        store: join(directory, "nats"),
        listen: "[::1]:4222",
        cluster: {
          name: "roam6",
          listen: `[${self.management}]:6222`,
          routes: others.map(({ management }) => `[${management}]:6222`),
        },
      },
    },
    cluster: {
      key: CLUSTER_KEY,
      replicas: Math.min(3, homeAgents.length),
      peers: others.map(({ node, address }) => ({ node, address })),
      hello: { port: 5999, ...HELLO },
      // Stories tell who takes an instance and who keeps it: nothing moves but at their word.
      rebalance: { enabled: false },
    },
    control: { socket: controlSocket(lab, self.node) },
    stateDirectory: join(directory, "state"),
    log: { level: "debug" },
  };
};

export const mobileNodeConfig = (lab: LabPlace, plane: Plane | "auto"): object => ({
  homeAddress: LAB.homeAddress,
  homePrefix: LAB.homePrefix,
  homeAgent: LAB.instances.find(({ name }) => name === LAB.instance)?.address,
  devices: ["eth0"],
  plane,
  authentication: { spi: SPI, key: MOBILE_NODE_KEY },
  lifetime: 60,
  control: { socket: controlSocket(lab, "mn") },
  log: { level: "debug" },
});

export const correspondentNodeConfig = (lab: LabPlace): object => ({
  control: { socket: controlSocket(lab, "cn") },
  log: { level: "debug" },
});

/** For `roam6 sim`, which takes the rest from its command line. */
const crowdConfig = (lab: LabPlace): object => ({
  homeAgents: LAB.instances.map(({ name, address }) => ({ name, address })),
  homeAddresses: LAB.crowd.homeAddresses,
  spi: SPI,
  masterKey: CROWD_KEY,
  careOfPrefix: LAB.crowd.careOfPrefix,
  control: { socket: controlSocket(lab, LAB.crowd.node) },
});

/** Writes a config file a node. */
export const writeConfigFiles = async (
  lab: LabPlace,
  configs: readonly (readonly [string, object])[],
): Promise<void> => {
  for (const [node, config] of configs) {
    await mkdir(join(lab.directory, node), { recursive: true });
    await writeFile(configFile(lab, node), stringify(config, { aliasDuplicateObjects: false }));
  }
};

/** Writes the config files of the lab's home agents, mobile node, correspondent node and simulated mobile nodes. */
export const writeConfigs = async (lab: LabPlace, plane: Plane | "auto"): Promise<void> => {
  const homeAgents = homeAgentsOf(lab.topology);
  await writeConfigFiles(lab, [
    ...homeAgents.map((self): [string, object] => [self.node, homeAgentConfig(lab, self, { homeAgents, plane })]),
    ["mn", mobileNodeConfig(lab, plane)],
    ["cn", correspondentNodeConfig(lab)],
    [LAB.crowd.node, crowdConfig(lab)],
  ]);
};
