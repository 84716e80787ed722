import { attribute, attributes } from "#netlink/attribute.ts";
import { text, u8, u16, u32, unused } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";

const genlmsghdr = struct({ command: u8, version: u8, reserved: unused(2) });

/** Message type of the controller, the family that knows the numbers of the others. */
export const GENL_ID_CTRL = 16;
/** Commands of the controller (linux/genetlink.h). */
export const CTRL_COMMAND = { NEW_FAMILY: 1, GET_FAMILY: 3 } as const;

/** Questions to the controller: the number of a family by its name. */
export const controller = messageFormat(
  genlmsghdr,
  attributes({
    family: attribute(1, u16),
    name: attribute(2, text),
    version: attribute(3, u32),
  }),
);

export { genlmsghdr };
