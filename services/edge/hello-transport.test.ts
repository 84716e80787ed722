import { describe, expect, it } from "vitest";
import { seal, unseal } from "./hello-transport.ts";

const KEY = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const message = new TextEncoder().encode("hello");

describe("hello datagrams", () => {
  it("are taken only with the cluster's key", () => {
    expect(unseal(KEY, seal(KEY, message))).toEqual(message);
    expect(unseal(OTHER, seal(KEY, message))).toBeUndefined();
  });

  it("are refused when any octet was changed, or when they are cut", () => {
    const whole = seal(KEY, message);
    for (let at = 0; at < whole.length; at++) {
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(unseal(KEY, changed)).toBeUndefined();
      expect(unseal(KEY, whole.subarray(0, at))).toBeUndefined();
    }
  });
});
