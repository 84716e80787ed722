import { type Decoded, layout } from "#wire/layout.ts";
import { neighborOptions } from "./option.ts";

/** Neighbor Solicitation, ICMPv6 135 (RFC 4861 §4.3). */
export const neighborSolicitation = layout((field) => ({
  type: field.constant(135),
  code: field.reservedAside(),
  reserved: field.reserved(32),
  target: field.address(),
  options: field.list(neighborOptions),
}));
export type NeighborSolicitation = Decoded<typeof neighborSolicitation>;

/** Neighbor Advertisement, ICMPv6 136 (RFC 4861 §4.4). */
export const neighborAdvertisement = layout((field) => ({
  type: field.constant(136),
  code: field.reservedAside(),
  flags: {
    router: field.bit(),
    solicited: field.bit(),
    override: field.bit(),
    reserved: field.reserved(29),
  },
  target: field.address(),
  options: field.list(neighborOptions),
}));
export type NeighborAdvertisement = Decoded<typeof neighborAdvertisement>;
