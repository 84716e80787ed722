import { ROUTER } from "#chaos/simulation/home-link.ts";
import type { World } from "#chaos/simulation/world.ts";
import type { SeededRandom } from "#simulator/seeded-random.ts";
import { millis } from "#wire/time.ts";
import { type Fault, NOTHING_LOST, namesOf, takeoverOf } from "./fault.ts";

/** Splits a list in two parts that are not empty. */
const split = (names: readonly string[], random: SeededRandom): readonly [string[], string[]] => {
  const first = new Set([random.pick(names)]);
  for (const name of names) if (first.size < names.length - 1 && random.chance(0.35)) first.add(name);
  return [names.filter((name) => first.has(name)), names.filter((name) => !first.has(name))];
};

const together = (heals: readonly (() => void)[]) => (): void => {
  for (const heal of heals) heal();
};

const cutBus = (world: World, a: readonly string[], b: readonly string[]): (() => void) =>
  together(a.flatMap((from) => b.map((to) => world.bus.cut(from, to))));

const cutLink = (world: World, a: readonly string[], b: readonly string[], bothWays: boolean): (() => void) => {
  const heals = a.flatMap((from) =>
    b.flatMap((to) => [world.link.cut(from, to), ...(bothWays ? [world.link.cut(to, from)] : [])]),
  );
  world.tellHearing();
  return () => {
    together(heals)();
    world.tellHearing();
  };
};

export const partitionBus: Fault = {
  kind: "bus-partition",
  weight: 8,
  inject: (world, random) => {
    const names = namesOf(world);
    const [a, b] = random.chance(0.25) ? [[random.pick(names)], [random.pick(names)]] : split(names, random);
    return {
      targets: [...a, "|", ...b],
      lasts: millis(random.between(200, 10_000)),
      ...NOTHING_LOST,
      heal: cutBus(
        world,
        a,
        b.filter((name) => !a.includes(name)),
      ),
    };
  },
};

export const partitionLink: Fault = {
  kind: "link-partition",
  weight: 8,
  inject: (world, random) => {
    const names = namesOf(world);
    const [a, b] = split(names, random);
    const withRouter = random.chance(0.5);
    const bothWays = random.chance(0.6);
    const partial = !withRouter && random.chance(0.4);
    const far = partial ? [random.pick(b)] : b;
    return {
      targets: [...a, bothWays ? "|" : ">", ...far, ...(withRouter ? [ROUTER] : [])],
      movesEdges: true,
      lasts: millis(random.between(30, 6_000)),
      // Where the router is reached, one edge is; two that do not hear each other both forward.
      ...(withRouter ? takeoverOf(world) : NOTHING_LOST),
      heal: cutLink(world, a, withRouter ? [...far, ROUTER] : far, bothWays),
    };
  },
};

export const isolateNode: Fault = {
  kind: "node-cut-off",
  weight: 5,
  inject: (world, random) => {
    const names = namesOf(world);
    const node = random.pick(names);
    const others = names.filter((name) => name !== node);
    const healLink = cutLink(world, [node], [...others, ROUTER], true);
    const healBus = cutBus(world, [node], others);
    return {
      targets: [node],
      movesEdges: true,
      lasts: millis(random.between(30, 8_000)),
      ...takeoverOf(world),
      heal: together([healLink, healBus]),
    };
  },
};

export const disturbLink: Fault = {
  kind: "link-disturbed",
  weight: 6,
  inject: (world, random) => {
    const heal = world.link.disturb({
      loss: random.pick([0, 0.02, 0.1, 0.3]),
      duplication: random.pick([0, 0.05, 0.2]),
      jitter: millis(random.pick([0, 5, 30, 150])),
    });
    return {
      targets: ["all"],
      movesEdges: true,
      lasts: millis(random.between(200, 6_000)),
      ...takeoverOf(world),
      heal,
    };
  },
};
