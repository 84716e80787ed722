import { type Address, addressEquals, type Prefix } from "#ipv6/address.ts";

/**
 * Which mobile node has which addresses, as arithmetic: node n has the nth home address, and in its mth place the care-of
 * address `prefix:m::n`. So an address is traced back to its node without a table.
 */
export interface AddressPlan {
  readonly count: number;
  homeAddress(node: number): Address;
  /** @returns the node, or -1 */
  nodeOfHomeAddress(value: Uint8Array): number;
  careOfAddress(node: number, place: number): Address;
  /** @returns the node whose care-of addresses this is one of, or -1 */
  nodeOfCareOfAddress(value: Uint8Array): number;
  /** Different places have different care-of addresses up to this number, where they begin again. */
  readonly places: number;
}

/** Octets 10 to 15 as a number. */
const low48 = (value: Uint8Array): number => {
  let low = 0;
  for (let at = 10; at < 16; at++) low = low * 256 + (value[at] ?? 0);
  return low;
};

const withLow48 = (value: Address, low: number): Address => {
  const result = value.slice();
  let rest = low;
  for (let at = 15; at >= 10; at--) {
    result[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return result;
};

const sameHead = (a: Uint8Array, b: Uint8Array, octets: number): boolean => {
  for (let at = 0; at < octets; at++) if (a[at] !== b[at]) return false;
  return true;
};

/** @param careOfPrefix at most 64 bits; its last /64 is left to the link that the packets come over */
export const createAddressPlan = (plan: {
  readonly firstHomeAddress: Address;
  readonly count: number;
  readonly careOfPrefix: Prefix;
}): AddressPlan => {
  const { firstHomeAddress, count, careOfPrefix } = plan;
  const first = low48(firstHomeAddress);
  const { address: base, length } = careOfPrefix;
  const bits = Math.min(16, 64 - length);
  const places = Math.max(1, 2 ** bits - 1);
  const careOfAddress = (node: number, place: number): Address => {
    const result = withLow48(base, node + 1);
    const subnet = place % places;
    result[6] = (result[6] ?? 0) | (subnet >> 8);
    result[7] = (result[7] ?? 0) | (subnet & 0xff);
    return result;
  };
  return {
    count,
    places,
    homeAddress: (node) => withLow48(firstHomeAddress, first + node),
    nodeOfHomeAddress: (value) => {
      const node = low48(value) - first;
      return node >= 0 && node < count && sameHead(value, firstHomeAddress, 10) ? node : -1;
    },
    careOfAddress,
    nodeOfCareOfAddress: (value) => {
      const node = low48(value) - 1;
      if (node < 0 || node >= count) return -1;
      const place = (((value[6] ?? 0) << 8) | (value[7] ?? 0)) & (2 ** bits - 1);
      return addressEquals(careOfAddress(node, place), value) ? node : -1;
    },
  };
};
