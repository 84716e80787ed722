import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksumOf, foldSum, sumWords } from "./checksum.ts";

/** The definition of RFC 1071 §1, word by word with end-around carry. */
const reference = (bytes: Uint8Array): number => {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
};

describe("Internet checksum", () => {
  it("is that of the example in RFC 1071 §3", () => {
    const bytes = new Uint8Array([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]);
    expect(foldSum(sumWords(bytes, 0, 8))).toBe(0xddf2);
    expect(checksumOf(sumWords(bytes, 0, 8))).toBe(0x220d);
  });

  it("agrees with the definition for octets of any number", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(foldSum(sumWords(bytes, 0, bytes.length)) % 0xffff).toBe(reference(bytes) % 0xffff);
      }),
    );
  });

  it("makes a sum of 0xffff with its own checksum in place", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 2, maxLength: 200 }), (bytes) => {
        const whole = new Uint8Array([...bytes, ...(bytes.length % 2 === 0 ? [] : [0]), 0, 0]);
        const checksum = checksumOf(sumWords(whole, 0, whole.length));
        whole.set([checksum >> 8, checksum & 0xff], whole.length - 2);
        expect(foldSum(sumWords(whole, 0, whole.length))).toBe(0xffff);
      }),
    );
  });

  it("holds the sum of the greatest packet", () => {
    const greatest = new Uint8Array(65_575).fill(0xff);
    expect(foldSum(sumWords(greatest, 0, 65_574))).toBe(0xffff);
  });

  it("sums the part asked for alone", () => {
    const bytes = new Uint8Array([9, 9, 0x12, 0x34, 0x56, 9]);
    expect(sumWords(bytes, 2, 5)).toBe(0x1234 + 0x5600);
  });
});
