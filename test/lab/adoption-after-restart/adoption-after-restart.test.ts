import { expect, it } from "vitest";
import { LAB } from "#lab/topology.ts";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import { expectNothingTouched, expectRepaired, expectSameState } from "./expect.ts";
import { restartOwner } from "./steps.ts";

scenario("adoption-after-restart", restartOwner, (seen) => {
  it("finds the kernel state of its predecessor and takes it over", () => {
    const adopted = seen().log.find(({ msg, instance }) => msg === "kernel state adopted" && instance === LAB.instance);
    expect(adopted?.entries).toBe(1);
  });

  it("holds in the kernel afterwards what was there before", () => expectSameState(seen().dead, seen().adopted));

  it("changes no route, rule, address or device on the way", () => expectNothingTouched(seen().changes, seen().dead));

  it("has no packet lost, from the kill until it is level again", () => expectNoLoss(seen().traffic));

  it("keeps the TCP connection (S-1-04)", () => expectStreamAlive(seen().traffic));

  it("follows the successor: same owner, term and epoch on every node", () => {
    const { reunited, successor, abroad } = seen();
    for (const { instance, binding } of reunited) {
      expect(instance).toMatchObject({ level: true, epoch: successor.instance.epoch });
      expect(binding).toMatchObject({ state: "registered", sequence: abroad.mobile.sequence });
    }
    const owners = reunited.filter(({ instance }) => instance.role === "owner");
    expect(owners.map(({ node, instance }) => [node, instance.term])).toEqual([
      [successor.node, successor.instance.term],
    ]);
  });

  it("puts right what changed while it was dead (R-9.5.1-04)", () => {
    const { repaired, abroad, moved } = seen();
    expectRepaired(repaired, abroad.careOfAddress);
    expect((moved.mobile.sequence - abroad.mobile.sequence + 65536) % 65536).toBeLessThan(32768);
    expect(moved.mobile.sequence).not.toBe(abroad.mobile.sequence);
  });
});
