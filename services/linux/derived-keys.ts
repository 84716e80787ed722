import { createHmac } from "node:crypto";
import type { Address } from "#ipv6/address.ts";

/** Octets of a mobile node's key (RFC 4285 §5.1 leaves it open; ours have 128 bits). */
const KEY_LENGTH = 16;

/**
 * The key of a mobile node that is derived instead of listed: the first 16 octets of HMAC-SHA256(master key, home address),
 * the home address as its 16 octets in network order.
 */
export const derivedKey = (masterKey: Uint8Array, homeAddress: Address): Uint8Array =>
  new Uint8Array(createHmac("sha256", masterKey).update(homeAddress).digest().subarray(0, KEY_LENGTH));
