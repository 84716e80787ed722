import { failed, ok, type Result } from "#wire/result.ts";

/** What a link-layer frame carries: an IPv6 packet, or something else that is of no interest. */
type Carried = { readonly kind: "ipv6"; readonly packet: Uint8Array } | { readonly kind: "other" };

/** Why a frame gives nothing. An unknown link type concerns all frames of its interface. */
interface LinkProblem {
  readonly code: "unknown-link-type" | "truncated";
  readonly message: string;
}

type Unwrap = (frame: Uint8Array) => Result<Carried, LinkProblem>;

const other = ok<Carried>({ kind: "other" });
const ipv6 = (packet: Uint8Array): Result<Carried, LinkProblem> => ok({ kind: "ipv6", packet });
const truncated = (what: string): Result<Carried, LinkProblem> =>
  failed({ code: "truncated", message: `the frame ends within its ${what} header` });

const word = (octets: Uint8Array, at: number): number => ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);

const ETHERTYPE = { ipv6: 0x86dd, vlan: 0x8100, serviceVlan: 0x88a8, doubleVlan: 0x9100 } as const;
const VLAN_TAGS: readonly number[] = [ETHERTYPE.vlan, ETHERTYPE.serviceVlan, ETHERTYPE.doubleVlan];
/** IEEE 802 LLC and SNAP header with the organization code of Ethernet (RFC 1042). */
const SNAP = [0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00] as const;

/** What stands behind an EtherType at `at`, through VLAN tags and a SNAP header. */
const behindEtherType = (frame: Uint8Array, at: number, what: string): Result<Carried, LinkProblem> => {
  let position = at;
  while (VLAN_TAGS.includes(word(frame, position))) position += 4;
  const isLength = word(frame, position) <= 1500;
  if (isLength && SNAP.every((octet, index) => frame[position + 2 + index] === octet)) position += 8;
  if (frame.length < position + 2) return truncated(what);
  return word(frame, position) === ETHERTYPE.ipv6 ? ipv6(frame.subarray(position + 2)) : other;
};

const ethernet: Unwrap = (frame) =>
  frame.length < 14 ? truncated("Ethernet") : behindEtherType(frame, 12, "Ethernet");

const rawIp: Unwrap = (frame) => ((frame[0] ?? 0) >> 4 === 6 ? ipv6(frame) : other);

/** AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, and macOS: the capture does not say which system made it. */
const INET6_FAMILIES: readonly number[] = [10, 24, 28, 30];

/** The family is in the byte order of the machine that captured (null), or in network order (loop). */
const loopback: Unwrap = (frame) => {
  if (frame.length < 4) return truncated("loopback");
  const view = new DataView(frame.buffer, frame.byteOffset);
  const isIpv6 = INET6_FAMILIES.includes(view.getUint32(0)) || INET6_FAMILIES.includes(view.getUint32(0, true));
  return isIpv6 ? ipv6(frame.subarray(4)) : other;
};

const linuxCooked: Unwrap = (frame) =>
  frame.length < 16 ? truncated("Linux cooked") : behindEtherType(frame, 14, "Linux cooked");

const linuxCooked2: Unwrap = (frame) => {
  if (frame.length < 20) return truncated("Linux cooked");
  if (word(frame, 0) === ETHERTYPE.ipv6) return ipv6(frame.subarray(20));
  if (!VLAN_TAGS.includes(word(frame, 0))) return other;
  return behindEtherType(frame, 22, "VLAN");
};

/** By number of the link type (LINKTYPE_ registry of tcpdump.org). */
const LINK_TYPES: Readonly<Record<number, Unwrap>> = {
  0: loopback,
  1: ethernet,
  12: rawIp,
  14: rawIp,
  101: rawIp,
  108: loopback,
  113: linuxCooked,
  228: () => other,
  229: ipv6,
  276: linuxCooked2,
};

/** @returns what a frame carries */
export const unwrapFrame = (linkType: number, frame: Uint8Array): Result<Carried, LinkProblem> => {
  const unwrap = LINK_TYPES[linkType];
  if (unwrap !== undefined) return unwrap(frame);
  return failed({ code: "unknown-link-type", message: `link type ${linkType} is not known here` });
};
