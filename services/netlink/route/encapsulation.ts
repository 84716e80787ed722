import type { Address } from "#ipv6/address.ts";
import { attribute, attributes } from "#netlink/attribute.ts";
import { address6, be64, concatenate, octets, u8, u16, u32 } from "#netlink/field.ts";

/** RTA_ENCAP_TYPE (linux/lwtunnel.h). */
export const ENCAPSULATION = { IP6: 4, SEG6: 5, SEG6_LOCAL: 7 } as const;
/** Modes of seg6 encapsulation (linux/seg6_iptunnel.h). */
const SEG6_MODE = { INLINE: 0, ENCAP: 1, L2ENCAP: 2, ENCAP_RED: 3 } as const;
/** Actions of seg6local (linux/seg6_local.h; RFC 8986 §4). */
export const SEG6_LOCAL_ACTION = { END_DX6: 5, END_DT6: 7 } as const;

/** `encap ip6`: plain IPv6-in-IPv6 through an `external` ip6tnl device. */
export const ip6Encapsulation = attributes({
  id: attribute(1, be64),
  destination: attribute(2, address6),
  source: attribute(3, address6),
  hopLimit: attribute(4, u8),
  trafficClass: attribute(5, u8),
});

/** `encap seg6local`. */
export const seg6LocalEncapsulation = attributes({
  action: attribute(1, u32),
  table: attribute(3, u32),
  nextHop: attribute(5, address6),
});

const seg6 = attributes({ header: attribute(1, octets()) });
/** Segment routing header of one segment (RFC 8754 §2): next header 0, length 2, type 4, nothing left. */
const ONE_SEGMENT = new Uint8Array([0, 2, 4, 0, 0, 0, 0, 0]);

/** `encap seg6 mode encap.red` with one segment: on the wire plain IPv6-in-IPv6 (RFC 2473), no routing header. */
export const encodeSeg6 = (segment: Address): Uint8Array =>
  seg6.encode({ header: concatenate([u32.encode(SEG6_MODE.ENCAP_RED), ONE_SEGMENT, segment]) });

/** @returns the segment, or undefined when it is another kind of seg6 encapsulation */
export const decodeSeg6 = (bytes: Uint8Array): Address | undefined => {
  const header = seg6.decode(bytes)?.header;
  if (header?.length !== 28 || u32.decode(header.subarray(0, 4)) !== SEG6_MODE.ENCAP_RED) return undefined;
  return header.slice(12);
};

/** RTA_ENCAP_TYPE as it stands in a route. */
export const encapsulationType = u16;
