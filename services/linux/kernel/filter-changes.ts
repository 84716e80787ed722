import { type Address, addressEquals, addressKey } from "#ipv6/address.ts";
import type { ForwardingChange, ForwardingEntry, KernelError } from "#ports/kernel.ts";
import type { Result } from "#wire/result.ts";
import type { FilterEntry } from "./source-filter.ts";

/** All in one transaction; when that is refused, each alone, so that one bad element does not stop the others. */
export const inBulk = async (
  entries: readonly FilterEntry[],
  change: (entries: readonly FilterEntry[]) => Promise<Result<void, KernelError>>,
): Promise<readonly Result<void, KernelError>[]> => {
  if (entries.length === 0) return [];
  const together = await change(entries);
  if (together.ok || entries.length === 1) return entries.map(() => together);
  const results: Result<void, KernelError>[] = [];
  for (const entry of entries) results.push(await change([entry]));
  return results;
};

/** Key of a home address with a care-of address. */
export const pairKey = (homeAddress: Address, careOfAddress: Address): string =>
  addressKey(homeAddress) + addressKey(careOfAddress);

/**
 * Names the care-of address that each change replaces or removes as the kernel has it, where whoever asks does not say
 * or is wrong: its element would be left.
 */
export const withKnown = (
  changes: readonly ForwardingChange[],
  entries: readonly ForwardingEntry[],
): readonly ForwardingChange[] => {
  const known = new Map<string, Address>();
  for (const { homeAddress, careOfAddress } of entries) known.set(addressKey(homeAddress), careOfAddress);
  return changes.map((change) => {
    const key = addressKey(change.homeAddress);
    const before = known.get(key);
    if (change.kind === "remove") known.delete(key);
    else known.set(key, change.careOfAddress);
    if (before === undefined) return change;
    return change.kind === "remove" ? { ...change, careOfAddress: before } : { ...change, previous: before };
  });
};

/** Elements that nobody needs after these changes, and those that somebody does. */
export const elementsOf = (homeAgentAddress: Address, changes: readonly ForwardingChange[]) => {
  const add = new Map<string, FilterEntry>();
  const remove = new Map<string, FilterEntry>();
  const final = new Map<string, string | undefined>();
  for (const change of changes) {
    const { homeAddress, careOfAddress } = change;
    const key = pairKey(homeAddress, careOfAddress);
    const entry = (address: Address): FilterEntry => ({
      homeAddress,
      careOfAddress: address,
      homeAgentAddress,
    });
    if (change.kind === "set") {
      add.set(key, entry(careOfAddress));
      final.set(addressKey(homeAddress), key);
      if (change.previous !== undefined && !addressEquals(change.previous, careOfAddress))
        remove.set(pairKey(homeAddress, change.previous), entry(change.previous));
    } else {
      remove.set(key, entry(careOfAddress));
      final.set(addressKey(homeAddress), undefined);
    }
  }
  const kept = new Set(final.values());
  return { add, remove: [...remove].flatMap(([key, entry]) => (kept.has(key) ? [] : [entry])) };
};
