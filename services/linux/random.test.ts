import { expect, it } from "vitest";
import { createRandom } from "./random.ts";

it("gives as many octets as asked, never the same, and fractions below one", () => {
  const random = createRandom();
  expect(random.bytes(0).length).toBe(0);
  expect(random.bytes(16)).not.toEqual(random.bytes(16));
  for (let i = 0; i < 1000; i++) {
    const fraction = random.fraction();
    expect(fraction).toBeGreaterThanOrEqual(0);
    expect(fraction).toBeLessThan(1);
  }
});
