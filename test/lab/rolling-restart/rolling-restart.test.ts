import { expect, it } from "vitest";
import { LAB } from "#lab/topology.ts";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { expectKept } from "./expect.ts";
import { restartAll } from "./steps.ts";

scenario("rolling-restart", restartAll, (seen) => {
  it("ends every process in order", () => {
    expect(seen().exits).toEqual(LAB.homeAgents.map(() => 0));
  });

  it("loses no packet in any direction", () => expectNoLoss(seen().traffic));

  it("keeps the TCP connection (S-1-04)", () => expectStreamAlive(seen().traffic));

  it("keeps the acknowledged binding on every node (R-10.3.1-15)", () => {
    const { restarted, abroad } = seen();
    expect(restarted.map(({ node }) => node)).toEqual(LAB.homeAgents.map(({ node }) => node));
    expectKept(restarted, abroad.careOfAddress);
  });

  it("serves the mobile node afterwards", () => {
    expect(seen().later.mobile.lastAcknowledgement?.status).toBe(0);
  });
});
