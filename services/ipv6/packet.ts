import type { Layout } from "#wire/layout.ts";
import { newOctets } from "#wire/octets.ts";
import { Reader } from "#wire/reader.ts";
import { ok, type Result } from "#wire/result.ts";
import { Writer } from "#wire/writer.ts";
import type { Address } from "./address.ts";
import {
  authentication,
  destinationOptions,
  type ExtensionHeader,
  fragment,
  hopByHopOptions,
  routing,
} from "./extension-header.ts";
import { followHeaders, type HeaderProblem } from "./header-chain.ts";
import { PROTOCOL } from "./protocol.ts";

/** An IPv6 packet with its extension headers (RFC 8200). All octet fields are views of the input. */
export interface Ipv6Packet {
  readonly trafficClass: number;
  readonly flowLabel: number;
  readonly hopLimit: number;
  readonly source: Address;
  readonly destination: Address;
  /** Extension headers in order. */
  readonly headers: readonly ExtensionHeader[];
  /** Protocol number of `payload`; 41 is an IPv6 packet in the tunnel, 50 an opaque ESP, 44 a part of a packet. */
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** A packet as decoded, with what its headers say. */
export interface DecodedIpv6Packet extends Ipv6Packet {
  readonly payloadLength: number;
  /** Where `payload` begins. */
  readonly payloadOffset: number;
  /** From the Home Address option (RFC 6275 §6.3). */
  readonly homeAddress?: Address;
  /** Address in a type 2 routing header (RFC 6275 §6.4). */
  readonly routingHome?: Address;
}

const layouts: ReadonlyMap<number, Layout<ExtensionHeader>> = new Map<number, Layout<ExtensionHeader>>([
  [PROTOCOL.hopByHopOptions, hopByHopOptions],
  [PROTOCOL.destinationOptions, destinationOptions],
  [PROTOCOL.routing, routing],
  [PROTOCOL.fragment, fragment],
  [PROTOCOL.authentication, authentication],
]);

const readHeader = (bytes: Uint8Array, protocol: number, at: number, end: number): ExtensionHeader | undefined => {
  const reader = new Reader(bytes, at + 2, end);
  if (protocol === PROTOCOL.fragment) reader.asideOctet = bytes[at + 1] ?? 0;
  return layouts.get(protocol)?.read(reader);
};

/**
 * Decodes a packet and its extension headers. The payload is not looked into.
 * @throws never
 */
export const decodeIpv6Packet = (bytes: Uint8Array): Result<DecodedIpv6Packet, HeaderProblem> => {
  const headers: ExtensionHeader[] = [];
  const chain = followHeaders(bytes, (protocol, at, end) => {
    const header = readHeader(bytes, protocol, at, end);
    if (header !== undefined) headers.push(header);
  });
  if (!chain.ok) return chain;
  const { protocol, offset, end, homeAddressAt, routingHomeAt } = chain.value;
  const fixed = new Reader(bytes, 0, 40);
  fixed.bits(4);
  const trafficClass = fixed.bits(8);
  const flowLabel = fixed.bits(20);
  return ok({
    trafficClass,
    flowLabel,
    payloadLength: fixed.u16(),
    hopLimit: bytes[7] ?? 0,
    source: bytes.subarray(8, 24),
    destination: bytes.subarray(24, 40),
    headers,
    protocol,
    payload: bytes.subarray(offset, end),
    payloadOffset: offset,
    ...(homeAddressAt < 0 ? {} : { homeAddress: bytes.subarray(homeAddressAt, homeAddressAt + 16) }),
    ...(routingHomeAt < 0 ? {} : { routingHome: bytes.subarray(routingHomeAt, routingHomeAt + 16) }),
  });
};

const headerLength = (header: ExtensionHeader): number => 2 + (layouts.get(header.protocol)?.lengthOf(header, 2) ?? 0);

const writeHeader = (target: Uint8Array, at: number, header: ExtensionHeader, next: number): number => {
  const length = headerLength(header);
  const writer = new Writer(target, at);
  writer.position = at + 2;
  layouts.get(header.protocol)?.write(writer, header);
  target[at] = next;
  if (header.protocol === PROTOCOL.fragment) target[at + 1] = writer.asideOctet;
  // The length field counts 8 octets without the first 8; that of the Authentication header 4 octets without 8.
  else target[at + 1] = header.protocol === PROTOCOL.authentication ? length / 4 - 2 : length / 8 - 1;
  return at + length;
};

/** Writes the 40 octets of an IPv6 header at `at` (RFC 8200 §3). */
export const writeIpv6Header = (
  target: Uint8Array,
  at: number,
  header: {
    readonly trafficClass?: number;
    readonly flowLabel?: number;
    readonly payloadLength: number;
    readonly nextHeader: number;
    readonly hopLimit: number;
    readonly source: Address;
    readonly destination: Address;
  },
): void => {
  const trafficClass = header.trafficClass ?? 0;
  const flowLabel = header.flowLabel ?? 0;
  target[at] = 0x60 | (trafficClass >> 4);
  target[at + 1] = ((trafficClass & 0x0f) << 4) | (flowLabel >> 16);
  target[at + 2] = flowLabel >> 8;
  target[at + 3] = flowLabel;
  target[at + 4] = header.payloadLength >> 8;
  target[at + 5] = header.payloadLength;
  target[at + 6] = header.nextHeader;
  target[at + 7] = header.hopLimit;
  for (let i = 0; i < 16; i++) {
    target[at + 8 + i] = header.source[i] ?? 0;
    target[at + 24 + i] = header.destination[i] ?? 0;
  }
};

/**
 * Encodes a packet: header, extension headers in the order given, payload. Traffic class and flow label are 0 and the
 * hop limit is 64 when left out; the payload must fit 65,535 octets with the headers.
 */
export const encodeIpv6Packet = (
  packet: Pick<Ipv6Packet, "source" | "destination" | "protocol" | "payload"> & Partial<Ipv6Packet>,
): Uint8Array => {
  const headers = packet.headers ?? [];
  let payloadLength = packet.payload.length;
  for (const header of headers) payloadLength += headerLength(header);
  const target = newOctets(40 + payloadLength);
  writeIpv6Header(target, 0, {
    trafficClass: packet.trafficClass ?? 0,
    flowLabel: packet.flowLabel ?? 0,
    payloadLength,
    nextHeader: headers[0]?.protocol ?? packet.protocol,
    hopLimit: packet.hopLimit ?? 64,
    source: packet.source,
    destination: packet.destination,
  });
  let at = 40;
  for (const [index, header] of headers.entries())
    at = writeHeader(target, at, header, headers[index + 1]?.protocol ?? packet.protocol);
  target.set(packet.payload, at);
  return target;
};
