import { decodeIcmpv6Message, encodeIcmpv6Message } from "#ipv6/icmpv6/packet.ts";
import { type DecodedIpv6Packet, decodeIpv6Packet, encodeIpv6Packet } from "#ipv6/packet.ts";
import { decodeMobilityHeader } from "#mip6/mobility-header.ts";
import { encodeMobilityHeader } from "#mip6/packet.ts";
import type { Result } from "#wire/result.ts";

const must = <T, E extends { readonly code: string }>(result: Result<T, E>): T => {
  if (!result.ok) throw new Error(`refused: ${result.error.code}`);
  return result.value;
};

const payloadAgain = (packet: DecodedIpv6Packet): Uint8Array => {
  const source = packet.homeAddress ?? packet.source;
  const destination = packet.routingHome ?? packet.destination;
  switch (packet.protocol) {
    case 135:
      return encodeMobilityHeader(source, destination, must(decodeMobilityHeader(packet.payload)));
    case 58:
      return encodeIcmpv6Message(source, destination, must(decodeIcmpv6Message(packet.payload)));
    case 41:
      return encodeAgain(packet.payload);
    default:
      return packet.payload;
  }
};

/** Decodes a packet in all its layers and encodes it from what was decoded: lengths and checksums are reckoned anew. */
export const encodeAgain = (bytes: Uint8Array): Uint8Array => {
  const packet = must(decodeIpv6Packet(bytes));
  return encodeIpv6Packet({ ...packet, payload: payloadAgain(packet) });
};
