import { type LogLevel, logSchema } from "#control/log.ts";

/** A correspondent node's config file. */
export interface CorrespondentNodeConfig {
  readonly node: string;
  /** Packets of this device alone; all devices when left out. */
  readonly device?: string;
  readonly control: { readonly socket: string };
  readonly log: { readonly level: LogLevel };
}

/** JSON Schema of `cn.yaml`. */
export const configSchema = {
  title: "roam6 correspondent node",
  type: "object",
  additionalProperties: false,
  properties: {
    node: {
      type: "string",
      minLength: 1,
      maxLength: 64,
      default: "cn",
      description: "name of this node in status and log",
    },
    device: {
      type: "string",
      minLength: 1,
      maxLength: 15,
      description: "network device to listen on; all when left out",
    },
    control: {
      type: "object",
      additionalProperties: false,
      properties: {
        socket: {
          type: "string",
          minLength: 1,
          default: "/run/roam6/cn.sock",
          description: "path of the control socket",
        },
      },
      default: {},
      description: "where status is asked",
    },
    log: logSchema,
  },
};
