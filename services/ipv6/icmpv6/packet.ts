import type { Address } from "#ipv6/address.ts";
import { type ExtensionHeader, homeAddressHeader, type2Routing } from "#ipv6/extension-header.ts";
import { type DecodedIpv6Packet, encodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import { checksumOf, foldSum, sumWords } from "#wire/checksum.ts";
import { unknownTypeOf } from "#wire/octet.ts";
import { newOctets } from "#wire/octets.ts";
import { Reader } from "#wire/reader.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { Writer } from "#wire/writer.ts";
import { type Icmpv6Message, icmpv6Layouts, type UnknownIcmpv6 } from "./message.ts";

/** Why octets are no ICMPv6 message; each of these is dropped in silence (RFC 4443 §2.3, RFC 4861 §6.1, §7.1). */
export type Icmpv6Problem =
  | { readonly code: "not-icmpv6"; readonly protocol: number }
  | { readonly code: "icmpv6-truncated" }
  | { readonly code: "icmpv6-checksum-mismatch" }
  /** `pointer` counts from the ICMPv6 Type octet. */
  | { readonly code: "icmpv6-malformed"; readonly pointer: number };

/** Decodes an ICMPv6 message from its Type octet on, the checksum not looked at. */
export const decodeIcmpv6Message = (bytes: Uint8Array): Result<Icmpv6Message, Icmpv6Problem> => {
  if (bytes.length < 4) return failed({ code: "icmpv6-truncated" });
  const type = bytes[0] ?? 0;
  const code = bytes[1] ?? 0;
  const description = icmpv6Layouts.get(type);
  if (description === undefined)
    return ok({ type: unknownTypeOf<UnknownIcmpv6["type"]>(type), code, data: bytes.subarray(4) });
  const reader = new Reader(bytes, 4, bytes.length);
  reader.asideOctet = code;
  const message = description.read(reader);
  return reader.fault < 0 ? ok(message) : failed({ code: "icmpv6-malformed", pointer: reader.fault });
};

/** Decodes the ICMPv6 message of a packet and verifies its checksum with the addresses that the sender meant. */
export const decodeIcmpv6Packet = (packet: DecodedIpv6Packet): Result<Icmpv6Message, Icmpv6Problem> => {
  if (packet.protocol !== PROTOCOL.icmpv6) return failed({ code: "not-icmpv6", protocol: packet.protocol });
  const { payload } = packet;
  const sum = pseudoHeaderSum(
    packet.homeAddress ?? packet.source,
    packet.routingHome ?? packet.destination,
    payload.length,
    PROTOCOL.icmpv6,
  );
  if (foldSum(sum + sumWords(payload, 0, payload.length)) !== 0xffff)
    return failed({ code: "icmpv6-checksum-mismatch" });
  return decodeIcmpv6Message(payload);
};

const isUnknown = (message: Icmpv6Message): message is UnknownIcmpv6 => !icmpv6Layouts.has(message.type);

/** Encodes an ICMPv6 message; the checksum is for the addresses given. */
export const encodeIcmpv6Message = (source: Address, destination: Address, message: Icmpv6Message): Uint8Array => {
  const description = icmpv6Layouts.get(message.type);
  const length = 4 + (isUnknown(message) ? message.data.length : (description?.lengthOf(message, 4) ?? 0));
  const target = newOctets(length);
  const writer = new Writer(target, 0);
  writer.position = 4;
  if (isUnknown(message)) {
    writer.bytes(message.data);
    writer.asideOctet = message.code;
  } else description?.write(writer, message);
  target[0] = message.type;
  target[1] = writer.asideOctet;
  const sum = pseudoHeaderSum(source, destination, length, PROTOCOL.icmpv6) + sumWords(target, 0, length);
  const checksum = checksumOf(sum);
  target[2] = checksum >> 8;
  target[3] = checksum;
  return target;
};

/** What a whole ICMPv6 packet is made from. */
export interface Icmpv6Sending {
  readonly source: Address;
  readonly destination: Address;
  /** 255 when left out, as Neighbor Discovery asks (RFC 4861 §3.1). */
  readonly hopLimit?: number;
  /** Goes into a Home Address option (RFC 6275 §6.7). */
  readonly homeAddress?: Address | undefined;
  /** Goes into a type 2 routing header (RFC 6275 §6.8). */
  readonly routingHome?: Address | undefined;
  readonly message: Icmpv6Message;
}

/** Encodes a whole packet with an ICMPv6 message, its checksum filled in. */
export const encodeIcmpv6Packet = (sending: Icmpv6Sending): Uint8Array => {
  const { source, destination, homeAddress, routingHome } = sending;
  const headers: ExtensionHeader[] = [];
  if (routingHome !== undefined) headers.push(type2Routing(routingHome));
  if (homeAddress !== undefined) headers.push(homeAddressHeader(homeAddress));
  return encodeIpv6Packet({
    source,
    destination,
    hopLimit: sending.hopLimit ?? 255,
    headers,
    protocol: PROTOCOL.icmpv6,
    payload: encodeIcmpv6Message(homeAddress ?? source, routingHome ?? destination, sending.message),
  });
};
