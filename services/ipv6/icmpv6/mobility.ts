import { neighborOptions } from "#ipv6/nd/option.ts";
import { type Decoded, layout } from "#wire/layout.ts";

/** Home Agent Address Discovery Request, ICMPv6 144 (RFC 6275 §6.5; bit R: RFC 3963 §4.5). */
export const homeAgentAddressDiscoveryRequest = layout((field) => ({
  type: field.constant(144),
  code: field.reservedAside(),
  identifier: field.u16(),
  flags: { mobileRouter: field.bit(), reserved: field.reserved(15) },
}));
export type HomeAgentAddressDiscoveryRequest = Decoded<typeof homeAgentAddressDiscoveryRequest>;

/** Home Agent Address Discovery Reply, ICMPv6 145 (RFC 6275 §6.6; bit R: RFC 3963 §4.6). Best home agent first. */
export const homeAgentAddressDiscoveryReply = layout((field) => ({
  type: field.constant(145),
  code: field.reservedAside(),
  identifier: field.u16(),
  flags: { mobileRouter: field.bit(), reserved: field.reserved(15) },
  homeAgentAddresses: field.addresses(),
}));
export type HomeAgentAddressDiscoveryReply = Decoded<typeof homeAgentAddressDiscoveryReply>;

/** Mobile Prefix Solicitation, ICMPv6 146 (RFC 6275 §6.7). */
export const mobilePrefixSolicitation = layout((field) => ({
  type: field.constant(146),
  code: field.reservedAside(),
  identifier: field.u16(),
  reserved: field.reserved(16),
  options: field.list(neighborOptions),
}));
export type MobilePrefixSolicitation = Decoded<typeof mobilePrefixSolicitation>;

/** Mobile Prefix Advertisement, ICMPv6 147 (RFC 6275 §6.8). */
export const mobilePrefixAdvertisement = layout((field) => ({
  type: field.constant(147),
  code: field.reservedAside(),
  identifier: field.u16(),
  flags: { managed: field.bit(), other: field.bit(), reserved: field.reserved(14) },
  options: field.list(neighborOptions),
}));
export type MobilePrefixAdvertisement = Decoded<typeof mobilePrefixAdvertisement>;
