import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectGapsBelow, expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { expectNothingStale, expectSequenceToGrow, HANDOVER_GAP, HANDOVER_GAP_WITH_CHECK } from "./expect.ts";
import { handOver } from "./steps.ts";

const optimistic = existsSync("/proc/sys/net/ipv6/conf/all/optimistic_dad");

scenario("handover", handOver, (seen) => {
  it("registers each new care-of address as a move between foreign links (S-7-01, R-11.7.1-01)", () => {
    const { second, back } = seen();
    for (const { mobile } of [second, back]) {
      expect(mobile).toMatchObject({ state: "registered", lastMove: { type: "FL to FL" } });
      expect(mobile.lastAcknowledgement?.status).toBe(0);
    }
    expect(second.careOfAddress).toMatch(/^2001:db8:f2:/);
    expect(back.careOfAddress).toMatch(/^2001:db8:f1:/);
  });

  it("never goes back in its sequence numbers (R-9.5.1-04)", () => expectSequenceToGrow(seen()));

  it("is known to every home agent under the same epoch (R-9.5.1-19)", () => {
    const { second, back } = seen();
    for (const { homeAgents } of [second, back]) {
      expect(homeAgents).toHaveLength(3);
      expect(new Set(homeAgents.map(({ instance }) => instance.epoch)).size).toBe(1);
    }
  });

  it("leaves nothing of a former care-of address in any kernel (S-8-05, R-10.3.1-38)", () =>
    expectNothingStale(seen()));

  it("interrupts no direction for longer than the limit of a move (S-1-04)", () =>
    expectGapsBelow(seen().traffic, optimistic ? HANDOVER_GAP : HANDOVER_GAP_WITH_CHECK));

  it("loses nothing once it is over (R-10.4.2-01, R-11.3.1-04)", () => expectNoLoss(seen().afterwards));

  it("keeps the TCP connection (S-1-04, R-11.3.1-01)", () => expectStreamAlive(seen().afterwards));
});
