import type { Address } from "#ipv6/address.ts";

/** Where the index finds the address of a slot; the index itself stores slots only. */
export interface AddressStore {
  homeAddressAt(slot: number): Address;
  homeAddressEquals(slot: number, homeAddress: Address): boolean;
}

/** Slot of each address: open addressing with linear probing over an Int32Array, 4 octets a place, at most half full. */
export interface AddressIndex {
  readonly size: number;
  /** Octets of memory held. */
  readonly octets: number;
  /** @returns the slot, or -1 */
  find(homeAddress: Address): number;
  /** The address must not be in the index yet. */
  insert(homeAddress: Address, slot: number): void;
  /** @returns whether it was there */
  remove(homeAddress: Address): boolean;
  /** All slots, in no order; not to be changed meanwhile. */
  slots(): Iterable<number>;
}

const SMALLEST = 64;

/** Hash of the 16 octets (murmur3 finalizer over four words). The seed keeps strangers from choosing colliding addresses. */
const hashOf = (value: Address, seed: number): number => {
  let hash = seed | 0;
  for (let i = 0; i < 16; i += 4) {
    const word =
      (value[i] ?? 0) | ((value[i + 1] ?? 0) << 8) | ((value[i + 2] ?? 0) << 16) | ((value[i + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, 0xcc9e2d51);
    hash = Math.imul((hash << 15) | (hash >>> 17), 0x1b873593);
    hash ^= hash >>> 13;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return hash ^ (hash >>> 13);
};

/**
 * @param store holds the addresses of the slots
 * @param seed 32 random bits
 */
export const createAddressIndex = (store: AddressStore, seed: number): AddressIndex => {
  let places = new Int32Array(SMALLEST).fill(-1);
  let mask = SMALLEST - 1;
  let size = 0;
  const homeOf = (slot: number) => hashOf(store.homeAddressAt(slot), seed) & mask;
  const placeOf = (homeAddress: Address): number => {
    let at = hashOf(homeAddress, seed) & mask;
    for (;;) {
      const slot = places[at] ?? -1;
      if (slot < 0) return -1;
      if (store.homeAddressEquals(slot, homeAddress)) return at;
      at = (at + 1) & mask;
    }
  };
  const put = (at: number, slot: number) => {
    let place = at;
    while ((places[place] ?? -1) >= 0) place = (place + 1) & mask;
    places[place] = slot;
  };
  const grow = () => {
    const old = places;
    places = new Int32Array(old.length * 2).fill(-1);
    mask = places.length - 1;
    for (const slot of old) if (slot >= 0) put(homeOf(slot), slot);
  };
  return {
    get size() {
      return size;
    },
    get octets() {
      return places.byteLength;
    },
    find: (homeAddress) => {
      const at = placeOf(homeAddress);
      return at < 0 ? -1 : (places[at] ?? -1);
    },
    insert: (homeAddress, slot) => {
      if ((size + 1) * 2 > places.length) grow();
      put(hashOf(homeAddress, seed) & mask, slot);
      size++;
    },
    remove: (homeAddress) => {
      let hole = placeOf(homeAddress);
      if (hole < 0) return false;
      // Backward shift: later entries of the same run move up, so that no tombstones slow down look-ups.
      for (let at = (hole + 1) & mask; ; at = (at + 1) & mask) {
        const slot = places[at] ?? -1;
        if (slot < 0) break;
        const home = homeOf(slot);
        const staysBehindHole = ((at - home) & mask) < ((at - hole) & mask);
        if (staysBehindHole) continue;
        places[hole] = slot;
        hole = at;
      }
      places[hole] = -1;
      size--;
      return true;
    },
    *slots() {
      for (const slot of places) if (slot >= 0) yield slot;
    },
  };
};
