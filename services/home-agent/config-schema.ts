import { type LogLevel, logSchema } from "#control/log.ts";

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
    readonly preferredLifetime: number;
    readonly duplicateAddressDetection: "normal" | "optimistic" | "off";
    readonly routerAdvertisements: {
      readonly enabled: boolean;
      readonly interval: number;
      readonly routerLifetime: number;
      readonly homeAgentPreference: number;
    };
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

/** A mobile node's mobility security association (RFC 4285 §5.1). */
export interface MobileNodeEntry {
  readonly homeAddress: string;
  readonly spi: number;
  readonly key: string;
}

/** Consecutive mobile nodes, the key of each derived from one master key (`#linux/derived-keys.ts`). */
export interface MobileNodeRange {
  readonly homeAddresses: { readonly first: string; readonly count: number };
  readonly spi: number;
  readonly masterKey: string;
}

export type MobileNodesEntry = MobileNodeEntry | MobileNodeRange;

export interface NatsConfig {
  readonly servers?: readonly string[];
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
  readonly credentialsFile?: string;
  readonly embedded?: {
    readonly store?: string;
    readonly listen?: string;
    readonly cluster?: { readonly name: string; readonly listen: string; readonly routes: readonly string[] };
  };
}

export interface ClusterConfig {
  readonly key?: string;
  readonly replicas: 1 | 3 | 5;
  readonly weight: number;
  readonly peers: readonly { readonly node: string; readonly address?: string; readonly weight: number }[];
  readonly hello: { readonly port: number; readonly interval: number; readonly missed: number };
  /** Seconds. */
  readonly rebalance: { readonly enabled: boolean; readonly settle: number; readonly pause: number };
  /** Milliseconds. */
  readonly clockBound: number;
}

const FOREVER = 0xffff_ffff;

const nodeName = { type: "string", pattern: "^[A-Za-z0-9_-]{1,32}$" } as const;
const file = { type: "string", minLength: 1 } as const;

const weight = {
  type: "integer",
  minimum: 0,
  maximum: 10_000,
  default: 100,
  description:
    "share of the instances beside the weights of others, the same on all nodes; 0 serves only when all others are gone",
} as const;

const mobileNode = {
  type: "object",
  additionalProperties: false,
  required: ["homeAddress", "spi", "key"],
  properties: {
    homeAddress: { type: "string", format: "ipv6-address", description: "home address, inside the home prefix" },
    spi: {
      type: "integer",
      minimum: 256,
      maximum: 4_294_967_295,
      description: "mobility SPI (RFC 4285); below 256 is reserved",
    },
    key: {
      type: "string",
      format: "hex",
      minLength: 32,
      maxLength: 32,
      description: "16 octets shared with the mobile node",
    },
  },
} as const;

/** Home addresses that one range may have. */
const LARGEST_RANGE = 2_000_000;

const mobileNodeRange = {
  type: "object",
  additionalProperties: false,
  required: ["homeAddresses", "spi", "masterKey"],
  properties: {
    homeAddresses: {
      type: "object",
      additionalProperties: false,
      required: ["first", "count"],
      description: "consecutive home addresses",
      properties: {
        first: { type: "string", format: "ipv6-address", description: "the lowest, inside the home prefix" },
        count: { type: "integer", minimum: 1, maximum: LARGEST_RANGE, description: "how many" },
      },
    },
    spi: mobileNode.properties.spi,
    masterKey: {
      type: "string",
      format: "hex",
      minLength: 32,
      maxLength: 128,
      description:
        "16 to 64 octets; a mobile node's key is HMAC-SHA256(masterKey, its home address as 16 octets), cut to the first 16",
    },
  },
} as const;

const isRange = { properties: { homeAddresses: {} }, required: ["homeAddresses"] } as const;

/** JSON Schema of the file that `mobileNodesFile` names: a list of mobile nodes, each by itself or as a range. */
export const mobileNodesSchema = {
  type: "array",
  items: {
    type: "object",
    allOf: [
      { if: isRange, else: mobileNode },
      { if: { not: isRange }, else: mobileNodeRange },
    ],
  },
  maxItems: 2_000_000,
} as const;

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
      default: FOREVER,
      description: "preferred lifetime of the prefix, seconds",
    },
    duplicateAddressDetection: {
      enum: ["normal", "optimistic", "off"],
      default: "normal",
      description:
        "normal: before the first acknowledgement of a home address (RFC 6275); optimistic: after it; off: never",
    },
    routerAdvertisements: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "Router Advertisements of the home agents with H flag and Home Agent Information",
      properties: {
        enabled: { type: "boolean", default: true, description: "whether they are sent" },
        interval: { type: "number", minimum: 0.07, maximum: 1800, default: 3, description: "seconds between them" },
        routerLifetime: {
          type: "integer",
          minimum: 0,
          maximum: 9000,
          default: 0,
          description: "seconds as default router; 0: hosts keep their own router",
        },
        homeAgentPreference: {
          type: "integer",
          minimum: 0,
          maximum: 65_535,
          default: 0,
          description: "greater is preferred by mobile nodes that discover their home agent",
        },
      },
    },
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

const nats = {
  type: "object",
  additionalProperties: false,
  default: {},
  description: "the bus: `servers` joins a NATS cluster, else this node runs a nats-server of its own",
  properties: {
    servers: {
      type: "array",
      minItems: 1,
      items: { type: "string", pattern: "^(nats|tls)://" },
      description: "URLs of NATS servers with JetStream, 2.12 or newer",
    },
    tls: {
      type: "object",
      additionalProperties: false,
      properties: { caFile: file, certFile: file, keyFile: file },
      description: "PEM files for TLS",
    },
    credentialsFile: { ...file, description: "a .creds file" },
    embedded: {
      type: "object",
      additionalProperties: false,
      properties: {
        store: { ...file, description: "directory of its streams; stateDirectory/nats when left out" },
        listen: { type: "string", format: "host-port", description: "address for clients; [::1]:4222 when left out" },
        cluster: {
          type: "object",
          additionalProperties: false,
          required: ["name", "listen", "routes"],
          properties: {
            name: { type: "string", pattern: "^[A-Za-z0-9_-]{1,64}$", description: "the same on all nodes" },
            listen: { type: "string", format: "host-port", description: "address for the other servers" },
            routes: {
              type: "array",
              items: { type: "string", format: "host-port" },
              description: "where the other servers listen",
            },
          },
        },
      },
    },
  },
} as const;

const cluster = {
  type: "object",
  additionalProperties: false,
  default: {},
  description: "the other home agents of this home link",
  properties: {
    key: { type: "string", format: "hex", minLength: 32, maxLength: 128, description: "authenticates hellos" },
    replicas: { enum: [1, 3, 5], default: 1, description: "copies of each stream; needs as many NATS servers" },
    peers: {
      type: "array",
      default: [],
      items: {
        type: "object",
        additionalProperties: false,
        required: ["node"],
        properties: {
          node: nodeName,
          address: { type: "string", format: "ipv6-address", description: "needed by an edge" },
          weight,
        },
      },
      description: "the other nodes and their own addresses on the home link",
    },
    weight: { ...weight, description: `of this node: ${weight.description}` },
    rebalance: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "instances go to the node that they are placed on, one after the other",
      properties: {
        enabled: {
          type: "boolean",
          default: true,
          description: "by themselves; without it only at roam6 rebalance, drain and a stop",
        },
        settle: {
          type: "number",
          minimum: 0,
          maximum: 3600,
          default: 5,
          description: "seconds for which another node must be wanted without a break; doubles for one that comes back",
        },
        pause: { type: "number", minimum: 0, maximum: 3600, default: 1, description: "seconds between two moves" },
      },
    },
    clockBound: {
      type: "integer",
      minimum: 50,
      maximum: 60_000,
      default: 500,
      description:
        "milliseconds that a wall clock may be off the middle of all; further off, the node takes no instance",
    },
    hello: {
      type: "object",
      additionalProperties: false,
      default: {},
      properties: {
        port: { type: "integer", minimum: 1, maximum: 65_535, default: 5999, description: "UDP port" },
        interval: { type: "integer", minimum: 5, maximum: 10_000, default: 10, description: "milliseconds" },
        missed: {
          type: "integer",
          minimum: 2,
          maximum: 100,
          default: 3,
          description: "missed hellos that count as death",
        },
      },
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
      description: "how the kernel tunnels: classic is ip6tnl, routed is seg6; auto takes what the kernel has",
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
