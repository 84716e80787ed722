import { type Address, addressEquals } from "#ipv6/address.ts";
import { after, between, type Instant, type Milliseconds, millis, seconds } from "#wire/time.ts";

/** First retransmission timeout while the home agent has no binding of ours (RFC 6275 §13), by default. */
const INITIAL_BINDACK_TIMEOUT_FIRST_REG = millis(1500);
/** First retransmission timeout otherwise (RFC 6275 §12). */
const INITIAL_BINDACK_TIMEOUT = seconds(1);
/** Longest retransmission timeout (RFC 6275 §12). */
export const MAX_BINDACK_TIMEOUT = seconds(32);
/** Binding Updates to one peer within a second (RFC 6275 §12). */
const MAX_UPDATE_RATE = 3;
/** Answers 135 or 144 in a row that are corrected at once; after that the ordinary back-off goes on. */
const CORRECTIONS_AT_ONCE = 3;
/** Part of the granted lifetime after which it is extended: room for at least two retransmissions from 16 s on. */
const REFRESH_AT = 0.75;

/** One entry of the Binding Update List (RFC 6275 §11.1), for a home agent. */
export interface BindingUpdateListEntry {
  readonly peer: Address;
  readonly homeAddress: Address;
  /** The one in the last Binding Update; the home address itself in a de-registration. */
  readonly careOfAddress: Address;
  /** Lifetime to ask for, a multiple of 4 s. */
  readonly wantedLifetime: Milliseconds;
  /** Lifetime in the last Binding Update; 0 in a de-registration. */
  readonly lifetime: Milliseconds;
  /** Greatest Sequence Number sent. */
  readonly sequence: number;
  /** When the last Binding Updates were sent, oldest first, at most MAX_UPDATE_RATE. */
  readonly sentAt: readonly Instant[];
  /** First timeout when there is no binding (InitialBindackTimeoutFirstReg). */
  readonly firstTimeout: Milliseconds;
  /** Present retransmission timeout. */
  readonly timeout: Milliseconds;
  /** Binding Updates sent since the last answer. */
  readonly attempts: number;
  /** End of the lifetime that the last Binding Update may have got, if the home agent took it. */
  readonly expiresAt: Instant | undefined;
  /** End of the lifetime that a Binding Acknowledgement granted. */
  readonly acknowledgedUntil: Instant | undefined;
  /** How long the binding region's timer runs from its last event. */
  readonly bindingDelay: Milliseconds;
  /** From the acknowledgement to the next refresh. */
  readonly refreshDelay: Milliseconds;
  /** How long the rate limit holds a Binding Update back. */
  readonly holdDelay: Milliseconds;
  readonly corrections: number;
  readonly lastStatus: number | undefined;
  readonly lastStatusAt: Instant | undefined;
}

/** What a new entry is made from. */
export interface BindingUpdateListInput {
  readonly peer: Address;
  readonly homeAddress: Address;
  readonly wantedLifetime: Milliseconds;
  /** Random start of the Sequence Number, 0 to 65535. */
  readonly sequence: number;
  readonly firstTimeout?: Milliseconds;
}

/** A Binding Acknowledgement from the entry's peer, authentic (RFC 6275 §11.7.3). */
export interface Acknowledgement {
  readonly status: number;
  readonly sequence: number;
  readonly lifetime: Milliseconds;
  /** Refresh Interval of a Binding Refresh Advice option. */
  readonly refreshAdvice?: Milliseconds;
  readonly at: Instant;
}

/** What an acknowledgement means for the entry. */
export type AcknowledgementVerdict =
  | "registered"
  | "deregistered"
  /** Status 135 or 144: send again at once with the right sequence number or time. */
  | "correctable"
  /** Status 134: this home address is not used again while it may be another node's (RFC 6275 §11.7.1). */
  | "duplicate-address"
  /** Status 146: the home agent shares the key and finds the update wrong; no more of them (RFC 4285 §5.3). */
  | "authentication-failed"
  | "refused"
  | "ignored";

/** The entry before its first Binding Update. */
export const newEntry = (input: BindingUpdateListInput): BindingUpdateListEntry => ({
  peer: input.peer,
  homeAddress: input.homeAddress,
  careOfAddress: input.homeAddress,
  wantedLifetime: input.wantedLifetime,
  lifetime: millis(0),
  sequence: input.sequence & 0xffff,
  sentAt: [],
  firstTimeout: input.firstTimeout ?? INITIAL_BINDACK_TIMEOUT_FIRST_REG,
  timeout: INITIAL_BINDACK_TIMEOUT,
  attempts: 0,
  expiresAt: undefined,
  acknowledgedUntil: undefined,
  bindingDelay: millis(0),
  refreshDelay: millis(0),
  holdDelay: millis(0),
  corrections: 0,
  lastStatus: undefined,
  lastStatusAt: undefined,
});

/**
 * The lifetime for a Binding Update: the wanted one, or the multiple of 4 s within what the care-of address has left of
 * its own; never 0, which would end the binding (RFC 6275 §11.7.1).
 * @param validUntil end of the care-of address's valid lifetime; undefined when it is not known
 */
export const lifetimeToAsk = (wanted: Milliseconds, validUntil: Instant | undefined, at: Instant): Milliseconds => {
  const unit = seconds(4);
  const valid = validUntil === undefined ? wanted : between(at, validUntil);
  return valid >= wanted ? wanted : millis(Math.max(Math.min(unit, wanted), Math.floor(valid / unit) * unit));
};

/** Whether the last Binding Update asked the home agent to end the binding. */
export const isDeregistering = (entry: BindingUpdateListEntry): boolean =>
  addressEquals(entry.careOfAddress, entry.homeAddress);

/** The back-off doubles up to MAX_BINDACK_TIMEOUT and stays there (RFC 6275 §11.8). */
export const backOff = (timeout: Milliseconds): Milliseconds => millis(Math.min(timeout * 2, MAX_BINDACK_TIMEOUT));

/** First timeout: longer without a binding, so that the home agent can complete duplicate address detection (RFC 6275 §11.8). */
export const initialTimeout = (entry: BindingUpdateListEntry): Milliseconds =>
  entry.acknowledgedUntil === undefined && !isDeregistering(entry) ? entry.firstTimeout : INITIAL_BINDACK_TIMEOUT;

/** How long to wait so that not more than MAX_UPDATE_RATE Binding Updates leave within a second (RFC 6275 §11.8). */
export const holdDelay = (entry: BindingUpdateListEntry, at: Instant): Milliseconds => {
  const oldest = entry.sentAt[0];
  if (oldest === undefined || entry.sentAt.length < MAX_UPDATE_RATE) return millis(0);
  return millis(Math.max(0, between(at, after(oldest, seconds(1)))));
};

/** Note that a Binding Update left: its lifetime counts from here, should the home agent take it (RFC 6275 §11.1). */
export const noteSent = (
  entry: BindingUpdateListEntry,
  { at, lifetime }: { readonly at: Instant; readonly lifetime: Milliseconds },
): BindingUpdateListEntry => ({
  ...entry,
  lifetime,
  sentAt: [...entry.sentAt, at].slice(-MAX_UPDATE_RATE),
  ...(isDeregistering(entry) ? {} : { expiresAt: after(at, lifetime), bindingDelay: lifetime }),
});

/**
 * What is left of the lifetime at the acknowledgement: max(L_remain - (L_update - L_ack), 0) (RFC 6275 §11.7.3),
 * counted from the sending of the Binding Update.
 */
const remainingLifetime = (entry: BindingUpdateListEntry, granted: Milliseconds, at: Instant): Milliseconds => {
  const sent = entry.sentAt.at(-1) ?? at;
  return millis(Math.max(0, Math.min(granted, entry.lifetime) - between(sent, at)));
};

/** When to refresh, from now: well before the end, or as the home agent advises when that is sooner (RFC 6275 §11.7.1, §11.7.3). */
const refreshDelay = (remaining: Milliseconds, advice: Milliseconds | undefined): Milliseconds => {
  const own = remaining * REFRESH_AT;
  return millis(advice !== undefined && advice > 0 && advice < remaining ? Math.min(own, advice) : own);
};

/** What an authentic acknowledgement means for the entry that awaits one (RFC 6275 §11.7.3, RFC 4285 §6). */
export const verdictOf = (entry: BindingUpdateListEntry, ack: Acknowledgement): AcknowledgementVerdict => {
  const matches = ack.sequence === entry.sequence;
  if (ack.status === 135 || (ack.status === 144 && matches))
    return entry.corrections < CORRECTIONS_AT_ONCE ? "correctable" : "ignored";
  if (!matches) return "ignored";
  if (ack.status === 146) return "authentication-failed";
  // "Not home agent for this mobile node" (133) to a de-registration: there is no binding to end.
  if (isDeregistering(entry)) return ack.status < 128 || ack.status === 133 ? "deregistered" : "refused";
  // A lifetime of 0 with success grants nothing: ask again later, as after a refusal.
  if (ack.status < 128) return ack.lifetime > 0 ? "registered" : "refused";
  return ack.status === 134 ? "duplicate-address" : "refused";
};

/** The entry after an acknowledgement with this verdict. */
export const noteAcknowledged = (entry: BindingUpdateListEntry, ack: Acknowledgement): BindingUpdateListEntry => {
  const told = { ...entry, lastStatus: ack.status, lastStatusAt: ack.at };
  const ended = { expiresAt: undefined, acknowledgedUntil: undefined, corrections: 0, attempts: 0 };
  switch (verdictOf(entry, ack)) {
    case "registered": {
      const remaining = remainingLifetime(entry, ack.lifetime, ack.at);
      return {
        ...told,
        expiresAt: after(ack.at, remaining),
        acknowledgedUntil: after(ack.at, remaining),
        bindingDelay: remaining,
        refreshDelay: refreshDelay(remaining, ack.refreshAdvice),
        corrections: 0,
        attempts: 0,
      };
    }
    case "deregistered":
      return { ...told, ...ended };
    case "correctable":
      return {
        ...told,
        corrections: entry.corrections + 1,
        // The BA carries the last accepted number; the next Binding Update takes the one after it (RFC 6275 §11.7.1).
        sequence: ack.status === 135 ? ack.sequence : entry.sequence,
        holdDelay: holdDelay(entry, ack.at),
      };
    case "duplicate-address":
      return { ...told, ...ended };
    case "authentication-failed":
      // The refused Binding Update prolongs nothing.
      return { ...told, expiresAt: entry.acknowledgedUntil, corrections: 0, attempts: 0 };
    case "refused":
      return { ...told, corrections: 0, attempts: 0 };
    case "ignored":
      return entry;
  }
};
