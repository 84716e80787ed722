import { describe, expect, it } from "vitest";
import { EXIT } from "#cli/command.ts";
import { collect } from "#cli/run-command.test-support.ts";
import { command } from "./command.ts";
import { createChance } from "./random.ts";
import { SCENARIOS } from "./scenarios.ts";

const run = async (...args: string[]): Promise<{ code: number; out: string; said: string }> => {
  const { code, stdout, stderr } = await collect((io) => command.run(args, io), AbortSignal.abort());
  return { code, out: stdout, said: stderr };
};

/** Every fault that the specification of the tool names. */
const NAMED = [
  "process-kill power-off pause pause-10s pause-node pause-node-10s partition one-way partial-partition home-link-partition link-flap",
  "jetstream-leader-kill nats-down rolling-restart drain planned-move loss delay duplication reordering disk-full slow-disk",
  "clock-step cpu-starvation node-join-leave mass-move kill-everything",
].flatMap((line) => line.split(" "));

describe("roam6 chaos", () => {
  it("lists a scenario for every fault", async () => {
    const { code, out } = await run("list");
    expect(code).toBe(EXIT.done);
    for (const name of NAMED) expect(out).toMatch(new RegExp(`^${name} `, "m"));
    expect(out.trim().split("\n")).toHaveLength(SCENARIOS.length + 1);
  });

  it.each([
    [["run"], "needs a scenario"],
    [["run", "power-off", "--random"], "needs a scenario, or --random"],
    [["run", "power-of"], "did you mean 'power-off'?"],
    [["run", "power-off,paus"], "unknown scenario 'paus'"],
    [["run", "power-off", "--runs", "0"], "--runs is a whole number from 1"],
    [["run", "power-off", "--nodes", "2"], "--nodes is a number from 3 to 5"],
    [["run", "power-off", "--bindings", "many"], "--bindings is a whole number"],
    [["run", "power-off", "--minutes", "0.5"], "--minutes is a whole number"],
    [["break"], "unknown verb 'break'"],
    [[], "argument is missing"],
  ])("refuses %j with a remedy, before anything is raised", async (args, problem) => {
    const { code, said } = await run(...args);
    expect(code).toBe(EXIT.usage);
    expect(said).toContain(problem);
  });
});

describe("createChance", () => {
  it("chooses the same for the same seed, and something else for another", () => {
    const drawn = (seed: number): number[] => {
      const chance = createChance(seed);
      return Array.from({ length: 50 }, () => chance.between(10, 20));
    };
    expect(drawn(7)).toEqual(drawn(7));
    expect(drawn(7)).not.toEqual(drawn(8));
    expect(drawn(7).every((value) => value >= 10 && value < 20)).toBe(true);
  });

  it("has forks that change nothing for those after them, however often they are asked", () => {
    const drawn = (often: number): number[] => {
      const chance = createChance(7);
      return Array.from({ length: 5 }, () => {
        const own = chance.fork();
        for (let asked = 0; asked < often; asked++) own.next();
        return chance.next();
      });
    };
    expect(drawn(1)).toEqual(drawn(9));
    const chance = createChance(7);
    expect(chance.fork().next()).not.toBe(chance.fork().next());
  });

  it("picks every item sooner or later, and none from nothing", () => {
    const chance = createChance(1);
    expect(new Set(Array.from({ length: 100 }, () => chance.pick(["a", "b", "c"])))).toEqual(new Set(["a", "b", "c"]));
    expect(() => chance.pick([])).toThrow(RangeError);
  });
});
