import { type LogLevel, logSchema } from "#control/log.ts";
import { type ClusterConfig, cluster, file, type NatsConfig, nats, nodeName } from "./cluster-schema.ts";
import { type MobileNodesEntry, mobileNodesSchema } from "./mobile-nodes-schema.ts";
import { type RouterAdvertisementConfig, routerAdvertisementSchema } from "./router-advertisement-config.ts";

/** A home agent's config file as it stands there: addresses are text, durations seconds. */
export interface HomeAgentConfig {
  readonly node: string;
  /** The node forwards as well; else `roam6 edge` does on other nodes. */
  readonly edge: boolean;
  readonly homeLink: {
    /** Undefined only without an edge. */
    readonly device?: string;
    readonly prefix: string;
    readonly validLifetime: number;
    /** validLifetime where it is left out. */
    readonly preferredLifetime?: number;
    readonly duplicateAddressDetection: "normal" | "optimistic" | "off";
    readonly routerAdvertisements: RouterAdvertisementConfig;
  };
  readonly instances: readonly InstanceConfig[];
  readonly plane: "auto" | "classic" | "routed";
  readonly authentication: "rfc4285" | "none";
  readonly replayProtection: "timestamp" | "sequence";
  readonly clockTolerance: number;
  readonly mobileNodes: readonly MobileNodesEntry[];
  readonly mobileNodesFile?: string;
  readonly lifetime: { readonly maximum: number; readonly minimum: number };
  readonly limits: { readonly bindings: number; readonly errorRepliesPerSecond: number };
  readonly nats: NatsConfig;
  readonly cluster: ClusterConfig;
  readonly control: { readonly socket?: string };
  readonly stateDirectory: string;
  readonly log: { readonly level: LogLevel };
}

export interface InstanceConfig {
  readonly name: string;
  readonly number: number;
  readonly address: string;
  readonly virtualMac?: string;
  readonly prefer?: readonly string[];
}

const FOREVER = 0xffff_ffff;

const homeLink = {
  type: "object",
  additionalProperties: false,
  required: ["prefix"],
  description: "the link that the mobile nodes are at home on",
  properties: {
    device: {
      type: "string",
      minLength: 1,
      maxLength: 15,
      description: "network device on the home link; needed by an edge",
    },
    prefix: { type: "string", format: "ipv6-prefix", description: "prefix of the home link" },
    validLifetime: {
      type: "integer",
      minimum: 4,
      maximum: FOREVER,
      default: FOREVER,
      description: "valid lifetime of the prefix, seconds; no binding is granted longer",
    },
    preferredLifetime: {
      type: "integer",
      minimum: 0,
      maximum: FOREVER,
      description: "preferred lifetime of the prefix, seconds; validLifetime when left out",
    },
    duplicateAddressDetection: {
      enum: ["normal", "optimistic", "off"],
      default: "normal",
      description:
        "normal: before the first acknowledgement of a home address (RFC 6275); optimistic: after it; off: never",
    },
    routerAdvertisements: routerAdvertisementSchema,
  },
} as const;

const instance = {
  type: "object",
  additionalProperties: false,
  required: ["name", "number", "address"],
  properties: {
    name: { type: "string", pattern: "^[a-z0-9]{1,8}$", description: "name, also of its network devices" },
    number: { type: "integer", minimum: 1, maximum: 255, description: "the same on all nodes" },
    address: { type: "string", format: "ipv6-address", description: "home agent address, inside the home prefix" },
    virtualMac: {
      type: "string",
      format: "mac-address",
      description: "moves with the address; 00:00:5e:00:02:NUMBER when left out",
    },
    prefer: {
      type: "array",
      uniqueItems: true,
      items: nodeName,
      description: "nodes that are to serve it, in this order, then all others; placed by weights when left out",
    },
  },
} as const;

/** JSON Schema of `ha.yaml`. */
export const configSchema = {
  title: "roam6 home agent",
  type: "object",
  additionalProperties: false,
  required: ["node", "homeLink", "instances"],
  properties: {
    node: { ...nodeName, description: "name of this node, unique in the cluster" },
    edge: {
      type: "boolean",
      default: true,
      description:
        "this node also forwards; false: a home agent alone, whose instances nodes with 'roam6 edge' forward for",
    },
    homeLink,
    instances: {
      type: "array",
      minItems: 1,
      maxItems: 255,
      items: instance,
      description: "home agents of this home link, the same list on all nodes",
    },
    plane: {
      enum: ["auto", "classic", "routed"],
      default: "auto",
      description:
        "how the kernel tunnels: classic by a device for each tunnel, routed by a route for each binding; auto takes what it has",
    },
    authentication: {
      enum: ["rfc4285", "none"],
      default: "rfc4285",
      description: "how Binding Updates are authenticated; none lets anybody move any node",
    },
    replayProtection: {
      enum: ["timestamp", "sequence"],
      default: "timestamp",
      description: "timestamp: required (RFC 4285 §6); sequence: updates without timestamp are taken too",
    },
    clockTolerance: {
      type: "number",
      exclusiveMinimum: 3,
      maximum: 3600,
      default: 7,
      description: "seconds that a timestamp may be off (RFC 4285 §6)",
    },
    mobileNodes: { ...mobileNodesSchema, default: [], description: "keys of the mobile nodes" },
    mobileNodesFile: { ...file, description: "a file with a list like mobileNodes" },
    lifetime: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "lifetimes of bindings, seconds",
      properties: {
        maximum: { type: "integer", minimum: 4, maximum: 262_140, default: 3600, description: "the longest granted" },
        minimum: { type: "integer", minimum: 4, maximum: 262_140, default: 4, description: "shorter ones are refused" },
      },
    },
    limits: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        bindings: {
          type: "integer",
          minimum: 1,
          maximum: 10_000_000,
          default: 1_000_000,
          description: "bindings of one instance; beyond, status 130",
        },
        errorRepliesPerSecond: {
          type: "integer",
          minimum: 1,
          maximum: 100_000,
          default: 100,
          description: "answers to wrong packets",
        },
      },
    },
    nats,
    cluster,
    control: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: { socket: { ...file, description: "control socket; /run/roam6/NODE.sock when left out" } },
      description: "where status is asked",
    },
    stateDirectory: { ...file, default: "/var/lib/roam6", description: "directory for what outlives a restart" },
    log: logSchema,
  },
} as const;
