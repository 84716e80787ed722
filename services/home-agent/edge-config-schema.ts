import type { Config } from "#control/config.ts";
import { type HomeAgentConfig, configSchema as homeAgent } from "./config-schema.ts";

/** The config file of an edge without a home agent: what a home agent's says of link, instances, kernel and bus. */
export type EdgeConfig = Pick<
  HomeAgentConfig,
  "node" | "instances" | "plane" | "limits" | "nats" | "cluster" | "control" | "stateDirectory" | "log"
> & { readonly homeLink: Omit<HomeAgentConfig["homeLink"], "duplicateAddressDetection"> };

const { node, homeLink, instances, plane, limits, nats, cluster, control, stateDirectory, log } = homeAgent.properties;
const { device, prefix, validLifetime, preferredLifetime, routerAdvertisements } = homeLink.properties;

/** JSON Schema of `edge.yaml`. */
export const configSchema = {
  title: "roam6 edge",
  type: "object",
  additionalProperties: false,
  required: ["node", "homeLink", "instances"],
  properties: {
    node,
    homeLink: {
      ...homeLink,
      required: ["device", "prefix"],
      properties: { device, prefix, validLifetime, preferredLifetime, routerAdvertisements },
    },
    instances,
    plane,
    limits,
    nats,
    cluster: { ...cluster, description: "the other edges of this home link" },
    control,
    stateDirectory,
    log,
  },
} as const;

/** The same as a home agent's config: what concerns registrations alone is never used by an edge. */
export const homeAgentConfigOf = (config: Config<EdgeConfig>): Config<HomeAgentConfig> => ({
  problemAt: config.problemAt,
  isWritten: config.isWritten,
  value: {
    ...config.value,
    edge: true,
    homeLink: { ...config.value.homeLink, duplicateAddressDetection: "off" },
    authentication: "none",
    replayProtection: "sequence",
    clockTolerance: 7,
    mobileNodes: [],
    lifetime: { maximum: 3600, minimum: 4 },
  },
});
