import { expect, it } from "vitest";
import { now } from "#lab/demo/clock.ts";
import { createChance } from "./random.ts";
import { combined } from "./random-faults.ts";
import type { Injection, Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

const scenario = (name: string, more: Partial<Scenario>, done: Partial<Injection> = {}): Scenario => ({
  ...{ name, summary: name, goal: {}, runs: 1, allowance: 10, weight: 1 },
  inject: async (_, node) => ({ at: now(), ended: now(), targets: [node], facts: [name], ...done }),
  ...more,
});
const stage = (): Stage => {
  const parts: Partial<Stage> = { nodes: ["ha1", "ha2", "ha3"], chance: createChance(1), pass: async () => undefined };
  return parts as Stage; // all that choosing and waiting take of it
};

it("says of two faults at a time which nodes were alone, when, and when all was given back", async () => {
  const alone = scenario("cut", { isolates: true, allowance: 50 }, { at: 1_000, ended: 3_000 });
  const off = scenario("off", {}, { at: 2_000, struck: 2_100, ended: 2_000, returned: 9_000 });
  const both = combined(off, alone);
  expect([both.allowance, both.isolates]).toEqual([50, undefined]);
  const done = await both.inject(stage(), "ha1");
  const [first = "", second = ""] = done.targets;
  expect(first).toBe("ha1");
  expect(["ha2", "ha3"]).toContain(second);
  expect(done).toMatchObject({ at: 1_000, struck: 2_100, returned: 9_000, facts: ["off", "cut"] });
  expect(done.ended).toBeGreaterThan(9_000);
  expect(done.isolated).toMatchObject([{ at: 1_000, ended: 3_000, targets: [second] }]);
});

it("says that nobody was alone where neither fault leaves a node alone, and nothing of a return that there was not", async () => {
  const done = await combined(scenario("one", {}), scenario("other", {})).inject(stage(), "ha1");
  expect(done.isolated).toEqual([]);
  expect(done).not.toHaveProperty("returned");
});
