import { expect, it } from "vitest";
import { BINDING_STATUS, BINDING_STATUS_NAMES } from "./registry.ts";

it("names every status of RFC 6275 §6.1.8, RFC 3963 §4.2 and RFC 4285 §5, §6, and has no other (R-6.1.8-01)", () => {
  const defined = [0, 1, ...Array.from({ length: 19 }, (_, i) => 128 + i), 174];
  const values: readonly number[] = Object.values(BINDING_STATUS);
  expect(values.toSorted((a, b) => a - b)).toEqual(defined);
  expect(Object.keys(BINDING_STATUS_NAMES).map(Number)).toEqual(defined);
});
