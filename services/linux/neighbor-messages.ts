import {
  type Address,
  ALL_NODES,
  addressEquals,
  isMulticast,
  isUnspecified,
  type MacAddress,
  multicastMac,
  solicitedNode,
  UNSPECIFIED,
} from "#ipv6/address.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";

/** A Neighbor Solicitation or Advertisement that passed the checks of RFC 4861 §7.1. */
export type NeighborMessage =
  | {
      readonly kind: "solicitation";
      readonly target: Address;
      readonly source: Address;
      /** From the Source Link-Layer Address option. */
      readonly linkLayerAddress: MacAddress | undefined;
    }
  | { readonly kind: "advertisement"; readonly target: Address };

const SOURCE_LINK_LAYER_ADDRESS = 1;
const HOP_LIMIT = 255;
const ETH_P_IPV6 = [0x86, 0xdd];

/** @returns nothing for a packet that RFC 4861 §7.1.1 or §7.1.2 says to discard in silence */
export const readNeighborMessage = (bytes: Uint8Array): NeighborMessage | undefined => {
  const packet = decodeIpv6Packet(bytes);
  if (!packet.ok || packet.value.hopLimit !== HOP_LIMIT) return undefined;
  const decoded = decodeIcmpv6Packet(packet.value);
  if (!decoded.ok) return undefined;
  const { source, destination } = packet.value;
  const message = decoded.value;
  // The Code must be 0; the codec leaves it out when it is.
  if (!("target" in message) || message.code !== undefined || isMulticast(message.target)) return undefined;
  if ("flags" in message)
    return isMulticast(destination) && message.flags.solicited
      ? undefined
      : { kind: "advertisement", target: message.target };
  const given = message.options.find((option) => option.type === SOURCE_LINK_LAYER_ADDRESS);
  const linkLayerAddress = given !== undefined && "linkLayerAddress" in given ? given.linkLayerAddress : undefined;
  // From the unspecified address: to the solicited-node group, without a link-layer address (RFC 4861 §7.1.1).
  if (isUnspecified(source) && (given !== undefined || !addressEquals(destination, solicitedNode(message.target))))
    return undefined;
  return { kind: "solicitation", target: message.target, source, linkLayerAddress };
};

/** The solicitation of duplicate address detection (RFC 4862 §5.4.2). */
export const duplicateSolicitation = (target: Address): Uint8Array =>
  encodeIcmpv6Packet({
    source: UNSPECIFIED,
    destination: solicitedNode(target),
    hopLimit: HOP_LIMIT,
    message: { type: 135, target, options: [] },
  });

/** An Ethernet frame around an IPv6 packet. */
export const frame = (destination: MacAddress, source: MacAddress, packet: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(14 + packet.length);
  bytes.set(destination, 0);
  bytes.set(source, 6);
  bytes.set(ETH_P_IPV6, 12);
  bytes.set(packet, 14);
  return bytes;
};

/** What an advertisement says of an address. */
export interface Advertised {
  readonly target: Address;
  readonly linkLayerAddress: MacAddress;
  readonly router: boolean;
  /** IPv6 source; the target when left out. */
  readonly source?: Address;
}

/**
 * An advertisement in an Ethernet frame from the address that it advertises, so that switches learn where that is.
 * @param to IPv6 and link-layer destination; all nodes when left out
 */
export const advertisementFrame = (
  advertised: Advertised,
  flags: { readonly solicited: boolean; readonly override: boolean },
  to: { readonly address: Address; readonly linkLayerAddress: MacAddress } = {
    address: ALL_NODES,
    linkLayerAddress: multicastMac(ALL_NODES),
  },
): Uint8Array => {
  const { target, linkLayerAddress, router } = advertised;
  const packet = encodeIcmpv6Packet({
    source: advertised.source ?? target,
    destination: to.address,
    hopLimit: HOP_LIMIT,
    message: { type: 136, flags: { router, ...flags }, target, options: [{ type: 2, linkLayerAddress }] },
  });
  return frame(to.linkLayerAddress, linkLayerAddress, packet);
};
