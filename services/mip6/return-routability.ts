import type { Address } from "#ipv6/address.ts";
import type { Digests } from "./digests.ts";

/** Octets of a keygen token (RFC 6275 §5.2.5). */
const TOKEN_LENGTH = 8;
/** Octets of an authenticator: 96 bits (RFC 6275 §6.2.7, RFC 4285 §5.1). */
export const AUTHENTICATOR_LENGTH = 12;

const HOME = new Uint8Array([0]);
const CARE_OF = new Uint8Array([1]);

/** Home keygen token: First(64, HMAC_SHA1(Kcn, home address | nonce | 0)) (RFC 6275 §5.2.5). */
export const homeKeygenToken = (
  digests: Digests,
  kcn: Uint8Array,
  from: { readonly homeAddress: Address; readonly nonce: Uint8Array },
): Uint8Array => digests.hmacSha1(kcn, from.homeAddress, from.nonce, HOME).subarray(0, TOKEN_LENGTH);

/** Care-of keygen token: First(64, HMAC_SHA1(Kcn, care-of address | nonce | 1)) (RFC 6275 §5.2.5). */
export const careOfKeygenToken = (
  digests: Digests,
  kcn: Uint8Array,
  from: { readonly careOfAddress: Address; readonly nonce: Uint8Array },
): Uint8Array => digests.hmacSha1(kcn, from.careOfAddress, from.nonce, CARE_OF).subarray(0, TOKEN_LENGTH);

/** Binding management key for a registration: SHA1(home token | care-of token), 20 octets (RFC 6275 §5.2.5). */
export const registrationKey = (digests: Digests, homeToken: Uint8Array, careOfToken: Uint8Array): Uint8Array =>
  digests.sha1(homeToken, careOfToken);

/** Binding management key for a deletion: SHA1(home token), 20 octets (RFC 6275 §5.2.5). */
export const deletionKey = (digests: Digests, homeToken: Uint8Array): Uint8Array => digests.sha1(homeToken);
