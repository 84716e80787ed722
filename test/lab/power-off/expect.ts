import { expect } from "vitest";
import { patience } from "#lab/demo/patience.ts";
import type { NodeView } from "#test/lab/stage/cluster-view.ts";

/**
 * Longest interruption that the loss of a whole node may cost, in milliseconds. A guest of one slow processor needs
 * 1.5 s to notice it (see the lab's hello settings).
 */
export const NODE_LOSS_GAP = patience === 1 ? 1000 : 3000;

/** The same owner, term and epoch: a node that comes back takes nothing by itself. */
export const expectNoMoveBack = (successor: NodeView, reunited: readonly NodeView[]): void => {
  const owner = reunited.find(({ instance }) => instance.role === "owner");
  expect(owner?.node).toBe(successor.node);
  expect(owner?.instance.term).toBe(successor.instance.term);
  expect(reunited.map(({ instance }) => instance.epoch)).toEqual(reunited.map(() => successor.instance.epoch));
};
