import { expect } from "vitest";
import type { NodeView } from "#test/lab/stage/cluster-view.ts";

/** Every home agent has the binding that was acknowledged before. */
export const expectKept = (views: readonly NodeView[], careOfAddress: string): void => {
  for (const { binding } of views) {
    expect(binding).toMatchObject({ careOfAddress, state: "registered" });
    expect(binding?.remainingSeconds).toBeGreaterThan(0);
  }
};
