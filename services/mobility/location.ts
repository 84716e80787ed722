import { type Address, addressEquals, isUnicastRoutable, isUniqueLocal, type Prefix } from "#ipv6/address.ts";
import { type Advertisement, isHomeLink, prefixAround } from "./link.ts";

/** Where the mobile node is. */
export type Location =
  | { readonly kind: "nowhere" }
  | { readonly kind: "home"; readonly device: string }
  | {
      readonly kind: "foreign";
      readonly device: string;
      readonly careOfAddress: Address;
    };

type ForeignLocation = Extract<Location, { readonly kind: "foreign" }>;

/** The three types of movement (features S-7-01), or none: the link came back as it was, or the first one is home. */
export type Move = "HL to FL" | "FL to FL" | "FL to HL" | "none";

/** An address of a device, as far as care-of address selection looks at it. */
export interface DeviceAddress {
  readonly device: string;
  readonly address: Address;
  readonly tentative: boolean;
  /** Tentative, but the kernel answers for it (RFC 4429). */
  readonly optimistic: boolean;
  readonly duplicate: boolean;
  readonly deprecated: boolean;
}

/** All that the location follows from. */
export interface Surroundings {
  readonly homeAddress: Address;
  readonly homePrefix: Prefix;
  /** In order of preference. */
  readonly devices: readonly string[];
  /** Whether an optimistic address will do (RFC 4429). */
  readonly optimistic: boolean;
  readonly links: Readonly<Record<string, Advertisement>>;
  readonly addresses: readonly DeviceAddress[];
}

export const NOWHERE: Location = { kind: "nowhere" };

export const sameLocation = (a: Location, b: Location): boolean => {
  if (a.kind !== b.kind) return false;
  if (a.kind === "nowhere" || b.kind === "nowhere") return true;
  if (a.device !== b.device) return false;
  return a.kind === "home" || b.kind === "home" || addressEquals(a.careOfAddress, b.careOfAddress);
};

/**
 * The care-of address on a link: one with a prefix that the link's router advertises (RFC 6275 §11.5.4), neither
 * unique local (§4.6) nor deprecated (§11.5.3) if there is a choice, the present one before others.
 */
const careOfAddressOn = (
  surroundings: Surroundings,
  device: string,
  link: Advertisement,
  present: Location,
): ForeignLocation | undefined => {
  const usable = surroundings.addresses.filter(
    (a) =>
      a.device === device &&
      !a.duplicate &&
      (!a.tentative || (a.optimistic && surroundings.optimistic)) &&
      isUnicastRoutable(a.address) &&
      !addressEquals(a.address, surroundings.homeAddress) &&
      prefixAround(link, a.address) !== undefined,
  );
  const rank = (a: DeviceAddress): number =>
    (isUniqueLocal(a.address) ? 8 : 0) +
    (a.deprecated ? 4 : 0) +
    (present.kind === "foreign" && addressEquals(present.careOfAddress, a.address) ? 0 : 2) +
    (a.tentative ? 1 : 0);
  const best = usable.toSorted((a, b) => rank(a) - rank(b))[0];
  return best && { kind: "foreign", device, careOfAddress: best.address };
};

/**
 * Where the mobile node is now: at home if any device is, else where it was as long as that lasts, else on the first
 * device; where it has a unique local address alone only if no device has another (RFC 6275 §4.6).
 */
export const locate = (surroundings: Surroundings, present: Location): Location => {
  const attached = surroundings.devices.flatMap((device) => {
    const link = surroundings.links[device];
    return link === undefined ? [] : [{ device, link }];
  });
  const staying = present.kind === "nowhere" ? undefined : present.device;
  const ordered = attached.toSorted((a, b) => Number(b.device === staying) - Number(a.device === staying));
  const home = ordered.find(({ link }) => isHomeLink(link, surroundings.homePrefix));
  if (home !== undefined) return { kind: "home", device: home.device };
  const found = ordered.flatMap(({ device, link }) => careOfAddressOn(surroundings, device, link, present) ?? []);
  return found.find(({ careOfAddress }) => !isUniqueLocal(careOfAddress)) ?? found[0] ?? NOWHERE;
};

/**
 * The type of a movement.
 * @param last where the mobile node was before, `nowhere` left out; undefined at the start, which counts as at home
 */
export const moveBetween = (last: Location | undefined, next: Location): Move => {
  if (next.kind === "home") return last?.kind === "foreign" ? "FL to HL" : "none";
  if (next.kind === "nowhere") return "none";
  if (last?.kind !== "foreign") return "HL to FL";
  return sameLocation(last, next) ? "none" : "FL to FL";
};
