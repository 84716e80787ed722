import { describe, expect, it } from "vitest";
import { newOctets } from "./octets.ts";

describe("newOctets", () => {
  it("gives zero octets of the length asked for, none twice", () => {
    const given = Array.from({ length: 3000 }, (_, index) => newOctets((index % 97) + 1));
    for (const [index, octets] of given.entries()) {
      expect(octets.length).toBe((index % 97) + 1);
      expect(octets.every((each) => each === 0)).toBe(true);
      octets.fill(0xff);
    }
  });

  it("gives great arrays buffers of their own", () => {
    expect(newOctets(60_000).buffer.byteLength).toBe(60_000);
  });
});
