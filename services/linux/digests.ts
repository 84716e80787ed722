import { hash } from "node:crypto";
import type { Digests } from "#mip6/digests.ts";

/** Block and output of SHA1 in octets (RFC 2104 §2). */
const BLOCK = 64;
const OUTPUT = 20;

// One-shot hashes with text output: half the time of a JavaScript SHA1 and two fifths of an `Hmac` object for the
// hundred octets of a Mobility Header.
const sha1Into = (target: Uint8Array, at: number, input: Uint8Array): void => {
  const text = hash("sha1", input, "latin1");
  for (let i = 0; i < OUTPUT; i++) target[at + i] = text.charCodeAt(i);
};

/** Copies the parts behind the first `at` octets of `buffer`, or of a greater one when they do not fit. */
const gather = (buffer: Uint8Array, at: number, parts: readonly Uint8Array[]): Uint8Array => {
  let length = at;
  for (const part of parts) length += part.length;
  const whole = length > buffer.length ? new Uint8Array(length) : buffer.subarray(0, length);
  let offset = at;
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) whole[offset + i] = part[i] ?? 0;
    offset += part.length;
  }
  return whole;
};

/** SHA1 and HMAC_SHA1 (RFC 2104) of Node's OpenSSL. */
export const createDigests = (): Digests => {
  const inner = new Uint8Array(2048);
  const outer = new Uint8Array(BLOCK + OUTPUT);

  const sha1 = (...parts: readonly Uint8Array[]): Uint8Array => {
    const digest = new Uint8Array(OUTPUT);
    sha1Into(digest, 0, gather(inner, 0, parts));
    return digest;
  };

  const hmacSha1 = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array => {
    const block = key.length > BLOCK ? sha1(key) : key;
    const input = gather(inner, BLOCK, parts);
    for (let i = 0; i < BLOCK; i++) {
      const octet = i < block.length ? (block[i] ?? 0) : 0;
      input[i] = octet ^ 0x36;
      outer[i] = octet ^ 0x5c;
    }
    sha1Into(outer, BLOCK, input);
    const digest = new Uint8Array(OUTPUT);
    sha1Into(digest, 0, outer);
    return digest;
  };

  return { sha1, hmacSha1 };
};
