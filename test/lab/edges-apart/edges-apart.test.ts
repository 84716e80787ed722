import { beforeAll, describe, expect, it } from "vitest";
import { patience } from "#lab/demo/patience.ts";
import { APART } from "#lab/edges-apart.ts";
import { LAB } from "#lab/topology.ts";
import { tunnelEnd } from "#test/lab/stage/kernel-view.ts";
import { expectGapsBelow, expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { EDGE_LOSS_GAP, type EdgesApart, OWNER_LIMIT, playApart } from "./steps.ts";

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)("edges apart from home agents", () => {
  let seen: EdgesApart;
  beforeAll(async () => {
    seen = await playApart();
  }, 75_000 * patience);

  it("registers through an edge with a home agent that is not on the home link (DESIGN 4.2)", () => {
    const { registered, owner, edge } = seen;
    expect(registered.mobile.lastAcknowledgement?.status).toBe(0);
    expect(APART.homeAgents).toContain(owner.node);
    expect(APART.edges).toContain(edge.node);
    for (const { binding } of registered.homeAgents) expect(binding?.careOfAddress).toBe(registered.careOfAddress);
  });

  it("tells in status what each node is", () => {
    for (const node of APART.edges) expect(seen.statuses.get(node)).toMatchObject({ role: "edge", ready: true });
    for (const node of APART.homeAgents)
      expect(seen.statuses.get(node)).toMatchObject({ role: "home-agent", plane: "none", ready: true });
    expect(seen.statuses.get(seen.edge.node)?.counters).toMatchObject({ updatesPassedOn: expect.any(Number) });
    expect(seen.statuses.get(seen.edge.node)?.counters?.["updatesPassedOn"]).toBeGreaterThan(0);
  });

  it("puts the tunnel into the kernel of every edge, and nothing into that of a home agent", () => {
    for (const node of APART.edges) {
      const kernel = seen.kernels.get(node);
      expect(kernel && tunnelEnd(kernel, LAB.homeAddress)).toBe(seen.registered.careOfAddress);
    }
    for (const node of APART.homeAgents)
      expect(seen.kernels.get(node)?.routes.filter((line) => line.includes(LAB.homeAddress))).toEqual([]);
  });

  it("hands over from foreign link to foreign link", () => {
    const { handover, registered } = seen;
    expect(handover.mobile.lastAcknowledgement?.status).toBe(0);
    expect(handover.careOfAddress).not.toBe(registered.careOfAddress);
  });

  it("loses no packet when the owner's process is killed, and another home agent owns soon after", () => {
    const { trafficOfKill, successor, owner, ownedAfter } = seen;
    expectNoLoss(trafficOfKill);
    expect(APART.homeAgents).toContain(successor.node);
    expect(successor.instance.epoch).toBeGreaterThan(owner.instance.epoch);
    expect(ownedAfter).toBeLessThan(OWNER_LIMIT);
  });

  it("answers Binding Updates again under the next owner", () =>
    expect(seen.moveUnderSuccessor.mobile.lastAcknowledgement?.status).toBe(0));

  it("forwards through the other edge when the edge's node loses its power", () => {
    const { nextEdge, edge, trafficOfPowerOff } = seen;
    expect(nextEdge.node).not.toBe(edge.node);
    expect(nextEdge.instance.term).toBeGreaterThan(edge.instance.term);
    expectGapsBelow(trafficOfPowerOff, EDGE_LOSS_GAP);
  });

  it("answers Binding Updates through that edge", () =>
    expect(seen.moveThroughNextEdge.mobile.lastAcknowledgement?.status).toBe(0));

  it("keeps the TCP connection through all of it (S-1-04)", () => {
    expectStreamAlive(seen.trafficOfKill);
    expectStreamAlive(seen.trafficOfPowerOff);
  });

  it("de-registers at home on every node (R-10.3.2-04)", () => {
    expect(seen.home.length).toBeGreaterThan(2);
    for (const { binding } of seen.home) expect(binding).toBeUndefined();
  });
});
