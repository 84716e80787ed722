import { type BindingUpdateListEntry, newEntry } from "#binding/binding-update-list.ts";
import { UNSPECIFIED } from "#ipv6/address.ts";
import { type Instant, instantOf, type Milliseconds, millis } from "#wire/time.ts";

/** What a mobile node does, as the update region of the Binding Update List machine has it (`#binding`). */
export const PHASE = { idle: 0, held: 1, awaiting: 2, registered: 3, refused: 4, barred: 5 } as const;

/** Why a Binding Update is sent. */
export const REASON = { registration: 0, refresh: 1, move: 2, deregistration: 3 } as const;
export type Reason = (typeof REASON)[keyof typeof REASON];

/**
 * The Binding Update Lists of all mobile nodes, one entry each, as columns: about 110 octets a node and no object. `entry`
 * takes a row out for the pure rules of `#binding/binding-update-list.ts`, `keep` puts it back.
 */
export interface CrowdTable {
  readonly count: number;
  readonly phase: Uint8Array;
  readonly reason: Uint8Array;
  /** Which of its care-of addresses a node has (`AddressPlan`). */
  readonly place: Uint32Array;
  /** When the exchange under way began. */
  readonly startedAt: Float64Array;
  /** 1: the exchange under way has been counted as unanswered. */
  readonly overdue: Uint8Array;
  /** 1: its lifetime ended without an answer, and has been counted. */
  readonly lapsed: Uint8Array;
  /** 1: it shall de-register, or has. */
  readonly returning: Uint8Array;
  /** Timestamp of the last Binding Update (RFC 4285 §6), high and low half. */
  readonly timestampHigh: Uint32Array;
  readonly timestampLow: Uint32Array;
  /** Instant at which the acknowledged lifetime ends; 0 without one. */
  readonly acknowledgedUntil: Float64Array;
  readonly sequence: Uint16Array;
  entry(node: number): BindingUpdateListEntry;
  keep(node: number, entry: BindingUpdateListEntry): void;
}

const HOME = UNSPECIFIED;
/** The rules only ask whether care-of and home address are the same. */
const AWAY = new Uint8Array(16).fill(1);
const SENT = 3;

const defined = (value: number): Instant | undefined => (value === 0 ? undefined : instantOf(value));

export const createCrowdTable = (
  count: number,
  options: { readonly lifetime: () => Milliseconds; readonly firstTimeout: Milliseconds },
): CrowdTable => {
  const phase = new Uint8Array(count);
  const sequence = new Uint16Array(count);
  const returning = new Uint8Array(count);
  const acknowledgedUntil = new Float64Array(count);
  const expiresAt = new Float64Array(count);
  const sentAt = new Float64Array(SENT * count);
  const timeout = new Uint32Array(count);
  const attempts = new Uint8Array(count);
  const corrections = new Uint8Array(count);
  const lifetime = new Uint32Array(count);
  const lastStatus = new Uint8Array(count);
  const blank = newEntry({
    peer: UNSPECIFIED,
    homeAddress: HOME,
    wantedLifetime: millis(0),
    sequence: 0,
    firstTimeout: options.firstTimeout,
  });
  return {
    count,
    phase,
    sequence,
    returning,
    acknowledgedUntil,
    reason: new Uint8Array(count),
    place: new Uint32Array(count),
    startedAt: new Float64Array(count),
    overdue: new Uint8Array(count),
    lapsed: new Uint8Array(count),
    timestampHigh: new Uint32Array(count),
    timestampLow: new Uint32Array(count),
    entry: (node) => {
      const sent: Instant[] = [];
      for (let at = SENT * node; at < SENT * (node + 1); at++) {
        const value = sentAt[at] ?? 0;
        if (value !== 0) sent.push(instantOf(value));
      }
      return {
        ...blank,
        wantedLifetime: options.lifetime(),
        careOfAddress: returning[node] === 1 ? HOME : AWAY,
        lifetime: millis(lifetime[node] ?? 0),
        sequence: sequence[node] ?? 0,
        sentAt: sent,
        timeout: millis(timeout[node] ?? 0),
        attempts: attempts[node] ?? 0,
        expiresAt: defined(expiresAt[node] ?? 0),
        acknowledgedUntil: defined(acknowledgedUntil[node] ?? 0),
        corrections: corrections[node] ?? 0,
        lastStatus: lastStatus[node] ?? 0,
      };
    },
    keep: (node, entry) => {
      sequence[node] = entry.sequence;
      lifetime[node] = entry.lifetime;
      for (let at = 0; at < SENT; at++) sentAt[SENT * node + at] = entry.sentAt[at] ?? 0;
      timeout[node] = entry.timeout;
      attempts[node] = Math.min(255, entry.attempts);
      expiresAt[node] = entry.expiresAt ?? 0;
      acknowledgedUntil[node] = entry.acknowledgedUntil ?? 0;
      corrections[node] = entry.corrections;
      lastStatus[node] = entry.lastStatus ?? 0;
    },
  };
};
