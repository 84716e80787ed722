import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { LAB } from "#lab/topology.ts";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectGapsBelow, expectNoLoss, expectStreamAlive } from "#test/lab/stage/traffic.ts";
import {
  expectNothingLeft,
  expectPlainHost,
  expectTakenBack,
  RETURN_GAP,
  RETURN_GAP_WITH_CHECK,
  unspecifiedSolicitations,
  updatedAt,
} from "./expect.ts";
import { returnHome } from "./steps.ts";

const optimistic = existsSync("/proc/sys/net/ipv6/conf/all/optimistic_dad");

scenario("returning-home", returnHome, (seen) => {
  it("de-registers from the home address with A, H and lifetime 0 (R-11.5.5-01, R-11.5.5-03, R-11.5.5-04)", () => {
    const { update, sequenceAbroad } = seen();
    expect(update).toMatchObject({
      source: LAB.homeAddress,
      mobility: { lifetimeSeconds: 0, flags: { acknowledge: true, homeRegistration: true } },
    });
    expect(((update.mobility?.sequence ?? 0) - sequenceAbroad + 65536) % 65536).toBe(1);
  });

  it("is acknowledged with status 0, its sequence number and lifetime 0 (R-10.3.2-04, R-10.3.2-05, R-10.3.2-06, R-10.3.2-07)", () => {
    const { update, acknowledgement, mobile } = seen();
    expect(acknowledgement.mobility).toMatchObject({
      status: 0,
      sequence: update.mobility?.sequence,
      lifetimeSeconds: 0,
    });
    expect(mobile).toMatchObject({ state: "at home", binding: "none", lastMove: { type: "FL to HL" } });
  });

  it("marks the binding as ended on every home agent and keeps its sequence number (R-10.3.2-10, R-10.3.2-11)", () => {
    const { homeAgents, update } = seen();
    expect(homeAgents).toHaveLength(3);
    for (const { binding, ended, instance } of homeAgents) {
      expect(binding).toBeUndefined();
      expect(instance.bindings).toBe(0);
      expect(ended).toMatchObject({ state: "invalid", sequence: update.mobility?.sequence });
    }
  });

  it("makes no duplicate address detection for the home address while the binding lives (R-11.5.5-09)", () => {
    expect(seen().log.find(({ msg }) => msg === "duplicate address detection")).toMatchObject({ performed: false });
    expect(unspecifiedSolicitations(seen()).filter(({ at }) => at >= updatedAt(seen()))).toEqual([]);
  });

  it("asks for the home agent's link-layer address with a multicast solicitation of source :: before it de-registers (R-11.5.5-05, R-11.5.5-06, R-11.5.5-07)", () => {
    const [question] = unspecifiedSolicitations(seen());
    expect(question).toMatchObject({ destination: "ff02::1:ff00:100", target: LAB.homeAddress });
    expect(question?.at).toBeLessThan(updatedAt(seen()));
  });

  it("advertises the home address with override set after the acknowledgement (S-7-29, S-11-04, R-11.5.5-13, R-11.5.5-14, R-11.5.5-15, R-11.5.5-17, R-11.5.5-18)", () =>
    expectTakenBack(seen()));

  it("ends interception: no route, tunnel or proxy entry is left on any home agent (S-11-05, R-10.3.2-12)", () =>
    expectNothingLeft(seen()));

  it("leaves the mobile node a plain host again (S-4-05, S-16-02)", () => expectPlainHost(seen()));

  it("interrupts no direction for longer than the limit of a move", () =>
    expectGapsBelow(seen().traffic, optimistic ? RETURN_GAP : RETURN_GAP_WITH_CHECK));

  it("loses nothing once it is over", () => expectNoLoss(seen().afterwards));

  it("keeps the TCP connection (S-1-04, R-11.3.1-01)", () => expectStreamAlive(seen().afterwards));
});
