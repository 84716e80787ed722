import { type Address, addressKey } from "#ipv6/address.ts";
import { after, type Instant, seconds } from "#wire/time.ts";

/** What goes on being refused is told again so often. */
export const REFUSAL_PAUSE = seconds(3600);
/** Home addresses of which it is known that they were told; what is refused beside them is counted only. */
const LIMIT = 1_000;

/** Which refusals of the kernel are news: it is asked for the same change again and again, and may refuse it each time. */
export interface Refusals {
  /** Whether a refused change of this home address is to be told: at first, and each hour while it lasts. */
  isNews(homeAddress: Address, now: Instant): boolean;
  /** The kernel took a change of it. */
  taken(homeAddress: Address): void;
}

export const createRefusals = (limit = LIMIT): Refusals => {
  /** When the next one is told. */
  const due = new Map<string, Instant>();
  /** A mobile node that gave up is not heard of again; those that were told first stand first. */
  const forgetOld = (now: Instant): void => {
    for (const [key, next] of due) {
      if (next > now) return;
      due.delete(key);
    }
  };
  return {
    isNews: (homeAddress, now) => {
      const key = addressKey(homeAddress);
      const next = due.get(key);
      if (next !== undefined && next > now) return false;
      due.delete(key);
      if (due.size >= limit) forgetOld(now);
      if (due.size >= limit) return false;
      due.set(key, after(now, REFUSAL_PAUSE));
      return true;
    },
    taken: (homeAddress) => {
      if (due.size > 0) due.delete(addressKey(homeAddress));
    },
  };
};
