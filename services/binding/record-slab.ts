import type { Address } from "#ipv6/address.ts";
import { instantOf, millis } from "#wire/time.ts";
import type { BindingRecord } from "./record.ts";

/*
 * Layout of one record, host-endian, 88 octets. Offsets of what is read without the rest are named.
 *   0 home address    16 care-of address   32 programmed care-of address (what the kernel was last told)
 *  48 expiresAt f64   56 epoch f64         64 replay timestamp u64
 *  72 revision u32    76 lifetime u32 (milliseconds)    80 spi u32
 *  84 sequence u16    86 flags u16
 */
const RECORD_OCTETS = 88;
const CARE_OF = 16;
const PROGRAMMED = 32;
const CHUNK_BITS = 12;
const CHUNK_RECORDS = 1 << CHUNK_BITS;

/** One 4,096-record piece of the slab. `state` stands apart so that scanning states touches no record. */
interface Chunk {
  readonly octets: Uint8Array;
  readonly view: DataView;
  /** Octet a record: state number; 0x80 is set while the kernel holds `programmed`. */
  readonly states: Uint8Array;
}

const newChunk = (): Chunk => {
  const buffer = new ArrayBuffer(RECORD_OCTETS * CHUNK_RECORDS);
  return {
    octets: new Uint8Array(buffer),
    view: new DataView(buffer),
    states: new Uint8Array(CHUNK_RECORDS),
  };
};

/** The last octets differ most often. */
const holds = (octets: Uint8Array, at: number, address: Address): boolean => {
  for (let i = 15; i >= 0; i--) if (octets[at + i] !== address[i]) return false;
  return true;
};

/**
 * Fixed records of bindings in a few large buffers, invisible to the garbage collector (DESIGN §3). A slot is a
 * small number; slots are handed out again after `release`.
 */
export interface RecordSlab {
  /** Slots handed out and not released. */
  readonly used: number;
  /** All slots that were ever handed out are below it. */
  readonly extent: number;
  /** Octets of memory held. */
  readonly octets: number;
  /** @returns a slot whose octets are all zero */
  allocate(): number;
  release(slot: number): void;
  /** @returns the record as it is now; never changed afterwards */
  read(slot: number): BindingRecord;
  write(slot: number, record: BindingRecord): void;
  /** The home address, as a view: valid until the slot is released. */
  homeAddressAt(slot: number): Address;
  homeAddressEquals(slot: number, homeAddress: Address): boolean;
  stateAt(slot: number): number;
  setState(slot: number, state: number): void;
  flagsAt(slot: number): number;
  /** Care-of address that the kernel was last told, or undefined while it forwards nothing. */
  programmedAt(slot: number): Address | undefined;
  /** Whether the kernel was last told this care-of address. */
  isProgrammed(slot: number, careOfAddress: Address): boolean;
  setProgrammed(slot: number, careOfAddress: Address | undefined): void;
}

export const createRecordSlab = (): RecordSlab => {
  const chunks: Chunk[] = [];
  const free: number[] = [];
  let next = 0;
  /** What was read last: one event asks for the same record several times. */
  let newest: { readonly slot: number; readonly record: BindingRecord } | undefined;
  const chunkOf = (slot: number): Chunk => {
    const chunk = chunks[slot >> CHUNK_BITS];
    if (chunk === undefined) throw new RangeError(`slot ${slot} was never handed out`);
    return chunk;
  };
  const offsetOf = (slot: number) => (slot & (CHUNK_RECORDS - 1)) * RECORD_OCTETS;
  const stateOctet = (slot: number) => chunkOf(slot).states[slot & (CHUNK_RECORDS - 1)] ?? 0;
  return {
    get used() {
      return next - free.length;
    },
    get extent() {
      return next;
    },
    get octets() {
      return chunks.length * CHUNK_RECORDS * (RECORD_OCTETS + 1);
    },
    allocate: () => {
      const reused = free.pop();
      if (reused !== undefined) return reused;
      if (next >> CHUNK_BITS === chunks.length) chunks.push(newChunk());
      return next++;
    },
    release: (slot) => {
      newest = undefined;
      const chunk = chunkOf(slot);
      const at = offsetOf(slot);
      chunk.octets.fill(0, at, at + RECORD_OCTETS);
      chunk.states[slot & (CHUNK_RECORDS - 1)] = 0;
      free.push(slot);
    },
    read: (slot) => {
      if (newest?.slot === slot) return newest.record;
      const { octets, view } = chunkOf(slot);
      const at = offsetOf(slot);
      const record = {
        homeAddress: octets.slice(at, at + 16),
        careOfAddress: octets.slice(at + CARE_OF, at + CARE_OF + 16),
        expiresAt: instantOf(view.getFloat64(at + 48, true)),
        epoch: view.getFloat64(at + 56, true),
        replayTimestamp: view.getBigUint64(at + 64, true),
        revision: view.getUint32(at + 72, true),
        lifetime: millis(view.getUint32(at + 76, true)),
        spi: view.getUint32(at + 80, true),
        sequence: view.getUint16(at + 84, true),
        flags: view.getUint16(at + 86, true),
      };
      newest = { slot, record };
      return record;
    },
    write: (slot, record) => {
      newest = undefined;
      const { octets, view } = chunkOf(slot);
      const at = offsetOf(slot);
      octets.set(record.homeAddress, at);
      octets.set(record.careOfAddress, at + CARE_OF);
      view.setFloat64(at + 48, record.expiresAt, true);
      view.setFloat64(at + 56, record.epoch, true);
      view.setBigUint64(at + 64, record.replayTimestamp, true);
      view.setUint32(at + 72, record.revision, true);
      view.setUint32(at + 76, record.lifetime, true);
      view.setUint32(at + 80, record.spi, true);
      view.setUint16(at + 84, record.sequence, true);
      view.setUint16(at + 86, record.flags, true);
    },
    homeAddressAt: (slot) => {
      const at = offsetOf(slot);
      return chunkOf(slot).octets.subarray(at, at + 16);
    },
    homeAddressEquals: (slot, homeAddress) => holds(chunkOf(slot).octets, offsetOf(slot), homeAddress),
    stateAt: (slot) => stateOctet(slot) & 0x7f,
    setState: (slot, state) => {
      chunkOf(slot).states[slot & (CHUNK_RECORDS - 1)] = (stateOctet(slot) & 0x80) | state;
    },
    flagsAt: (slot) => chunkOf(slot).view.getUint16(offsetOf(slot) + 86, true),
    programmedAt: (slot) => {
      if ((stateOctet(slot) & 0x80) === 0) return undefined;
      const at = offsetOf(slot) + PROGRAMMED;
      return chunkOf(slot).octets.slice(at, at + 16);
    },
    isProgrammed: (slot, careOfAddress) =>
      (stateOctet(slot) & 0x80) !== 0 && holds(chunkOf(slot).octets, offsetOf(slot) + PROGRAMMED, careOfAddress),
    setProgrammed: (slot, careOfAddress) => {
      const chunk = chunkOf(slot);
      const state = stateOctet(slot) & 0x7f;
      chunk.states[slot & (CHUNK_RECORDS - 1)] = careOfAddress === undefined ? state : state | 0x80;
      if (careOfAddress !== undefined) chunk.octets.set(careOfAddress, offsetOf(slot) + PROGRAMMED);
    },
  };
};
