import { type LogLevel, logSchema } from "#control/log.ts";

/** A mobile node's config file as it stands there: addresses are text, durations seconds. */
export interface MobileNodeConfig {
  readonly node: string;
  readonly homeAddress: string;
  readonly homePrefix: string;
  readonly homeAgent: string;
  readonly devices: readonly string[];
  readonly plane: "auto" | "classic" | "routed";
  readonly authentication: "none" | AuthenticationConfig;
  readonly lifetime: number;
  readonly duplicateAddressDetection: "normal" | "optimistic" | "off";
  readonly initialBindackTimeoutFirstReg: number;
  readonly control: { readonly socket: string };
  readonly log: { readonly level: LogLevel };
}

/** The security association with the home agent (RFC 4285 §5.1). */
interface AuthenticationConfig {
  readonly spi: number;
  readonly key: string;
  readonly identifier?: string;
  readonly replayProtection?: "timestamp" | "sequence";
}

/** JSON Schema of `mn.yaml`. */
export const configSchema = {
  title: "roam6 mobile node",
  type: "object",
  additionalProperties: false,
  required: ["homeAddress", "homePrefix", "homeAgent", "devices", "authentication"],
  properties: {
    node: {
      type: "string",
      minLength: 1,
      maxLength: 64,
      default: "mn",
      description: "name of this node in status and log",
    },
    homeAddress: { type: "string", format: "ipv6-address", description: "the address that stays while the node moves" },
    homePrefix: { type: "string", format: "ipv6-prefix", description: "prefix of the home link" },
    homeAgent: { type: "string", format: "ipv6-address", description: "address of the home agent" },
    devices: {
      type: "array",
      minItems: 1,
      uniqueItems: true,
      items: { type: "string", minLength: 1, maxLength: 15 },
      description: "network devices to roam with, the preferred one first",
    },
    plane: {
      enum: ["auto", "classic", "routed"],
      default: "auto",
      description:
        "how the kernel tunnels: classic by a device for each tunnel, routed by a route for each binding; auto takes what it has",
    },
    authentication: {
      description: "how Binding Updates are authenticated: RFC 4285, or none (anybody can then move the node)",
      oneOf: [
        { const: "none" },
        {
          type: "object",
          additionalProperties: false,
          required: ["spi", "key"],
          properties: {
            spi: {
              type: "integer",
              minimum: 256,
              maximum: 4_294_967_295,
              description: "mobility SPI; below 256 is reserved",
            },
            key: {
              type: "string",
              format: "hex",
              minLength: 32,
              maxLength: 32,
              description: "16 octets shared with the home agent",
            },
            identifier: {
              type: "string",
              minLength: 1,
              maxLength: 253,
              description: "network access identifier (RFC 4283); made from the home address when left out",
            },
            replayProtection: {
              enum: ["timestamp", "sequence"],
              description:
                "timestamp: RFC 4285 §6, clocks within 7 s; sequence: by the sequence number alone; timestamp when left out",
            },
          },
        },
      ],
    },
    lifetime: {
      type: "integer",
      minimum: 4,
      maximum: 262_140,
      default: 60,
      description: "lifetime of a binding to ask for, seconds",
    },
    duplicateAddressDetection: {
      enum: ["normal", "optimistic", "off"],
      default: "optimistic",
      description:
        "normal waits for the kernel's detection; optimistic uses a care-of address as soon as the kernel answers for it (RFC 4429); off also takes the home address at home unchecked",
    },
    initialBindackTimeoutFirstReg: {
      type: "number",
      minimum: 0.1,
      maximum: 32,
      default: 1.5,
      description: "seconds until the first Binding Update is sent again (RFC 6275 §13)",
    },
    control: {
      type: "object",
      additionalProperties: false,
      properties: {
        socket: {
          type: "string",
          minLength: 1,
          default: "/run/roam6/mn.sock",
          description: "path of the control socket",
        },
      },
      default: {},
      description: "where status is asked",
    },
    log: logSchema,
  },
};
