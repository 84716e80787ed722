import {
  type Address,
  ALL_ROUTERS,
  isLinkLocal,
  type MacAddress,
  prefixOf,
  solicitedNode,
  UNSPECIFIED,
} from "#ipv6/address.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import type { NeighborAdvertisement } from "#ipv6/nd/neighbor.ts";
import type { RouterAdvertisement } from "#ipv6/nd/router.ts";
import { isValidNeighborDiscovery } from "#ipv6/nd/validity.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import type { AdvertisedPrefix, Advertisement } from "#mobility/link.ts";
import { after, type Instant, type Milliseconds, millis, seconds } from "#wire/time.ts";

/** A Neighbor Discovery message that a mobile node listens to. */
export type Heard =
  | { readonly kind: "router-advertisement"; readonly advertisement: Advertisement }
  | {
      readonly kind: "neighbor-advertisement";
      readonly source: Address;
      readonly target: Address;
      readonly solicited: boolean;
      readonly linkLayerAddress: MacAddress | undefined;
    };

/** Lifetimes of Neighbor Discovery are 32 bits of seconds; all ones is for ever. */
const lifetime = (value: number): Milliseconds => (value === 0xffffffff ? seconds(2 ** 40) : seconds(value));

const prefixesOf = (message: RouterAdvertisement, at: Instant): AdvertisedPrefix[] =>
  message.options.flatMap((option) => {
    if (option.type !== 3 || !("prefix" in option)) return [];
    // A link-local prefix is ignored (RFC 4861 §6.3.4).
    if (isLinkLocal(option.prefix)) return [];
    return [
      {
        prefix: prefixOf(option.prefix, option.prefixLength),
        onLink: option.flags.onLink,
        autonomous: option.flags.autonomous,
        validLifetime: lifetime(option.validLifetime),
        validUntil: after(at, lifetime(option.validLifetime)),
        routerAddress: option.flags.routerAddress ? option.prefix.slice() : undefined,
      },
    ];
  });

const intervalOf = (message: RouterAdvertisement): Milliseconds | undefined => {
  for (const option of message.options)
    if (option.type === 7 && "advertisementInterval" in option && option.advertisementInterval > 0)
      return millis(option.advertisementInterval);
  return undefined;
};

const linkLayerOption = (
  options: RouterAdvertisement["options"] | NeighborAdvertisement["options"],
  type: 1 | 2,
): MacAddress | undefined => {
  for (const option of options)
    if (option.type === type && "linkLayerAddress" in option) return option.linkLayerAddress.slice(0, 6);
  return undefined;
};

/**
 * Reads a tapped packet as Router or Neighbor Advertisement, valid by RFC 4861 §6.1.2 and §7.1.2.
 * @param at when it was heard: lifetimes count from here
 * @returns undefined for anything else; octets are copied
 */
export const hear = (bytes: Uint8Array, at: Instant): Heard | undefined => {
  const packet = decodeIpv6Packet(bytes);
  if (!packet.ok) return undefined;
  const decoded = decodeIcmpv6Packet(packet.value);
  if (!decoded.ok || !isValidNeighborDiscovery(packet.value, decoded.value)) return undefined;
  const message = decoded.value;
  const source = packet.value.source.slice();
  if (message.type === 134 && "routerLifetime" in message) {
    const interval = intervalOf(message);
    return {
      kind: "router-advertisement",
      advertisement: {
        ...(interval !== undefined && { interval }),
        router: source,
        linkLayerAddress: linkLayerOption(message.options, 1),
        lifetime: seconds(message.routerLifetime),
        homeAgent: message.flags.homeAgent,
        prefixes: prefixesOf(message, at),
      },
    };
  }
  if (message.type === 136 && "flags" in message && "solicited" in message.flags)
    return {
      kind: "neighbor-advertisement",
      source,
      target: message.target.slice(),
      solicited: message.flags.solicited,
      linkLayerAddress: linkLayerOption(message.options, 2),
    };
  return undefined;
};

/** A Router Solicitation from `::`, which may be sent before any address is confirmed (RFC 4861 §4.1). */
export const routerSolicitation = (): Uint8Array =>
  encodeIcmpv6Packet({ source: UNSPECIFIED, destination: ALL_ROUTERS, message: { type: 133, options: [] } });

/** A unicast Neighbor Solicitation from our link-local address, to see whether a router is still there. */
export const routerProbe = (router: Address, linkLocal: Address, linkLayerAddress: MacAddress): Uint8Array =>
  encodeIcmpv6Packet({
    source: linkLocal,
    destination: router,
    message: { type: 135, target: router, options: [{ type: 1, linkLayerAddress }] },
  });

/** The solicitation of a returning mobile node: multicast, from `::`, for its own home address (RFC 6275 §11.5.5). */
export const homeAgentSolicitation = (homeAddress: Address): Uint8Array =>
  encodeIcmpv6Packet({
    source: UNSPECIFIED,
    destination: solicitedNode(homeAddress),
    message: { type: 135, target: homeAddress, options: [] },
  });

/** An IPv6 packet in an Ethernet frame (RFC 2464 §3). */
export const ethernetFrame = (destination: MacAddress, source: MacAddress, packet: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(14 + packet.length);
  frame.set(destination, 0);
  frame.set(source, 6);
  frame.set([0x86, 0xdd], 12);
  frame.set(packet, 14);
  return frame;
};
