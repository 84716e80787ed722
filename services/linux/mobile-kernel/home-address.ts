import { type Address, addressEquals, inPrefix, isLinkLocal, type Prefix, prefixOf } from "#ipv6/address.ts";
import { type DeviceAddress, listAddresses, removeAddress } from "#linux/kernel/devices.ts";
import { TABLE } from "#linux/kernel/mark.ts";
import { deleteRule, listRules, type RuleSpec, replaceRules } from "#linux/kernel/rules.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { RT_TABLE } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";

/** Priorities of the rules of a mobile node away from home (features.md S-4-06). */
const FROM_HOME_ADDRESS = 1001;
const ON_LINK = 1002;
const LINK_LOCAL: Prefix = prefixOf(new Uint8Array([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 64);

const ownRules = async (session: KernelSession): Promise<Result<readonly RuleSpec[], KernelError>> => {
  const rules = await listRules(session);
  return rules.ok
    ? ok(rules.value.filter(({ priority }) => priority === FROM_HOME_ADDRESS || priority === ON_LINK))
    : rules;
};

/**
 * The rules by which what leaves from the home address takes the tunnel, and what is on the link does not. A program that
 * leaves the choice of its source address to the kernel gets the home address, also from a kernel without MIP6, which
 * does not know home addresses (RFC 6275 §11.3.1, RFC 6724 §5 rule 4).
 */
export const setAwayRules = async (
  session: KernelSession,
  homeAddress: Address,
  onLink: Prefix,
): Promise<Result<void, KernelError>> => {
  const wanted: readonly RuleSpec[] = [
    {
      priority: FROM_HOME_ADDRESS,
      source: { address: homeAddress, length: 128 },
      choosesSource: true,
      table: TABLE.REVERSE_TUNNEL,
    },
    { priority: ON_LINK, source: LINK_LOCAL, table: RT_TABLE.MAIN },
    { priority: ON_LINK, source: onLink, table: RT_TABLE.MAIN },
  ];
  return replaceRules(session, wanted);
};

/** Takes the rules of a mobile node away from home back. */
export const removeAwayRules = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const present = await ownRules(session);
  return present.ok ? session.all(present.value.map((spec) => deleteRule(spec))) : present;
};

/** The prefix that is on-link where a care-of address is: that of the address, /64 when it is not there (yet). */
export const onLinkPrefix = (addresses: readonly DeviceAddress[], index: number, careOfAddress: Address): Prefix => {
  const found = addresses.find(
    (candidate) => candidate.index === index && addressEquals(candidate.address, careOfAddress),
  );
  const length = found === undefined || found.prefixLength === 128 ? 64 : found.prefixLength;
  return prefixOf(careOfAddress, length);
};

/** Removes an address from every device but one (none left out: from all). */
export const removeElsewhere = async (
  session: KernelSession,
  address: Address,
  exceptIndex: number | undefined,
): Promise<Result<void, KernelError>> => {
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const there = addresses.value.filter((found) => addressEquals(found.address, address) && found.index !== exceptIndex);
  return session.all(there.map((found) => removeAddress(found.index, found.address, found.prefixLength)));
};

/** Addresses of a device that lie in a prefix, link-local ones never. */
export const addressesIn = (
  addresses: readonly DeviceAddress[],
  index: number,
  prefix: Prefix,
): readonly DeviceAddress[] =>
  addresses.filter((found) => found.index === index && !isLinkLocal(found.address) && inPrefix(found.address, prefix));
