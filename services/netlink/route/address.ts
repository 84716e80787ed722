import { attribute, attributes } from "#netlink/attribute.ts";
import { address6, u8, u32 } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";

/** Types of address messages (linux/rtnetlink.h). */
export const RTM_ADDRESS = { NEW: 20, DELETE: 21, GET: 22 } as const;
/** Flags of an address (linux/if_addr.h). */
export const IFA_F = {
  TEMPORARY: 0x01,
  NODAD: 0x02,
  OPTIMISTIC: 0x04,
  DADFAILED: 0x08,
  HOMEADDRESS: 0x10,
  DEPRECATED: 0x20,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  MANAGETEMPADDR: 0x100,
  NOPREFIXROUTE: 0x200,
} as const;

/** RTM_NEWADDR and its kin for IPv6. `flags` (IFA_FLAGS) holds all bits, the header's `flags` the lower eight. */
export const interfaceAddress = messageFormat(
  struct({ family: u8, prefixLength: u8, flags: u8, scope: u8, index: u32 }),
  attributes({
    address: attribute(1, address6),
    local: attribute(2, address6),
    flags: attribute(8, u32),
    priority: attribute(9, u32),
    protocol: attribute(11, u8),
  }),
);
