import type { Milliseconds } from "#wire/time.ts";
import type { AcknowledgementReceived, History, UpdateSent } from "./history.ts";

/** A Binding Update and what became of it. */
export interface Update {
  readonly sent: UpdateSent;
  /** The first Binding Acknowledgement to it. */
  answer: AcknowledgementReceived | undefined;
}

/** All Binding Updates of one home address, in the order of their sending. */
export interface Registrations {
  readonly homeAddress: string;
  readonly updates: readonly Update[];
  /** Places in `updates` of those that were accepted, in the order in which their acknowledgements came; each newer than those before. */
  readonly accepted: readonly number[];
}

/** Accepted: status below 128 (RFC 6275 §6.1.8). */
export const isAccepted = (update: Update): boolean => update.answer !== undefined && update.answer.status < 128;

/**
 * What a copy of an update may be told that was accepted before: not home agent for this mobile node, sequence number out of window
 * (RFC 6275 §6.1.8), MIPV6-ID-MISMATCH (RFC 4285).
 */
const TOLD_TO_COPIES: readonly number[] = [133, 135, 144];

/** Refused, as its mobile node knew by then: it is not to take effect any more. */
export const isRefused = ({ answer }: Update, by: Milliseconds): boolean =>
  answer !== undefined && answer.status >= 128 && answer.at <= by && !TOLD_TO_COPIES.includes(answer.status);

/** Lasts: not a de-registration. */
export const isRegistration = ({ sent }: Update): boolean => sent.careOfAddress !== undefined && sent.lifetime > 0;

/** Binding Updates and their answers, by home address. */
export const registrationsOf = (history: History): ReadonlyMap<string, Registrations> => {
  const found = new Map<string, { homeAddress: string; updates: Update[]; accepted: number[] }>();
  const waiting = new Map<string, Map<number, number>>();
  for (const event of history) {
    if (event.type === "update.sent") {
      const { homeAddress } = event;
      let own = found.get(homeAddress);
      if (own === undefined) {
        own = { homeAddress, updates: [], accepted: [] };
        found.set(homeAddress, own);
        waiting.set(homeAddress, new Map());
      }
      waiting.get(homeAddress)?.set(event.sequence, own.updates.length);
      own.updates.push({ sent: event, answer: undefined });
    } else if (event.type === "acknowledgement.received") {
      const own = found.get(event.homeAddress);
      const at = waiting.get(event.homeAddress)?.get(event.sequence);
      const update = at === undefined ? undefined : own?.updates[at];
      if (own === undefined || at === undefined || update === undefined) continue;
      // One that was refused may have been a copy.
      if (update.answer !== undefined && (isAccepted(update) || event.status >= 128)) continue;
      update.answer = event;
      // An answer that was overtaken by that to a newer one changes nothing any more.
      if (isAccepted(update) && at > (own.accepted.at(-1) ?? -1)) own.accepted.push(at);
    }
  }
  return found;
};

/**
 * The newest Binding Update whose acceptance its mobile node knew before `at`: from then on nothing older holds.
 * @returns its place in `updates`, -1 when there is none
 */
export const acceptedBefore = ({ updates, accepted }: Registrations, at: Milliseconds): number => {
  let low = 0;
  let high = accepted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const place = accepted[middle] ?? 0;
    if ((updates[place]?.answer?.at ?? at) < at) low = middle + 1;
    else high = middle;
  }
  return accepted[low - 1] ?? -1;
};

/** When the lifetime of what an update asked for is over at the latest: counted from its acknowledgement, or from its sending where none came. */
export const endOfLifetime = ({ sent, answer }: Update): Milliseconds =>
  // Sums of milliseconds are milliseconds.
  (answer !== undefined && answer.status < 128
    ? answer.at + Math.max(answer.lifetime, 0)
    : sent.at + sent.lifetime) as Milliseconds;
