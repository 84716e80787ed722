import { followHeaders } from "#ipv6/header-chain.ts";

/** Where the Mobility Header of a packet begins. */
const mobilityOffset = (packet: Uint8Array): number => {
  const chain = followHeaders(packet);
  if (!chain.ok) throw new Error(chain.error.code);
  return chain.value.offset;
};

/**
 * A packet with octets of its Mobility Header changed and the checksum put right again, by RFC 1624.
 * @param changes new values by their place, counted from the first octet of the Mobility Header
 */
export const withOctets = (packet: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array => {
  const changed = packet.slice();
  const start = mobilityOffset(packet);
  let sum = 0;
  for (const [place, value] of Object.entries(changes)) {
    const at = start + Number(place);
    sum += (value - (changed[at] ?? 0)) * (at % 2 === 0 ? 0x100 : 1);
    changed[at] = value;
  }
  const before = ((changed[start + 4] ?? 0) << 8) | (changed[start + 5] ?? 0);
  const checksum = (((before - sum) % 0xffff) + 0xffff) % 0xffff;
  changed.set([checksum >> 8, checksum & 0xff], start + 4);
  return changed;
};
