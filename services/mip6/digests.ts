/** Hash functions that the authenticators of RFC 6275 §6.2.7 and RFC 4285 need; given to pure code as an argument. */
export interface Digests {
  /** SHA1 over the parts in order, 20 octets. */
  sha1(...parts: readonly Uint8Array[]): Uint8Array;
  /** HMAC_SHA1 over the parts in order, 20 octets (RFC 2104). */
  hmacSha1(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array;
}
