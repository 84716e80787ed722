import { expect, it } from "vitest";
import { LAB } from "#lab/topology.ts";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { expectPlaced } from "./expect.ts";
import { drainOwner } from "./steps.ts";

scenario("drain", drainOwner, (seen) => {
  it("moves every instance of a drained node to the next of its order, and nothing else", () => {
    const { before, holdersBefore, holdersDrained, successor } = seen();
    expectPlaced(holdersBefore);
    expectPlaced(holdersDrained, before.node);
    expect(successor.instance.epoch).toBeGreaterThan(before.instance.epoch);
  });

  it("keeps the node free over a restart", () => {
    expect(seen().restarted).toEqual({ holds: [], drained: true });
  });

  it("shows what belongs elsewhere, and moves it there when it is told to", () => {
    const { before, planned, rebalanced, holdersAfter } = seen();
    const own = LAB.instances.filter(({ prefer }) => prefer[0] === before.node).map(({ name }) => name);
    const moves: { moves: { instance: string; to: string }[] } = JSON.parse(planned);
    expect(moves.moves.map(({ instance }) => instance)).toEqual(own);
    expect(moves.moves.every(({ to }) => to === before.node)).toBe(true);
    expect(JSON.parse(rebalanced)).toMatchObject({ moves: [] });
    expectPlaced(holdersAfter);
  });

  it("loses no packet in any direction", () => expectNoLoss(seen().traffic));

  it("keeps the TCP connection (S-1-04)", () => expectStreamAlive(seen().traffic));
});
