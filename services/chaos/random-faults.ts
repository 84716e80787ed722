import { now } from "#lab/demo/clock.ts";
import type { Injection, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Stage } from "./stage.ts";

/** So many of a hundred choices are two faults at a time. */
const COMBINED = 0.25;

/** Two faults at a time, on different nodes; the second begins up to 1.5 s after the first. */
export const combined = (first: Scenario, second: Scenario): Scenario => {
  let other: string | undefined;
  /** Each of the two has a chance of its own: which of them draws first is the machine's doing. */
  const apart = (stage: Stage): Stage => ({ ...stage, chance: stage.chance.fork() });
  return {
    name: `${first.name} + ${second.name}`,
    summary: "two faults at a time",
    goal: {},
    runs: 1,
    allowance: Math.max(first.allowance, second.allowance),
    weight: 0,
    prepare: async (stage, node) => {
      other = stage.chance.pick(stage.nodes.filter((one) => one !== node));
      await first.prepare?.(stage, node);
      await second.prepare?.(stage, other);
    },
    inject: async (stage, node): Promise<Injection> => {
      const target = other ?? stage.chance.pick(stage.nodes.filter((one) => one !== node));
      const delay = stage.chance.between(0, 1500);
      const [own, others] = [apart(stage), apart(stage)];
      const both = await Promise.allSettled([
        first.inject(own, node),
        (async () => {
          await stage.pass(delay);
          return second.inject(others, target);
        })(),
      ]);
      const done = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const failed = both.find((one) => one.status === "rejected");
      if (failed !== undefined) throw failed.reason;
      const returns = done.flatMap(({ returned }) => returned ?? []);
      return {
        at: Math.min(...done.map(({ at }) => at)),
        // From the first blow to the end of the last: what is lost between them is the doing of both.
        ended: Math.max(now(), ...done.map(({ ended }) => ended)),
        struck: Math.max(...done.map(({ struck, at }) => struck ?? at)),
        ...(returns.length === 0 ? {} : { returned: Math.max(...returns) }),
        isolated: done.filter((_, part) => [first, second][part]?.isolates === true),
        targets: done.flatMap(({ targets }) => targets),
        facts: done.flatMap(({ facts }) => facts),
      };
    },
  };
};

/** Faults that this machine can do, chosen by weight; some of them two at a time. */
export const chooseAtRandom = async (): Promise<(stage: Stage) => Scenario> => {
  const possible = await Promise.all(
    SCENARIOS.map(async (scenario) => ((await scenario.unavailable?.()) === undefined ? scenario : undefined)),
  );
  const bag = possible.flatMap((scenario) =>
    scenario === undefined ? [] : Array.from({ length: scenario.weight }, () => scenario),
  );
  const single = bag.filter(({ exclusive }) => exclusive !== true);
  return ({ chance }) => {
    if (chance.next() >= COMBINED) return chance.pick(bag);
    return combined(chance.pick(single), chance.pick(single));
  };
};
