import { attribute, attributes } from "#netlink/attribute.ts";
import { address6, i32, octets, u8, u16, u32, unused } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";

/** Types of neighbour messages (linux/rtnetlink.h). */
export const RTM_NEIGHBOUR = { NEW: 28, DELETE: 29, GET: 30 } as const;
/** States of a neighbour (linux/neighbour.h). */
export const NUD = {
  NONE: 0x00,
  INCOMPLETE: 0x01,
  REACHABLE: 0x02,
  STALE: 0x04,
  DELAY: 0x08,
  PROBE: 0x10,
  FAILED: 0x20,
  NOARP: 0x40,
  PERMANENT: 0x80,
} as const;
/** Flags of a neighbour. */
export const NTF = { PROXY: 0x08, ROUTER: 0x80 } as const;
/** Extended flags: a managed neighbour is kept resolved by the kernel itself (5.16 and newer; older ones ignore it). */
export const NTF_EXT = { MANAGED: 0x01 } as const;

/** RTM_NEWNEIGH and its kin; with NTF.PROXY a proxy entry (RFC 6275 §10.4.1), which has no link-layer address. */
export const neighbour = messageFormat(
  struct({ family: u8, pad: unused(3), index: i32, state: u16, flags: u8, type: u8 }),
  attributes({
    destination: attribute(1, address6),
    linkLayerAddress: attribute(2, octets()),
    protocol: attribute(12, u8),
    extendedFlags: attribute(15, u32),
  }),
);
