import { type Decoded, layout } from "#wire/layout.ts";
import { neighborOptions } from "./option.ts";

/** Router Solicitation, ICMPv6 133 (RFC 4861 §4.1). */
export const routerSolicitation = layout((field) => ({
  type: field.constant(133),
  code: field.reservedAside(),
  reserved: field.reserved(32),
  options: field.list(neighborOptions),
}));
export type RouterSolicitation = Decoded<typeof routerSolicitation>;

/**
 * Router Advertisement, ICMPv6 134 (RFC 4861 §4.2; bit H: RFC 6275 §7.1). `routerLifetime` counts seconds,
 * `reachableTime` and `retransmitTimer` milliseconds.
 */
export const routerAdvertisement = layout((field) => ({
  type: field.constant(134),
  code: field.reservedAside(),
  currentHopLimit: field.u8(),
  flags: {
    managed: field.bit(),
    other: field.bit(),
    homeAgent: field.bit(),
    reserved: field.reserved(5),
  },
  routerLifetime: field.u16(),
  reachableTime: field.u32(),
  retransmitTimer: field.u32(),
  options: field.list(neighborOptions),
}));
export type RouterAdvertisement = Decoded<typeof routerAdvertisement>;
