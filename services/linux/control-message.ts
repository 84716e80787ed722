import type { Address } from "#ipv6/address.ts";

/** Ancillary data of one datagram on a raw IPv6 socket (RFC 3542). */
export interface Ancillary {
  /** Our end: the destination of what came in, the source of what goes out. */
  readonly local?: Address | undefined;
  /** Interface index. */
  readonly device?: number | undefined;
  readonly hopLimit?: number | undefined;
  /**
   * Address in a Home Address option (RFC 6275 §6.3). A kernel with Mobile IPv6 has exchanged it with the source already
   * when it hands in a datagram, so it is the care-of address then.
   */
  readonly homeAddress?: Address | undefined;
  /** Address in a type 2 routing header (RFC 6275 §6.4), exchanged with the destination likewise. */
  readonly routingHome?: Address | undefined;
}

const IPPROTO_IPV6 = 41;
const PACKET_INFORMATION = 50;
const HOP_LIMIT = 52;
const ROUTING_HEADER = 57;
const DESTINATION_OPTIONS = 59;

/** Socket options that ask for the ancillary data above. */
export const RECEIVE_ANCILLARY = [49, 51, 56, 58] as const;

const HEADER = 16;
const HOME_ADDRESS_OPTION = 201;
const aligned = (length: number): number => (length + 7) & ~7;

/** Destination Options header with padding and a Home Address option on its 8n+6 boundary; Next Header is the kernel's. */
const homeAddressHeader = (home: Address): Uint8Array => {
  const bytes = new Uint8Array(24);
  bytes.set([0, 2, 1, 2, 0, 0, HOME_ADDRESS_OPTION, 16]);
  bytes.set(home, 8);
  return bytes;
};

const routingHeader = (home: Address): Uint8Array => {
  const bytes = new Uint8Array(24);
  bytes.set([0, 2, 2, 1]);
  bytes.set(home, 8);
  return bytes;
};

const packetInformation = (local: Address | undefined, device: number | undefined): Uint8Array => {
  const bytes = new Uint8Array(20);
  if (local !== undefined) bytes.set(local);
  new DataView(bytes.buffer).setUint32(16, device ?? 0, true);
  return bytes;
};

/** Ancillary data as control messages for sending. */
export const encodeControl = (ancillary: Ancillary): Uint8Array => {
  const { local, device, hopLimit, homeAddress, routingHome } = ancillary;
  const parts: [type: number, data: Uint8Array][] = [];
  if (local !== undefined || device !== undefined) parts.push([PACKET_INFORMATION, packetInformation(local, device)]);
  if (hopLimit !== undefined) parts.push([HOP_LIMIT, new Uint8Array(new Int32Array([hopLimit]).buffer)]);
  if (routingHome !== undefined) parts.push([ROUTING_HEADER, routingHeader(routingHome)]);
  if (homeAddress !== undefined) parts.push([DESTINATION_OPTIONS, homeAddressHeader(homeAddress)]);
  const control = new Uint8Array(parts.reduce((sum, [, data]) => sum + HEADER + aligned(data.length), 0));
  const view = new DataView(control.buffer);
  let offset = 0;
  for (const [type, data] of parts) {
    view.setUint32(offset, HEADER + data.length, true);
    view.setInt32(offset + 8, IPPROTO_IPV6, true);
    view.setInt32(offset + 12, type, true);
    control.set(data, offset + HEADER);
    offset += HEADER + aligned(data.length);
  }
  return control;
};

/** The address of a Home Address option among the options of a header. */
const findHomeAddress = (header: Uint8Array): Address | undefined => {
  let offset = 2;
  while (offset < header.length) {
    const type = header[offset];
    const length = type === 0 ? 0 : (header[offset + 1] ?? 0) + 1;
    if (type === HOME_ADDRESS_OPTION && length === 17 && offset + 18 <= header.length)
      return header.slice(offset + 2, offset + 18);
    offset += 1 + length;
  }
  return undefined;
};

/** Reads control messages of a received datagram; what is cut off or unknown is left out. */
export const decodeControl = (control: Uint8Array): Ancillary => {
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  const found: { -readonly [K in keyof Ancillary]: Ancillary[K] } = {};
  let offset = 0;
  while (offset + HEADER <= control.length) {
    const length = view.getUint32(offset, true);
    if (length < HEADER || offset + length > control.length) break;
    const data = control.subarray(offset + HEADER, offset + length);
    const type = view.getInt32(offset + 8, true) === IPPROTO_IPV6 ? view.getInt32(offset + 12, true) : -1;
    if (type === PACKET_INFORMATION && data.length >= 20) {
      found.local = data.slice(0, 16);
      found.device = view.getUint32(offset + HEADER + 16, true);
    } else if (type === HOP_LIMIT && data.length >= 4) found.hopLimit = view.getInt32(offset + HEADER, true);
    else if (type === ROUTING_HEADER && data.length >= 24 && data[2] === 2) found.routingHome = data.slice(8, 24);
    else if (type === DESTINATION_OPTIONS) found.homeAddress = findHomeAddress(data) ?? found.homeAddress;
    offset += aligned(length);
  }
  return found;
};
