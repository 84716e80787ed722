import { createAddressIndex } from "#binding/address-index.ts";
import { type Address, addressEquals } from "#ipv6/address.ts";
import { derivedKey } from "#linux/derived-keys.ts";

/** A mobility security association (RFC 4285 §5.1): what a mobile node and its home agent share. */
export interface MobilitySecurityAssociation {
  readonly homeAddress: Address;
  readonly spi: number;
  /** 16 octets. */
  readonly key: Uint8Array;
}

/** Consecutive home addresses whose keys are derived from one master key (`derivedKey`). */
export interface DerivedAssociations {
  readonly first: Address;
  readonly count: number;
  readonly spi: number;
  readonly masterKey: Uint8Array;
}

/** The mobile nodes that may register, found without allocation: unknown ones may come at line rate. */
export interface MobileNodeKeys {
  readonly size: number;
  has(homeAddress: Address): boolean;
  /** The association of this home address and SPI: the home address alone decides which key counts (RFC 6275 §10.3.1). */
  find(homeAddress: Address, spi: number): MobilitySecurityAssociation | undefined;
}

/** Octets of a key. */
const KEY_LENGTH = 16;

/** The last six octets of an address as a number. */
const lowOf = (value: Address): number => {
  let low = 0;
  for (let at = 10; at < 16; at++) low = low * 256 + (value[at] ?? 0);
  return low;
};

/** Which of the consecutive addresses from `first` on an address is; -1 for none. A range stays within the last six octets. */
export const placeInRange = (range: { readonly first: Address; readonly count: number }, value: Address): number => {
  for (let at = 0; at < 10; at++) if (value[at] !== range.first[at]) return -1;
  const place = lowOf(value) - lowOf(range.first);
  return place >= 0 && place < range.count ? place : -1;
};

/** Derives each key once, when it is first asked for: 17 octets a mobile node. */
const createDerivedKeys = (range: DerivedAssociations) => {
  const keys = new Uint8Array(KEY_LENGTH * range.count);
  const known = new Uint8Array(range.count);
  return {
    range,
    has: (homeAddress: Address) => placeInRange(range, homeAddress) >= 0,
    find: (homeAddress: Address): MobilitySecurityAssociation | undefined => {
      const place = placeInRange(range, homeAddress);
      if (place < 0) return undefined;
      const key = keys.subarray(KEY_LENGTH * place, KEY_LENGTH * (place + 1));
      if (known[place] === 0) {
        key.set(derivedKey(range.masterKey, homeAddress));
        known[place] = 1;
      }
      return { homeAddress, spi: range.spi, key };
    },
  };
};

/** No further association of the same home address. */
const NONE = -1;

/** Listed associations in a few large buffers, invisible to the garbage collector: some 50 octets each, with the index. */
const createListedKeys = (associations: readonly MobilitySecurityAssociation[], seed: number) => {
  const count = associations.length;
  const homeAddresses = new Uint8Array(16 * count);
  const keys = new Uint8Array(KEY_LENGTH * count);
  const spis = new Uint32Array(count);
  /** The next association of the same home address. */
  const next = new Int32Array(count).fill(NONE);
  const at = (slot: number): Address => homeAddresses.subarray(16 * slot, 16 * slot + 16);
  const index = createAddressIndex(
    { homeAddressAt: at, homeAddressEquals: (slot, homeAddress) => addressEquals(at(slot), homeAddress) },
    seed,
  );
  const placeOf = (homeAddress: Address, spi: number): number => {
    let place = index.find(homeAddress);
    while (place !== NONE && spis[place] !== spi) place = next[place] ?? NONE;
    return place;
  };
  for (const [slot, { homeAddress, spi, key }] of associations.entries()) {
    if (placeOf(homeAddress, spi) !== NONE) continue; // the first counts
    homeAddresses.set(homeAddress, 16 * slot);
    keys.set(key, KEY_LENGTH * slot);
    spis[slot] = spi;
    const first = index.find(homeAddress);
    if (first === NONE) index.insert(homeAddress, slot);
    else {
      next[slot] = next[first] ?? NONE;
      next[first] = slot;
    }
  }
  return {
    /** Mobile nodes. */
    size: index.size,
    has: (homeAddress: Address) => index.find(homeAddress) !== NONE,
    find: (homeAddress: Address, spi: number): MobilitySecurityAssociation | undefined => {
      const place = placeOf(homeAddress, spi);
      if (place === NONE) return undefined;
      return { homeAddress, spi, key: keys.subarray(KEY_LENGTH * place, KEY_LENGTH * (place + 1)) };
    },
  };
};

/**
 * @param seed 32 random bits
 * @param ranges mobile nodes with derived keys; one that is listed with the same SPI has its listed key
 */
export const createMobileNodeKeys = (
  associations: readonly MobilitySecurityAssociation[],
  seed: number,
  ranges: readonly DerivedAssociations[] = [],
): MobileNodeKeys => {
  const derived = ranges.map(createDerivedKeys);
  const listed = createListedKeys(associations, seed);
  return {
    get size() {
      return ranges.reduce((sum, { count }) => sum + count, listed.size);
    },
    has: (homeAddress) => listed.has(homeAddress) || derived.some((one) => one.has(homeAddress)),
    find: (homeAddress, spi) =>
      listed.find(homeAddress, spi) ??
      derived.find(({ range, has }) => range.spi === spi && has(homeAddress))?.find(homeAddress),
  };
};
