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
