import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createDigests } from "./digests.ts";

const digests = createDigests();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

it("gives the digests of RFC 3174 §7.3", () => {
  expect(hex(digests.sha1(text("abc")))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
  expect(hex(digests.sha1(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")))).toBe(
    "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
  );
});

it("gives the authentication codes of RFC 2202 §3", () => {
  expect(hex(digests.hmacSha1(new Uint8Array(20).fill(0x0b), text("Hi There")))).toBe(
    "b617318655057264e28bc0b6fb378c8ef146be00",
  );
  expect(hex(digests.hmacSha1(text("Jefe"), text("what do ya want "), text("for nothing?")))).toBe(
    "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
  );
  const longKey = new Uint8Array(80).fill(0xaa);
  expect(hex(digests.hmacSha1(longKey, text("Test Using Larger Than Block-Size Key - Hash Key First")))).toBe(
    "aa4ae5e15272d00e95705637ce8a3b55ed402112",
  );
});

it("agrees with OpenSSL on any key and message, in any parts", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.array(fc.uint8Array({ maxLength: 200 })), (key, parts) => {
      const whole = Buffer.concat(parts);
      expect(hex(digests.sha1(...parts))).toBe(createHash("sha1").update(whole).digest("hex"));
      const expected = createHmac("sha1", key).update(whole).digest("hex");
      expect(hex(digests.hmacSha1(key, ...parts))).toBe(expected);
      expect(hex(digests.hmacSha1(key, ...parts))).toBe(expected);
    }),
  );
});

it("takes messages longer than any packet", () => {
  const long = new Uint8Array(100_000).map((_, index) => index);
  expect(hex(digests.sha1(long))).toBe(createHash("sha1").update(long).digest("hex"));
});
