import { expect } from "vitest";
import type { NodeView } from "#test/lab/stage/cluster-view.ts";

/** The edge moved with a greater term, the stream with a greater epoch. */
export const expectTakenOver = (before: NodeView, after: NodeView): void => {
  expect(after.node).not.toBe(before.node);
  expect(after.instance.role).toBe("owner");
  expect(after.instance.term).toBeGreaterThan(before.instance.term);
  expect(after.instance.epoch).toBeGreaterThan(before.instance.epoch);
};

/** The binding is the one that was acknowledged, on every node. */
export const expectBindingKept = (acknowledged: NodeView, views: readonly NodeView[]): void => {
  for (const { binding } of views) {
    expect(binding).toMatchObject({
      careOfAddress: acknowledged.binding?.careOfAddress,
      sequence: acknowledged.binding?.sequence,
      state: "registered",
    });
    expect(binding?.remainingSeconds).toBeGreaterThan(0);
  }
};
