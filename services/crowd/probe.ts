import { type Address, addressEquals } from "#ipv6/address.ts";
import { writeIpv6Header } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import { checksumOf, sumWords } from "#wire/checksum.ts";

/**
 * Payload of a probe, 64 octets in the order of this machine's kind (little-endian): u32 magic, u32 number, u64 sent (ns
 * since 1970); of an answer also u32 number of the answer, u32 zero, u64 answered (ns); then 32 octets of filling by number.
 * `services/lab/native/fan-probe.c` sends them.
 */
const MAGIC = 0x52364350;
const PAYLOAD = 64;
const FILLING = 32;
const UDP_HEADER = 8;
const IPV6_HEADER = 40;
const UDP = 17;
/** Tunnel header, inner header, UDP header, payload. */
const WHOLE = 2 * IPV6_HEADER + UDP_HEADER + PAYLOAD;

/** A probe as it came out of a tunnel; addresses are views of the packet. */
export interface TunnelledProbe {
  readonly tunnelEntry: Address;
  readonly careOfAddress: Address;
  readonly homeAddress: Address;
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  /** The filling is the one of its number. */
  readonly whole: boolean;
}

const isFillingRight = (bytes: Uint8Array, at: number, number: number): boolean => {
  for (let i = FILLING; i < PAYLOAD; i++) if (bytes[at + i] !== ((number * 7 + i) & 0xff)) return false;
  return true;
};

const fromNs = (view: DataView, at: number): number => Number(view.getBigUint64(at, true)) / 1e6;

/** The probe in a packet of a `tunnelled` tap; undefined for anything else. */
export const readTunnelledProbe = (bytes: Uint8Array): TunnelledProbe | undefined => {
  if (bytes.length !== WHOLE || bytes[6] !== PROTOCOL.ipv6 || bytes[IPV6_HEADER + 6] !== UDP) return undefined;
  const payload = 2 * IPV6_HEADER + UDP_HEADER;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(payload, true) !== MAGIC) return undefined;
  const number = view.getUint32(payload + 4, true);
  return {
    tunnelEntry: bytes.subarray(8, 24),
    careOfAddress: bytes.subarray(24, 40),
    homeAddress: bytes.subarray(IPV6_HEADER + 24, IPV6_HEADER + 40),
    number,
    sentAt: fromNs(view, payload + 8),
    whole: isFillingRight(bytes, payload, number),
  };
};

/** What an answer is sent with. */
export interface AnswerSending {
  /** Where the mobile node is now. */
  readonly careOfAddress: Address;
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The answer to a tunnelled probe, for the reverse tunnel. @param probe the whole packet */
export const answerTo = (probe: Uint8Array, answer: AnswerSending): Uint8Array => {
  const packet = probe.slice();
  const source = probe.subarray(IPV6_HEADER + 24, IPV6_HEADER + 40);
  const destination = probe.subarray(IPV6_HEADER + 8, IPV6_HEADER + 24);
  writeIpv6Header(packet, 0, {
    payloadLength: WHOLE - IPV6_HEADER,
    nextHeader: PROTOCOL.ipv6,
    hopLimit: 64,
    source: answer.careOfAddress,
    destination: probe.subarray(8, 24),
  });
  writeIpv6Header(packet, IPV6_HEADER, {
    payloadLength: UDP_HEADER + PAYLOAD,
    nextHeader: UDP,
    hopLimit: 64,
    source,
    destination,
  });
  const udp = 2 * IPV6_HEADER;
  packet.set(probe.subarray(udp + 2, udp + 4), udp);
  packet.set(probe.subarray(udp, udp + 2), udp + 2);
  const view = new DataView(packet.buffer);
  const payload = udp + UDP_HEADER;
  view.setUint32(payload + 16, answer.number, true);
  view.setBigUint64(payload + 24, BigInt(Math.round(answer.at * 1e6)), true);
  view.setUint16(udp + 6, 0);
  const sum = pseudoHeaderSum(source, destination, UDP_HEADER + PAYLOAD, UDP) + sumWords(packet, udp, WHOLE);
  // RFC 8200 §8.1: a checksum of zero is sent as 0xffff.
  view.setUint16(udp + 6, checksumOf(sum) || 0xffff);
  return packet;
};

/** Whether a tunnelled probe is this mobile node's, through its home agent's tunnel. */
export const belongsTo = (
  probe: TunnelledProbe,
  node: { readonly homeAddress: Address; readonly homeAgent: Address },
): boolean =>
  addressEquals(probe.homeAddress, node.homeAddress) && addressEquals(probe.tunnelEntry, node.homeAgent) && probe.whole;
