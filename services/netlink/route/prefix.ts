import { attribute, attributes } from "#netlink/attribute.ts";
import { address6, i32, octets, u8, unused } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";

/** Type of the notice of a prefix in a Router Advertisement; the kernel only sends it. */
export const RTM_NEWPREFIX = 52;
/** RTM_NEWPREFIX: `prefixmsg`, whose `flags` are 1 on-link, 2 autonomous (RFC 4861 §4.6.2); `cacheInformation` holds preferred and valid time. */
export const prefixNotice = messageFormat(
  struct({
    family: u8,
    pad: unused(3),
    index: i32,
    type: u8,
    prefixLength: u8,
    flags: u8,
    reserved: unused(1),
  }),
  attributes({ prefix: attribute(1, address6), cacheInformation: attribute(2, octets(8)) }),
);
