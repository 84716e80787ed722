import type { SeededRandom } from "#simulator/seeded-random.ts";
import { type Milliseconds, millis } from "#wire/time.ts";
import { askUntilDone, type Fault, type Injected, restartLater } from "./faults/fault.ts";
import type { SimulatedNode } from "./simulated-node.ts";
import type { World } from "./world.ts";

/**
 * What a takeover may cost where another fault has met the taker: a guard that only starts listens for 2 s at most before it takes anything;
 * and a node whose stream stands still, because the consumer's server died, forwards to what it knows until that is noticed (1 s), another
 * consumer is made, and read.
 */
const MEETING = 2_500;
/**
 * And where no taker has read the streams yet, because all were started anew: who has not is not eligible (DESIGN §4.9), and the streams
 * answer when their servers have elected leaders, which takes up to 9 s, and again when the one elected dies.
 */
const READING = 20_000;

/** Injects faults as the dice fall, and puts everything right in the end. */
export interface Nemesis {
  /** Injects from now on until `time` has passed. */
  rage(time: Milliseconds): void;
  /** Heals all that is still under way, and starts what is down. */
  healAll(): void;
}

/** How the nemesis works: single faults after each other, each with time to recover from, or many at once. */
export interface Temper {
  /** At most so many faults at once. */
  readonly most: number;
  /** Shortest and longest time from one to the next. */
  readonly pace: readonly [number, number];
  /** Between faults it waits until everything is at rest. */
  readonly waitsForRest: boolean;
}

export const TEMPERS = {
  single: { most: 1, pace: [200, 2_500], waitsForRest: true },
  furious: { most: 3, pace: [50, 4_000], waitsForRest: false },
} as const satisfies Record<string, Temper>;

export const createNemesis = (
  world: World,
  random: SeededRandom,
  options: {
    readonly temper: Temper;
    readonly isAtRest: () => boolean;
    readonly faults: readonly Fault[];
  },
): Nemesis => {
  const { temper, faults } = options;
  const active = new Map<string, Injected>();
  let count = 0;
  /** The last fault is one that bears no other beside it. */
  let lonely = false;

  const draw = (): Fault => {
    let rest = random.fraction() * faults.reduce((sum, { weight }) => sum + weight, 0);
    for (const fault of faults) {
      rest -= fault.weight;
      if (rest < 0) return fault;
    }
    return random.pick(faults);
  };

  const end = (id: string): void => {
    const injected = active.get(id);
    if (injected === undefined) return;
    active.delete(id);
    injected.heal();
    world.recorder.note({ type: "fault.ended", fault: id });
  };

  /** What other faults that are under way add to the gap of this one. */
  const moreFor = ({ movesEdges, targets }: Injected, level: readonly SimulatedNode[]): number => {
    if (temper.waitsForRest || movesEdges !== true) return 0;
    return level.every(({ name }) => targets.includes(name)) ? READING : MEETING;
  };

  const strike = (): void => {
    if (active.size >= temper.most || ((temper.waitsForRest || lonely) && !options.isAtRest())) return;
    lonely = false;
    const fault = draw();
    if (fault.isAlone === true && (active.size > 0 || !options.isAtRest())) return;
    const id = `${fault.kind} ${++count}`;
    const at = world.recorder.now();
    const level = world.nodes.filter(({ isLevel }) => isLevel);
    const injected = fault.inject(world, random);
    if (injected === undefined || at !== world.recorder.now()) return;
    const more = moreFor(injected, level);
    world.recorder.note({
      type: "fault.begun",
      fault: id,
      kind: fault.kind,
      targets: injected.targets,
      allowance: millis(injected.allowance + more),
      longestGap: millis(injected.longestGap + more),
    });
    lonely = fault.isAlone === true;
    active.set(id, injected);
    world.clock.start(injected.lasts, () => end(id));
  };

  return {
    rage: (time) => {
      const until = world.clock.now() + time;
      const next = (): void => {
        if (world.clock.now() >= until) return;
        strike();
        world.clock.start(millis(random.between(...temper.pace)), next);
      };
      next();
    },
    healAll: () => {
      for (const id of [...active.keys()]) end(id);
      for (const node of world.nodes) {
        if (!node.hasPower) node.restorePower();
        if (!world.bus.servers.isUp(node.name)) world.bus.servers.startServer(node.name);
        world.bus.setDisk(node.name, undefined);
        restartLater(world, node, 0);
        if (node.isDrained) askUntilDone(world, node, "undrain", new AbortController().signal);
      }
    },
  };
};
