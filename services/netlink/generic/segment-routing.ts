import { attribute, attributes } from "#netlink/attribute.ts";
import { address6 } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { genlmsghdr } from "./generic.ts";

/** Name of the family to ask the controller for. */
export const SEG6_GENL_NAME = "SEG6";
/** Commands (linux/seg6_genl.h). */
export const SEG6_COMMAND = { SET_TUNNEL_SOURCE: 3, GET_TUNNEL_SOURCE: 4 } as const;

/** The outer source of seg6 encapsulation, one for the whole network namespace. Its message type is the family's number. */
export const segmentRouting = messageFormat(genlmsghdr, attributes({ tunnelSource: attribute(1, address6) }));
