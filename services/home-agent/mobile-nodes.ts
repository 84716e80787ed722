import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import {
  type Address,
  addressEquals,
  addressKey,
  formatAddress,
  inPrefix,
  type Prefix,
  parseAddress,
  parsePrefix,
} from "#ipv6/address.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import type { InstanceConfig } from "./config-schema.ts";
import type { DerivedAssociations, MobileNodeList } from "./mobile-node-keys.ts";
import type { MobileNodeRange, MobileNodesEntry } from "./mobile-nodes-schema.ts";

/** Octets of a text of hexadecimal digits. */
export const octetsOf = (hex: string): Uint8Array => {
  const octets = new Uint8Array(hex.length >> 1);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return octets;
};

const lastOf = ({ first, count }: { readonly first: Address; readonly count: number }): Address | undefined => {
  const last = first.slice();
  let carry = count - 1;
  for (let at = 15; at >= 10; at--) {
    const sum = (last[at] ?? 0) + (carry % 256);
    last[at] = sum;
    carry = Math.floor(carry / 256) + (sum >> 8);
  }
  return carry === 0 ? last : undefined;
};

/** A range of derived keys, or what is wrong with it. */
const rangeOf = (
  entry: MobileNodeRange,
  homePrefix: Prefix,
): Result<DerivedAssociations, { readonly problem: string; readonly remedy: string }> => {
  const first = parseAddress(entry.homeAddresses.first);
  if (!first.ok) return failed({ problem: "is no IPv6 address", remedy: "give an address of the home link" });
  const range = { first: first.value, count: entry.homeAddresses.count };
  const last = lastOf(range);
  if (last === undefined)
    return failed({ problem: "the range goes beyond the last 48 bits", remedy: "begin lower, or lower count" });
  if (!inPrefix(first.value, homePrefix) || !inPrefix(last, homePrefix))
    return failed({
      problem: `the range ends at ${formatAddress(last)}, not all of it is in homeLink.prefix`,
      remedy: "give home addresses of the home link, or lower count",
    });
  return ok({ ...range, spi: entry.spi, masterKey: octetsOf(entry.masterKey) });
};

/** The home link as far as home addresses have to fit it. */
interface HomeLink {
  readonly prefix: Prefix;
  /** Names of the instances by the keys of their addresses. */
  readonly instances: ReadonlyMap<string, string>;
}

const homeLinkOf = (prefix: Prefix, instances: readonly InstanceConfig[]): HomeLink => ({
  prefix,
  instances: new Map(
    instances.flatMap(({ name, address }) => {
      const parsed = parseAddress(address);
      return parsed.ok ? [[addressKey(parsed.value), name]] : [];
    }),
  ),
});

/** What is wrong with the home address of a mobile node that is listed by itself; a range may go over such addresses. */
const homeAddressProblem = (
  homeAddress: Address,
  { prefix, instances }: HomeLink,
): { readonly problem: string; readonly remedy: string } | undefined => {
  if (!inPrefix(homeAddress, prefix))
    return { problem: "is not in homeLink.prefix", remedy: "give an address of the home link" };
  const remedy = "give another address of the home link";
  // RFC 4291 §2.6.1; where two hosts are on a link it is an address like others (RFC 6164).
  if (prefix.length < 127 && addressEquals(homeAddress, prefix.address))
    return { problem: "is the anycast address of the home link's routers", remedy };
  const instance = instances.get(addressKey(homeAddress));
  return instance === undefined ? undefined : { problem: `is the address of instance ${instance}`, remedy };
};

/**
 * Takes mobile nodes of a config into a list of keys.
 * @param config where they stand, for the places in problems
 * @param options.path of the list in `config`
 * @returns what is wrong with them; what is right is in the list all the same
 */
export const addMobileNodes = <T>(
  list: MobileNodeList,
  entries: readonly MobileNodesEntry[],
  config: Config<T>,
  options: {
    readonly path: readonly (string | number)[];
    readonly homePrefix: string;
    readonly instances: readonly InstanceConfig[];
  },
): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const prefix = parsePrefix(options.homePrefix);
  if (!prefix.ok) return problems; // the schema's format has refused it
  const homeLink = homeLinkOf(prefix.value, options.instances);
  for (const [at, entry] of entries.entries()) {
    const path = [...options.path, at];
    if ("homeAddresses" in entry) {
      const range = rangeOf(entry, homeLink.prefix);
      const place = [...path, "homeAddresses"];
      if (!range.ok) problems.push(config.problemAt(place, range.error.problem, range.error.remedy));
      else if (!list.addRange(range.value))
        problems.push(
          config.problemAt(
            place,
            "overlaps a range before it with the same SPI",
            "set them apart, or give another SPI",
          ),
        );
      continue;
    }
    const homeAddress = parseAddress(entry.homeAddress);
    if (!homeAddress.ok) continue; // as above
    const wrong = homeAddressProblem(homeAddress.value, homeLink);
    if (wrong !== undefined) problems.push(config.problemAt([...path, "homeAddress"], wrong.problem, wrong.remedy));
    if (!list.add({ homeAddress: homeAddress.value, spi: entry.spi, key: octetsOf(entry.key) }))
      problems.push(
        config.problemAt(
          [...path, "spi"],
          "this home address has this SPI already",
          "remove one, or give it another SPI",
        ),
      );
  }
  return problems;
};
