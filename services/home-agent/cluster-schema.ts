/** How a node reaches the bus. */
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

/** The other nodes of the home link, and how this one gets on with them. */
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

/** Where an embedded server listens for clients when that is left out. */
export const EMBEDDED_LISTEN = "[::1]:4222";

/** How a node may be called. */
export const nodeName = { type: "string", pattern: "^[A-Za-z0-9_-]{1,32}$" } as const;
/** Path of a file or a directory. */
export const file = { type: "string", minLength: 1 } as const;

const weight = {
  type: "integer",
  minimum: 0,
  maximum: 10_000,
  default: 100,
  description:
    "share of the instances beside the weights of others, the same on all nodes; 0 serves only when all others are gone",
} as const;

/** JSON Schema of the part `nats`. */
export const nats = {
  type: "object",
  additionalProperties: false,
  default: {},
  description: "the bus: `servers` joins a NATS cluster, else this node runs a nats-server of its own",
  properties: {
    servers: {
      type: "array",
      minItems: 1,
      items: { type: "string", format: "nats-url" },
      description: "URLs of NATS servers with JetStream, 2.12 or newer; one tls:// asks for TLS with all of them",
    },
    tls: {
      type: "object",
      additionalProperties: false,
      properties: { caFile: file, certFile: file, keyFile: file },
      description: "PEM files for TLS, which is asked for then; the system's authorities where caFile is left out",
    },
    credentialsFile: { ...file, description: "a .creds file" },
    embedded: {
      type: "object",
      additionalProperties: false,
      properties: {
        store: { ...file, description: "directory of its streams; stateDirectory/nats when left out" },
        listen: {
          type: "string",
          format: "host-port",
          description: `address for clients; ${EMBEDDED_LISTEN} when left out`,
        },
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

/** JSON Schema of the part `cluster`. */
export const cluster = {
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
      description: "what nodes tell each other of themselves, on the home link; with edge: false over the bus",
      properties: {
        port: { type: "integer", minimum: 1, maximum: 65_535, default: 5999, description: "UDP port" },
        interval: {
          type: "integer",
          minimum: 5,
          maximum: 10_000,
          default: 10,
          description: "milliseconds; not below 100 with edge: false",
        },
        missed: {
          type: "integer",
          minimum: 2,
          maximum: 100,
          default: 3,
          description: "missed hellos that count as death; not below 5 with edge: false",
        },
      },
    },
  },
} as const;
