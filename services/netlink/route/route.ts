import { attribute, attributes, nested } from "#netlink/attribute.ts";
import { address6, octets, u8, u32 } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";
import { encapsulationType } from "./encapsulation.ts";

/** Types of route messages (linux/rtnetlink.h). */
export const RTM_ROUTE = { NEW: 24, DELETE: 25, GET: 26 } as const;
/** `rtm_type`. */
export const RTN = { UNSPEC: 0, UNICAST: 1, LOCAL: 2, BLACKHOLE: 6, UNREACHABLE: 7 } as const;
/** `rtm_protocol`: who made a route. */
export const RTPROT = { KERNEL: 2, BOOT: 3, STATIC: 4, ROUTER_ADVERTISEMENT: 9 } as const;
/** Tables that the kernel itself uses. */
export const RT_TABLE = { UNSPEC: 0, MAIN: 254, LOCAL: 255 } as const;

/** RTA_METRICS. */
const metrics = attributes({
  mtu: attribute(2, u32),
  advertisedMss: attribute(8, u32),
  hopLimit: attribute(10, u32),
});

/**
 * RTM_NEWROUTE and its kin for IPv6. Tables beyond 255 go into the attribute `table`. `encapsulation` depends on
 * `encapsulationType`: see `encapsulation.ts`.
 */
export const route = messageFormat(
  struct({
    family: u8,
    destinationLength: u8,
    sourceLength: u8,
    trafficClass: u8,
    table: u8,
    protocol: u8,
    scope: u8,
    type: u8,
    flags: u32,
  }),
  attributes({
    destination: attribute(1, address6),
    source: attribute(2, address6),
    inputDevice: attribute(3, u32),
    outputDevice: attribute(4, u32),
    gateway: attribute(5, address6),
    priority: attribute(6, u32),
    preferredSource: attribute(7, address6),
    metrics: nested(8, metrics),
    table: attribute(15, u32),
    preference: attribute(20, u8),
    encapsulationType: attribute(21, encapsulationType),
    encapsulation: nested(22, octets()),
  }),
);
