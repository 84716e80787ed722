import { type Address, addressEquals, inPrefix, type MacAddress, type Prefix } from "#ipv6/address.ts";
import type { Instant, Milliseconds } from "#wire/time.ts";

/** One Prefix Information option of a Router Advertisement. */
export interface AdvertisedPrefix {
  readonly prefix: Prefix;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  /** As advertised; 0 ends the prefix. */
  readonly validLifetime: Milliseconds;
  /** `validLifetime` from when it was heard. */
  readonly validUntil: Instant;
  /** The router's own global address, when its R bit is set (RFC 6275 §7.2). */
  readonly routerAddress: Address | undefined;
}

/** A valid Router Advertisement as movement detection needs it. */
export interface Advertisement {
  /** Link-local source. */
  readonly router: Address;
  /** From the Source Link-Layer Address option. */
  readonly linkLayerAddress: MacAddress | undefined;
  /** Router Lifetime; 0 when it is no default router. */
  readonly lifetime: Milliseconds;
  readonly homeAgent: boolean;
  /** Longest time between two advertisements, where the router tells it (Advertisement Interval, RFC 6275 §7.3). */
  readonly interval?: Milliseconds;
  readonly prefixes: readonly AdvertisedPrefix[];
}

const samePrefix = (a: Prefix, b: Prefix): boolean => a.length === b.length && addressEquals(a.address, b.address);

/** Whether two routers advertise a prefix in common: then they are on one link (RFC 6275 §11.5.1). */
export const shareLink = (a: Advertisement, b: Advertisement): boolean =>
  a.prefixes.some((p) => b.prefixes.some((q) => samePrefix(p.prefix, q.prefix)));

/** Whether both come from one router; a link-local address alone does not tell, other links may have it too. */
export const sameRouter = (a: Advertisement, b: Advertisement): boolean =>
  addressEquals(a.router, b.router) &&
  (a.linkLayerAddress === undefined ||
    b.linkLayerAddress === undefined ||
    a.linkLayerAddress.every((octet, i) => octet === b.linkLayerAddress?.[i]));

/** Whether a link is the home link: the home prefix is among the on-link prefixes (RFC 6275 §11.5.2). */
export const isHomeLink = (advertisement: Advertisement, homePrefix: Prefix): boolean =>
  advertisement.prefixes.some((p) => p.onLink && p.validLifetime > 0 && samePrefix(p.prefix, homePrefix));

/** The advertised prefix that an address lies in. */
export const prefixAround = (advertisement: Advertisement, address: Address): AdvertisedPrefix | undefined =>
  advertisement.prefixes.find((p) => (p.onLink || p.autonomous) && p.validLifetime > 0 && inPrefix(address, p.prefix));

/** What is known of a router after one more advertisement of its: prefixes are added up, those of lifetime 0 end. */
export const mergeAdvertisement = (known: Advertisement, next: Advertisement): Advertisement => ({
  ...next,
  linkLayerAddress: next.linkLayerAddress ?? known.linkLayerAddress,
  prefixes: [
    ...next.prefixes.filter((p) => p.validLifetime > 0),
    ...known.prefixes.filter((p) => !next.prefixes.some((q) => samePrefix(p.prefix, q.prefix))),
  ].slice(0, MAX_PREFIXES),
});

/** Prefixes that are remembered of one router; a flood of advertisements cannot take more memory. */
const MAX_PREFIXES = 64;
