import { type Address, addressKey, formatAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { ForwardingChange, KernelError } from "#ports/kernel.ts";
import { after, type Instant, seconds } from "#wire/time.ts";
import type { InstanceLog } from "./instance-contract.ts";

/** What goes on being refused is told again so often. */
export const REFUSAL_PAUSE = seconds(3600);
/** Home addresses of which it is known that they were told; what is refused beside them is counted only. */
const LIMIT = 1_000;

/** Logs what the kernel refuses. It is asked for the same change again and again, and may refuse it each time. */
export interface Refusals {
  /** Tells a refused change of a home address: at first, and each hour while it lasts. */
  note(change: ForwardingChange, error: KernelError): void;
  /** The kernel took a change of it. */
  taken(homeAddress: Address): void;
}

export const createRefusals = (clock: Clock, log: Pick<InstanceLog, "warn">, limit = LIMIT): Refusals => {
  /** When the next one is told. */
  const due = new Map<string, Instant>();
  /** A mobile node that gave up is not heard of again; those that were told first stand first. */
  const forgetOld = (now: Instant): void => {
    for (const [key, next] of due) {
      if (next > now) return;
      due.delete(key);
    }
  };
  const isNews = (homeAddress: Address, now: Instant): boolean => {
    const key = addressKey(homeAddress);
    const next = due.get(key);
    if (next !== undefined && next > now) return false;
    due.delete(key);
    if (due.size >= limit) forgetOld(now);
    if (due.size >= limit) return false;
    due.set(key, after(now, REFUSAL_PAUSE));
    return true;
  };
  return {
    note: ({ homeAddress, kind }, error) => {
      if (!isNews(homeAddress, clock.now())) return;
      log.warn({ homeAddress: formatAddress(homeAddress), change: kind, error }, "kernel refused a forwarding change");
    },
    taken: (homeAddress) => {
      if (due.size > 0) due.delete(addressKey(homeAddress));
    },
  };
};
