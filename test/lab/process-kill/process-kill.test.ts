import { expect, it } from "vitest";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { expectBindingKept, expectTakenOver } from "./expect.ts";
import { HOME_AGENTS, killOwner } from "./steps.ts";

const KILLED = 128 + 9;

scenario("process-kill", killOwner, (seen) => {
  it("hands edge and stream to another home agent, with greater term and epoch", () => {
    const { before, successor, exit } = seen();
    expect(exit).toBe(KILLED);
    expectTakenOver(before, successor);
  });

  it("keeps the acknowledged binding on every survivor (R-10.3.1-15, R-10.3.1-36)", () => {
    const { before, survivors } = seen();
    expect(survivors.map(({ node }) => node)).toEqual(HOME_AGENTS.filter((node) => node !== before.node));
    expectBindingKept(before, survivors);
  });

  it("loses no packet in any direction", () => expectNoLoss(seen().traffic));

  it("keeps the TCP connection (S-1-04)", () => expectStreamAlive(seen().traffic));

  it("is served by the successor from then on, with a sequence number that follows (R-9.5.1-04)", () => {
    const { abroad, later, successor } = seen();
    expect(later.mobile.lastAcknowledgement?.status).toBe(0);
    expect((later.mobile.sequence - abroad.mobile.sequence + 65536) % 65536).toBeLessThan(32768);
    expect(later.mobile.sequence).not.toBe(abroad.mobile.sequence);
    expect(later.homeAgents.filter(({ instance }) => instance.role === "owner").map(({ node }) => node)).toEqual([
      successor.node,
    ]);
  });
});
