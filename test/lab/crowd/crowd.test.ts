import { expect, it } from "vitest";
import { LAB } from "#lab/topology.ts";
import { scenario } from "#test/lab/stage/scenario.ts";
import { expectAnswered, expectReachable } from "./expect.ts";
import { MOBILE_NODES, playCrowd } from "./steps.ts";

scenario("crowd", playCrowd, (seen) => {
  it("has every Binding Update answered, and says so by its exit code", () => {
    expectAnswered(seen().report);
    expect(seen().exitCode).toBe(0);
  });

  it("spreads the mobile nodes over all instances, and every node has them all", () => {
    const share = MOBILE_NODES / LAB.instances.length;
    expect(seen().registered.map(({ counts }) => counts)).toEqual(
      LAB.homeAgents.map(() => LAB.instances.map(() => share)),
    );
  });

  it("reaches registered mobile nodes in both directions, without a lost probe when they move", () =>
    expectReachable(seen().report, seen().farEnd));

  it("leaves no binding when all have returned", () => {
    expect(seen().returned.flatMap(({ counts }) => counts)).toEqual(
      LAB.homeAgents.flatMap(() => LAB.instances.map(() => 0)),
    );
  });
});
