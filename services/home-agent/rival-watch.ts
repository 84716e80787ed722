import { type Address, addressEquals, addressKey, formatAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import { type Instant, type Milliseconds, seconds } from "#wire/time.ts";
import type { Counters } from "./counters.ts";
import type { InstanceLog } from "./instance-contract.ts";

/** Changes of care-of address that follow each other faster than this are one series. */
const QUICKLY: Milliseconds = seconds(30);
/** So many changes straight back in one series are no mobile node that moves. */
const TO_AND_FRO = 3;
/** The same home address is told again after this time at the earliest. */
const TOLD_AGAIN: Milliseconds = seconds(60);
/** Home addresses that are watched; the one that was quiet longest goes first. */
const CAPACITY = 1024;

/**
 * Notices two mobile nodes that have the same home address and key, such as a cloned config: each fresh update is
 * right, so the last one wins, and the binding goes to and fro between two care-of addresses.
 */
export interface RivalWatch {
  /** A registered mobile node goes from one care-of address to another. */
  note(homeAddress: Address, from: Address, to: Address): void;
}

export const createRivalWatch = (
  clock: Clock,
  { counters, log }: { readonly counters: Counters; readonly log: InstanceLog },
): RivalWatch => {
  const tell = (homeAddress: Address, careOfAddresses: readonly [Address, Address]): void => {
    counters.rivalRegistrations++;
    log.warn(
      { homeAddress: formatAddress(homeAddress), careOfAddresses: careOfAddresses.map(formatAddress) },
      "two mobile nodes may have this home address and its key: its care-of address goes to and fro",
    );
  };
  const series = new Map<
    string,
    { readonly before: Address; readonly at: Instant; back: number; told: Instant | undefined }
  >();
  return {
    note: (homeAddress, from, to) => {
      if (addressEquals(from, to)) return;
      const key = addressKey(homeAddress);
      const now = clock.now();
      const known = series.get(key);
      const goesBack = known !== undefined && now - known.at < QUICKLY && addressEquals(known.before, to);
      const next = { before: from, at: now, back: goesBack ? known.back + 1 : 0, told: known?.told };
      if (next.back >= TO_AND_FRO && (next.told === undefined || now - next.told >= TOLD_AGAIN)) {
        next.told = now;
        tell(homeAddress, [from, to]);
      }
      series.delete(key);
      series.set(key, next);
      if (series.size > CAPACITY)
        for (const [oldest] of series) {
          series.delete(oldest);
          break;
        }
    },
  };
};
