import type { BindingRecord } from "#binding/record.ts";
import { addDigest, recordDigest, subtractDigest } from "#binding/record-digest.ts";

/** Digests of so many past sequences are remembered, so that nodes that are not equally far can compare. */
const HISTORY = 8_192;

/**
 * What this node has followed of an instance's stream, beside what its Binding Cache makes of it: for each slot the sequence
 * and digest of its last record, and the sum of all. An update costs the same however many bindings there are.
 */
export interface Ledger {
  /** Sequence of the last record followed. */
  readonly sequence: number;
  /** Sum of the digests of all bindings. */
  readonly digest: number;
  readonly bindings: number;
  /** The stream has this record of the slot's home address at `sequence`. */
  note(slot: number, record: BindingRecord, sequence: number): void;
  /** The stream has no record of the slot's home address. */
  forget(slot: number): void;
  /** Sequence of the slot's record in the stream, 0 for none. */
  sequenceOf(slot: number): number;
  /** Counts what was noted; by it what was followed since a moment is known, also when the stream has lost its tail. */
  readonly stamp: number;
  /** The count when the slot was noted last. */
  stampOf(slot: number): number;
  /** Whether the stream is known to have this record of the slot. */
  holds(slot: number, record: BindingRecord): boolean;
  /** The digest when `sequence` had just been followed; undefined when it was never or is forgotten. */
  at(sequence: number): number | undefined;
}

export const createLedger = (): Ledger => {
  let sequences = new Float64Array(1024);
  let digests = new Float64Array(1024);
  let stamps = new Float64Array(1024);
  let stamp = 0;
  const pastSequences = new Float64Array(HISTORY);
  const pastDigests = new Float64Array(HISTORY);
  let sequence = 0;
  let digest = 0;
  let bindings = 0;

  const grow = (slot: number): void => {
    if (slot < sequences.length) return;
    const size = 2 ** Math.ceil(Math.log2(slot + 1));
    const larger = (values: Float64Array<ArrayBuffer>) => {
      const copy = new Float64Array(size);
      copy.set(values);
      return copy;
    };
    sequences = larger(sequences);
    digests = larger(digests);
    stamps = larger(stamps);
  };

  const put = (slot: number, own: number, at: number): void => {
    const before = digests[slot] ?? 0;
    digest = addDigest(subtractDigest(digest, before), own);
    bindings += Number(own !== 0) - Number(before !== 0);
    digests[slot] = own;
    sequences[slot] = at;
    stamps[slot] = ++stamp;
  };

  return {
    get sequence() {
      return sequence;
    },
    get digest() {
      return digest;
    },
    get bindings() {
      return bindings;
    },
    note: (slot, record, at) => {
      grow(slot);
      put(slot, recordDigest(record), at);
      sequence = at;
      pastSequences[at % HISTORY] = at;
      pastDigests[at % HISTORY] = digest;
    },
    forget: (slot) => {
      if (slot < sequences.length) put(slot, 0, 0);
    },
    get stamp() {
      return stamp;
    },
    stampOf: (slot) => stamps[slot] ?? 0,
    sequenceOf: (slot) => sequences[slot] ?? 0,
    holds: (slot, record) => (sequences[slot] ?? 0) > 0 && digests[slot] === recordDigest(record),
    at: (past) => (past > 0 && pastSequences[past % HISTORY] === past ? pastDigests[past % HISTORY] : undefined),
  };
};
