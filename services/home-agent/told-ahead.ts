import { type BindingRecord, isNewer, type RecordVersion } from "#binding/record.ts";
import { type Address, addressEquals } from "#ipv6/address.ts";

/**
 * What the owner, another node, has told of bindings before this node's stream says so: care-of addresses that are
 * forwarded to before their commit, and committed records (DESIGN §4.5). An older record that the stream still brings must not
 * take them back.
 */
export interface ToldAhead {
  /** Notes what was told; nothing when something newer was. `careOfAddress` is undefined for a binding that ended. @returns whether it counts */
  note(
    slot: number,
    told: { readonly homeAddress: Address; readonly careOfAddress?: Address } & RecordVersion,
  ): boolean;
  /** Where the kernel has to forward to, if that is newer than what `record` says. */
  careOfAddress(slot: number, record: BindingRecord): Address | undefined;
  /** A record of the stream came. @returns whether it is older than what was told */
  outdates(slot: number, record: BindingRecord): boolean;
  /** Forgets everything. @returns home addresses of what was told */
  clear(): readonly Address[];
}

type Told = { readonly homeAddress: Address; readonly careOfAddress?: Address } & RecordVersion;

/** At most `limit` bindings are remembered; the oldest go first, and follow the stream again. */
export const createToldAhead = (limit: number): ToldAhead => {
  const told = new Map<number, Told>();
  const find = (slot: number, homeAddress: Address): Told | undefined => {
    const known = told.get(slot);
    return known !== undefined && addressEquals(known.homeAddress, homeAddress) ? known : undefined;
  };
  return {
    note: (slot, next) => {
      const known = find(slot, next.homeAddress);
      if (known !== undefined && isNewer(known, next)) return false;
      told.delete(slot);
      told.set(slot, next);
      for (const oldest of told.keys()) {
        if (told.size <= limit) break;
        told.delete(oldest);
      }
      return true;
    },
    careOfAddress: (slot, record) => {
      const known = find(slot, record.homeAddress);
      return known !== undefined && isNewer(known, record) ? known.careOfAddress : undefined;
    },
    outdates: (slot, record) => {
      const known = find(slot, record.homeAddress);
      if (known === undefined) return false;
      if (isNewer(known, record)) return true;
      told.delete(slot);
      return false;
    },
    clear: () => {
      const homeAddresses = [...told.values()].map(({ homeAddress }) => homeAddress);
      told.clear();
      return homeAddresses;
    },
  };
};
