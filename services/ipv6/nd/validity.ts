import { addressEquals, isLinkLocal, isMulticast, isUnspecified, solicitedNode } from "#ipv6/address.ts";
import type { Icmpv6Message } from "#ipv6/icmpv6/message.ts";
import type { Ipv6Packet } from "#ipv6/packet.ts";
import type { NeighborAdvertisement, NeighborSolicitation } from "./neighbor.ts";
import type { NeighborOption } from "./option.ts";

type Ends = Pick<Ipv6Packet, "source" | "destination" | "hopLimit">;

const hasSourceLinkLayer = (options: readonly NeighborOption[]): boolean => options.some((item) => item.type === 1);

const isSolicitationValid = (packet: Ends, message: NeighborSolicitation): boolean => {
  if (isMulticast(message.target)) return false;
  if (!isUnspecified(packet.source)) return true;
  // RFC 4861 §7.1.1: duplicate address detection goes to the solicited-node address, without link-layer address.
  return addressEquals(packet.destination, solicitedNode(message.target)) && !hasSourceLinkLayer(message.options);
};

const isAdvertisementValid = (packet: Ends, message: NeighborAdvertisement): boolean =>
  !isMulticast(message.target) && !(isMulticast(packet.destination) && message.flags.solicited);

/**
 * The tests of RFC 4861 §6.1.1, §6.1.2, §7.1.1, §7.1.2 that a message whose checksum and syntax are right has to pass.
 * Messages that are not Neighbor Discovery pass.
 */
export const isValidNeighborDiscovery = (packet: Ends, message: Icmpv6Message): boolean => {
  if (message.type < 133 || message.type > 136) return true;
  if (packet.hopLimit !== 255 || (message.code ?? 0) !== 0) return false;
  switch (message.type) {
    case 133:
      return !(isUnspecified(packet.source) && hasSourceLinkLayer(message.options));
    case 134:
      return isLinkLocal(packet.source);
    case 135:
      return isSolicitationValid(packet, message);
    case 136:
      return isAdvertisementValid(packet, message);
    default:
      return true;
  }
};
