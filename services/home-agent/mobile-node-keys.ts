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
const placeInRange = (range: { readonly first: Address; readonly count: number }, value: Address): number => {
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
/** Associations of a page. Pages are added and never copied, so that a long list takes no more than it needs. */
const PAGE_BITS = 12;
const PAGE = 1 << PAGE_BITS;

interface Page {
  readonly homeAddresses: Uint8Array;
  readonly keys: Uint8Array;
  readonly spis: Uint32Array;
  /** The next association of the same home address. */
  readonly next: Int32Array;
  /** The list that it stands in. */
  readonly lists: Uint8Array;
}

const createPage = (): Page => ({
  homeAddresses: new Uint8Array(16 * PAGE),
  keys: new Uint8Array(KEY_LENGTH * PAGE),
  spis: new Uint32Array(PAGE),
  next: new Int32Array(PAGE).fill(NONE),
  lists: new Uint8Array(PAGE),
});

const NO_PAGE = createPage();

/** Listed associations in buffers that the garbage collector does not look into: 41 octets each, and some 10 for the index. */
const createListedKeys = (seed: number) => {
  const pages: Page[] = [];
  let count = 0;
  const pageOf = (slot: number): Page => pages[slot >> PAGE_BITS] ?? NO_PAGE;
  const spiAt = (slot: number): number => pageOf(slot).spis[slot % PAGE] ?? 0;
  const nextOf = (slot: number): number => pageOf(slot).next[slot % PAGE] ?? NONE;
  const listAt = (slot: number): number => pageOf(slot).lists[slot % PAGE] ?? 0;
  const at = (slot: number): Address => {
    const start = 16 * (slot % PAGE);
    return pageOf(slot).homeAddresses.subarray(start, start + 16);
  };
  const index = createAddressIndex(
    { homeAddressAt: at, homeAddressEquals: (slot, homeAddress) => addressEquals(at(slot), homeAddress) },
    seed,
  );
  const placeOf = (homeAddress: Address, spi: number): number => {
    let place = index.find(homeAddress);
    while (place !== NONE && spiAt(place) !== spi) place = nextOf(place);
    return place;
  };
  return {
    /** Mobile nodes. */
    get size() {
      return index.size;
    },
    /** @returns false where the same list has this home address with this SPI already; of two lists the first counts */
    add: ({ homeAddress, spi, key }: MobilitySecurityAssociation, list: number): boolean => {
      const known = placeOf(homeAddress, spi);
      if (known !== NONE) return listAt(known) !== list;
      const slot = count++;
      const place = slot % PAGE;
      if (place === 0) pages.push(createPage());
      const page = pageOf(slot);
      page.homeAddresses.set(homeAddress, 16 * place);
      page.keys.set(key, KEY_LENGTH * place);
      page.spis[place] = spi;
      page.lists[place] = list;
      const first = index.find(homeAddress);
      if (first === NONE) index.insert(homeAddress, slot);
      else {
        page.next[place] = nextOf(first);
        pageOf(first).next[first % PAGE] = slot;
      }
      return true;
    },
    has: (homeAddress: Address) => index.find(homeAddress) !== NONE,
    find: (homeAddress: Address, spi: number): MobilitySecurityAssociation | undefined => {
      const slot = placeOf(homeAddress, spi);
      if (slot === NONE) return undefined;
      const start = KEY_LENGTH * (slot % PAGE);
      return { homeAddress, spi, key: pageOf(slot).keys.subarray(start, start + KEY_LENGTH) };
    },
  };
};

/** A list of mobile nodes on its way into the store. */
export interface MobileNodeList {
  /** @returns false where this list has the same home address and SPI already */
  add(association: MobilitySecurityAssociation): boolean;
  /** @returns false where a range before it in this list has one of its home addresses and its SPI */
  addRange(range: DerivedAssociations): boolean;
}

/** Keys that are still being read. */
export interface MobileNodeKeyStore extends MobileNodeKeys {
  /** Begins one more list, of 255 at most. What a list before it has counts. */
  openList(): MobileNodeList;
}

const overlap = (a: DerivedAssociations, b: DerivedAssociations): boolean =>
  a.spi === b.spi && (placeInRange(a, b.first) >= 0 || placeInRange(b, a.first) >= 0);

/** @param seed 32 random bits */
export const createMobileNodeKeyStore = (seed: number): MobileNodeKeyStore => {
  const derived: ReturnType<typeof createDerivedKeys>[] = [];
  const listed = createListedKeys(seed);
  let lists = 0;
  return {
    get size() {
      return derived.reduce((sum, { range }) => sum + range.count, listed.size);
    },
    // What is listed by itself has its listed key.
    has: (homeAddress) => listed.has(homeAddress) || derived.some((one) => one.has(homeAddress)),
    find: (homeAddress, spi) =>
      listed.find(homeAddress, spi) ??
      derived.find(({ range, has }) => range.spi === spi && has(homeAddress))?.find(homeAddress),
    openList: () => {
      const number = ++lists;
      const ranges: DerivedAssociations[] = [];
      return {
        add: (association) => listed.add(association, number),
        addRange: (range) => {
          if (ranges.some((other) => overlap(other, range))) return false;
          ranges.push(range);
          derived.push(createDerivedKeys(range));
          return true;
        },
      };
    },
  };
};

/**
 * The keys of one list.
 * @param seed 32 random bits
 * @param ranges mobile nodes with derived keys; one that is listed with the same SPI has its listed key
 */
export const createMobileNodeKeys = (
  associations: Iterable<MobilitySecurityAssociation>,
  seed: number,
  ranges: readonly DerivedAssociations[] = [],
): MobileNodeKeys => {
  const store = createMobileNodeKeyStore(seed);
  const list = store.openList();
  for (const association of associations) list.add(association);
  for (const range of ranges) list.addRange(range);
  return store;
};
