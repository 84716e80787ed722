/** A crowd's config file as it stands there: addresses are text, durations seconds. */
export interface CrowdConfig {
  readonly homeAgents: readonly { readonly name: string; readonly address: string }[];
  readonly homeAddresses: { readonly first: string; readonly count: number };
  readonly spi: number;
  readonly masterKey: string;
  readonly careOfPrefix: string;
  readonly mobileNodes: number;
  readonly rate: number;
  readonly ramp: number;
  readonly lifetime: number;
  readonly moveRate: number;
  readonly duration: number;
  readonly initialBindackTimeoutFirstReg: number;
  readonly answerWithin: number;
  readonly allowedGap: number;
  readonly keep: boolean;
  readonly seed?: number;
  readonly control: { readonly socket?: string };
}

const seconds = (description: string, fallback: number) => ({
  type: "number",
  minimum: 0,
  maximum: 86_400,
  default: fallback,
  description,
});

/** JSON Schema of `sim.yaml`. */
export const configSchema = {
  title: "roam6 simulated mobile nodes",
  type: "object",
  additionalProperties: false,
  required: ["homeAgents", "homeAddresses", "spi", "masterKey", "careOfPrefix"],
  properties: {
    homeAgents: {
      type: "array",
      minItems: 1,
      maxItems: 255,
      description: "home agent instances; mobile nodes register with them in turn",
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "address"],
        properties: {
          name: { type: "string", pattern: "^[a-z0-9]{1,8}$", description: "name of the instance, for reports" },
          address: { type: "string", format: "ipv6-address", description: "home agent address" },
        },
      },
    },
    homeAddresses: {
      type: "object",
      additionalProperties: false,
      required: ["first", "count"],
      description: "consecutive home addresses, as in the home agents' mobileNodes",
      properties: {
        first: { type: "string", format: "ipv6-address", description: "the lowest" },
        count: { type: "integer", minimum: 1, maximum: 2_000_000, description: "how many; no more nodes can register" },
      },
    },
    spi: { type: "integer", minimum: 256, maximum: 4_294_967_295, description: "mobility SPI (RFC 4285)" },
    masterKey: {
      type: "string",
      format: "hex",
      minLength: 32,
      maxLength: 128,
      description: "a node's key is HMAC-SHA256(masterKey, home address), its first 16 octets",
    },
    careOfPrefix: {
      type: "string",
      format: "ipv6-prefix",
      description: "prefix that is routed to this host, at most 60 bits long; care-of addresses are PREFIX:place::node",
    },
    mobileNodes: {
      type: "integer",
      minimum: 0,
      maximum: 2_000_000,
      default: 100,
      description: "how many register; can be changed while it runs",
    },
    rate: {
      type: "number",
      minimum: 0,
      maximum: 1_000_000,
      default: 0,
      description:
        "Binding Updates a second to offer; what the rest needs is filled up with refreshes. 0: no more than needed",
    },
    ramp: seconds("seconds over which the mobile nodes register", 10),
    lifetime: {
      type: "integer",
      minimum: 4,
      maximum: 262_140,
      default: 60,
      description: "lifetime of a binding to ask for, seconds",
    },
    moveRate: {
      type: "number",
      minimum: 0,
      maximum: 100_000,
      default: 0,
      description: "moves a second, of mobile nodes chosen at random",
    },
    duration: seconds("seconds until the mobile nodes return and the program ends; 0: when it is told to", 0),
    initialBindackTimeoutFirstReg: {
      type: "number",
      minimum: 0.1,
      maximum: 32,
      default: 1.5,
      description: "seconds until the first Binding Update is sent again (RFC 6275 §13)",
    },
    answerWithin: seconds("an answer that takes longer, in seconds, fails the run", 30),
    allowedGap: seconds("seconds that probes of a tunnel may be missing in a row; 0: none may be lost", 0),
    keep: { type: "boolean", default: false, description: "leave the bindings at the end" },
    seed: {
      type: "integer",
      minimum: 0,
      maximum: 4_294_967_295,
      description: "of all choices at random; made up and told when left out",
    },
    control: {
      type: "object",
      additionalProperties: false,
      default: {},
      description: "where it is asked and told",
      properties: { socket: { type: "string", minLength: 1, description: "control socket; none when left out" } },
    },
  },
} as const;
