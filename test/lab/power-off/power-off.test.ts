import { expect, it } from "vitest";
import { expectBindingKept, expectTakenOver } from "#test/lab/process-kill/expect.ts";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectGapsBelow, expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { expectNoMoveBack, NODE_LOSS_GAP } from "./expect.ts";
import { cutPower } from "./steps.ts";

scenario("power-off", cutPower, (seen) => {
  it("hands edge and stream to another home agent, with greater term and epoch", () => {
    const { before, successor, cut } = seen();
    // The home agent, its guard and its NATS server at least.
    expect(cut.killed).toBeGreaterThanOrEqual(3);
    expectTakenOver(before, successor);
  });

  it("keeps the acknowledged binding on every survivor (R-10.3.1-15, R-10.3.1-36)", () => {
    const { before, survivors } = seen();
    expect(survivors).toHaveLength(2);
    expectBindingKept(before, survivors);
  });

  it("interrupts no direction for longer than its limit, a second on a machine of its own speed", () =>
    expectGapsBelow(seen().traffic, NODE_LOSS_GAP));

  it("keeps the TCP connection (S-1-04)", () => {
    expectStreamAlive(seen().traffic);
    expectStreamAlive(seen().trafficOfReturn);
  });

  it("lets the mobile node move while the node is dark, with a sequence number that follows (R-9.5.1-04)", () => {
    const { abroad, later } = seen();
    expect(later.mobile.lastAcknowledgement?.status).toBe(0);
    const step = (later.mobile.sequence - abroad.mobile.sequence + 65536) % 65536;
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(32768);
  });

  it("gives the node that comes back the newest binding and its tunnel, and no instance by itself", () => {
    const { reunited, successor, later } = seen();
    for (const { binding, instance } of reunited) {
      expect(binding).toMatchObject({ careOfAddress: later.careOfAddress, sequence: later.mobile.sequence });
      expect(instance.level).toBe(true);
    }
    expectNoMoveBack(successor, reunited);
  });

  it("loses no packet while the node comes back", () => expectNoLoss(seen().trafficOfReturn));
});
