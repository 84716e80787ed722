import { randomFillSync } from "node:crypto";
import type { Random } from "#ports/random.ts";

/** Cryptographic random octets of the operating system. */
export const createRandom = (): Random => {
  const word = new Uint32Array(1);
  return {
    bytes: (length) => randomFillSync(new Uint8Array(length)),
    fraction: () => (randomFillSync(word)[0] ?? 0) / 2 ** 32,
  };
};
