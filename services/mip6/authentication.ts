import type { Address } from "#ipv6/address.ts";
import type { Digests } from "./digests.ts";
import type { MobilityOption, OptionOf } from "./options/mobility-option.ts";
import type { Finish } from "./packet.ts";
import { AUTHENTICATOR_LENGTH } from "./return-routability.ts";

/** Key and addresses that an authenticator covers. */
export interface AuthenticationScope {
  /** RFC 4285: the key of mobile node and home agent; RFC 6275: Kbm. */
  readonly key: Uint8Array;
  /** Care-of address of the binding: of the option or the source, and where an acknowledgement goes. For deletion at a correspondent: the home address. */
  readonly careOfAddress: Address;
  /** RFC 4285: the home address; RFC 6275: the correspondent node's address. */
  readonly other: Address;
}

/** Octets of a MN-HA authentication option from its type to its SPI: type, length, subtype, SPI. */
const TO_SPI = 7;
/** Octets of Binding Authorization Data before the authenticator: type, length. */
const TO_AUTHENTICATOR = 2;
/** Option type of RFC 4285 §5. */
const MOBILITY_MESSAGE_AUTHENTICATION = 9;
const ZERO = new Uint8Array(AUTHENTICATOR_LENGTH);
const NO_CHECKSUM = new Uint8Array(2);

/** HMAC over addresses and Mobility Header up to `covered`, its checksum taken as 0, cut to 96 bits. */
const authenticate = (digests: Digests, scope: AuthenticationScope, mobility: Uint8Array, covered: number) =>
  digests
    .hmacSha1(
      scope.key,
      scope.careOfAddress,
      scope.other,
      mobility.subarray(0, 4),
      NO_CHECKSUM,
      mobility.subarray(6, covered),
    )
    .subarray(0, AUTHENTICATOR_LENGTH);

/** Compares in time that depends on the length alone. */
const isSame = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
};

/** Whether the octets at `at` are an option of the type, for authentication options of subtype 1 (mobile node and home agent). */
const isSought = (mobility: Uint8Array, at: number, type: number): boolean =>
  mobility[at] === type && (type !== MOBILITY_MESSAGE_AUTHENTICATION || mobility[at + 2] === 1);

/**
 * Where the last option of a type begins in a whole Mobility Header whose options begin at `from`. Tells -1 without
 * one, or when anything but padding and other authentication options follows: the authenticator would not cover it,
 * so it has to be the last one (RFC 4285 §5.1, RFC 6275 §6.2.7).
 */
const optionAt = (mobility: Uint8Array, from: number, type: number): number => {
  let found = -1;
  for (let at = from; at < mobility.length; ) {
    const current = mobility[at] ?? 0;
    if (isSought(mobility, at, type)) found = at;
    else if (current > 1 && current !== MOBILITY_MESSAGE_AUTHENTICATION) found = -1;
    at += current === 0 ? 1 : 2 + (mobility[at + 1] ?? 0);
  }
  return found;
};

/** Options of Binding Update and Binding Acknowledgement begin here (RFC 6275 §6.1.7, §6.1.8). */
const OPTIONS_AT = 12;

/**
 * The last option of a message that is to be authenticated, its authenticator still zero: put it at the end of the
 * list and give `fillMobileNodeHomeAgent` to `encodeMobilityPacket` (RFC 4285 §5.1).
 */
export const makeMobileNodeHomeAgentOption = (spi: number): OptionOf<9> => ({
  type: 9,
  subtype: 1,
  spi,
  authenticator: ZERO,
});

/** As `makeMobileNodeHomeAgentOption`, for Binding Authorization Data (RFC 6275 §6.2.7). */
export const makeBindingAuthorizationData = (): OptionOf<5> => ({ type: 5, authenticator: ZERO });

const fill =
  (digests: Digests, scope: AuthenticationScope, type: number, before: number): Finish =>
  (mobility) => {
    const at = optionAt(mobility, OPTIONS_AT, type);
    if (at >= 0) mobility.set(authenticate(digests, scope, mobility, at + before), at + before);
  };

/** Fills in the MN-HA authenticator of a Binding Update or Acknowledgement (RFC 4285 §5.1). */
export const fillMobileNodeHomeAgent = (digests: Digests, scope: AuthenticationScope): Finish =>
  fill(digests, scope, 9, TO_SPI);

/** Fills in the authenticator of Binding Authorization Data (RFC 6275 §6.2.7). */
export const fillBindingAuthorization = (digests: Digests, scope: AuthenticationScope): Finish =>
  fill(digests, scope, 5, TO_AUTHENTICATOR);

/** The MN-HA authentication option of a message, the one that `verifyMobileNodeHomeAgent` looks at; undefined without one. */
export const mobileNodeHomeAgentOption = (options: readonly MobilityOption[]): OptionOf<9> | undefined => {
  let found: OptionOf<9> | undefined;
  for (const each of options) if (each.type === 9 && each.subtype === 1) found = each;
  return found;
};

const verify = (digests: Digests, scope: AuthenticationScope, mobility: Uint8Array, type: number, before: number) => {
  const at = optionAt(mobility, OPTIONS_AT, type);
  if (at < 0) return false;
  const start = at + before;
  const authenticator = mobility.subarray(start, at + 2 + (mobility[at + 1] ?? 0));
  return isSame(authenticator, authenticate(digests, scope, mobility, start));
};

/**
 * Whether the MN-HA authenticator of a received Binding Update or Acknowledgement is right (RFC 4285 §5.1).
 * @param mobility `mobilityBytes` of the decoded packet
 */
export const verifyMobileNodeHomeAgent = (
  digests: Digests,
  scope: AuthenticationScope,
  mobility: Uint8Array,
): boolean => verify(digests, scope, mobility, 9, TO_SPI);

/** Whether the Binding Authorization Data of a received message is right (RFC 6275 §6.2.7). */
export const verifyBindingAuthorization = (
  digests: Digests,
  scope: AuthenticationScope,
  mobility: Uint8Array,
): boolean => verify(digests, scope, mobility, 5, TO_AUTHENTICATOR);
