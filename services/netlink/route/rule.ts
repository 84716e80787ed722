import { attribute, attributes } from "#netlink/attribute.ts";
import { address6, text, u8, u32, unused } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";

/** Types of rule messages (linux/rtnetlink.h). */
export const RTM_RULE = { NEW: 32, DELETE: 33, GET: 34 } as const;
/** What a rule does (linux/fib_rules.h). */
export const FR_ACT = { TO_TABLE: 1, GOTO: 2, NOP: 3, BLACKHOLE: 6 } as const;
/** Flags of a rule (linux/fib_rules.h). FIND_SADDR: a source that is still to be chosen counts as the one that would be. */
export const FIB_RULE = { FIND_SADDR: 0x00010000 } as const;

/** RTM_NEWRULE and its kin for IPv6. */
export const rule = messageFormat(
  struct({
    family: u8,
    destinationLength: u8,
    sourceLength: u8,
    trafficClass: u8,
    table: u8,
    reserved: unused(2),
    action: u8,
    flags: u32,
  }),
  attributes({
    destination: attribute(1, address6),
    source: attribute(2, address6),
    inputDevice: attribute(3, text),
    goto: attribute(4, u32),
    priority: attribute(6, u32),
    mark: attribute(10, u32),
    table: attribute(15, u32),
    markMask: attribute(16, u32),
    outputDevice: attribute(17, text),
    /** Who made the rule, numbered as routes are. */
    protocol: attribute(21, u8),
    /** Protocol of the packet. */
    ipProtocol: attribute(22, u8),
  }),
);
