import type { Address } from "#ipv6/address.ts";
import type { Instant, Milliseconds } from "#wire/time.ts";

/** Version of a record: greater (epoch, revision) is newer. */
export interface RecordVersion {
  /** Epoch of the owner that wrote it; only grows. */
  readonly epoch: number;
  /** Counts the owner's changes of this binding, from 1. */
  readonly revision: number;
}

/**
 * One home registration of a Binding Cache (RFC 6275 §9.1) as it is stored, replicated and adopted.
 * A record with `lifetime` 0 is a tombstone: the binding ended, its sequence number and replay timestamp are kept.
 */
export interface BindingRecord extends RecordVersion {
  readonly homeAddress: Address;
  /** For a tombstone: the last one. */
  readonly careOfAddress: Address;
  /** Last accepted Sequence Number, modulo 2^16. */
  readonly sequence: number;
  /** Granted lifetime, a multiple of 4 s; 0 for a tombstone. */
  readonly lifetime: Milliseconds;
  /** End of the lifetime on this node's boot-time clock. */
  readonly expiresAt: Instant;
  /** Bits A, H, L, K, R of the last Binding Update as they stand in its flags field (0x8000 is A). */
  readonly flags: number;
  /** Last accepted RFC 4285 replay timestamp (NTP format, 64 bits), 0n without. */
  readonly replayTimestamp: bigint;
  /** Security parameter index of the key that authenticated it, 0 without. */
  readonly spi: number;
}

/** Whether `a` is newer than `b`. */
export const isNewer = (a: RecordVersion, b: RecordVersion): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.revision > b.revision);
