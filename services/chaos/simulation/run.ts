import { type CheckOptions, check } from "#chaos/history/checker.ts";
import type { History } from "#chaos/history/history.ts";
import type { Verdict } from "#chaos/history/verdict.ts";
import { createSeededRandom, type SeededRandom } from "#simulator/seeded-random.ts";
import { millis, seconds } from "#wire/time.ts";
import { CLOCK_FAULTS } from "./clock-faults.ts";
import { FAULTS } from "./faults.ts";
import type { ScriptedMobileNode } from "./mobile-node.ts";
import { createNemesis, TEMPERS } from "./nemesis.ts";
import type { Plant } from "./simulated-node.ts";
import { createWorld, type World, type WorldShape } from "./world.ts";

/** What one run gave. */
export interface Outcome {
  readonly seed: string;
  readonly shape: WorldShape;
  /** Wall clocks were set wrong by up to an hour. */
  readonly clocks: boolean;
  readonly temper: keyof typeof TEMPERS;
  readonly history: History;
  readonly verdict: Verdict;
  /** What did not come to rest after all faults were healed; undefined when everything did. */
  readonly unsettled: string | undefined;
}

/** After the last fault everything has to be in order within this time: an election, a retransmission, a takeover. */
const SETTLE_LIMIT = 45_000;

const shapeOf = (random: SeededRandom): WorldShape => ({
  nodes: random.pick([3, 3, 3, 3, 3, 3, 4, 5]),
  instances: random.pick([1, 1, 2]),
  mobileNodes: 2 + random.below(4),
  hello: { interval: millis(random.pick([60, 80, 100])), missed: 3 },
  lifetime: seconds(random.pick([8, 12, 24])),
  duplicateAddressDetection: random.chance(0.15) ? "normal" : "off",
});

/** A mobile node's life: it moves, goes home, falls silent and comes back. */
const live = (world: World, mobileNode: ScriptedMobileNode, random: SeededRandom, until: number): void => {
  const act = (): void => {
    if (world.clock.now() >= until) return;
    const dice = random.fraction();
    if (mobileNode.careOfAddress === undefined || dice < 0.6) mobileNode.move();
    else if (dice < 0.72) mobileNode.returnHome();
    else if (dice < 0.82) mobileNode.deregister();
    else if (dice < 0.9) mobileNode.vanish(millis(world.shape.lifetime * random.between(0.5, 1.6)));
    world.clock.start(millis(random.between(300, 9_000)), act);
  };
  world.clock.start(millis(random.between(0, 1_500)), () => {
    mobileNode.move();
    world.clock.start(millis(random.between(500, 6_000)), act);
  });
};

/** Why the world is not at rest; undefined when it is. */
const unrestOf = ({ nodes, mobileNodes, shape, lastSequence, findApart }: World): string | undefined => {
  for (const node of nodes) {
    if (!node.isLevel) return `${node.name} is not level`;
    if (node.guard === undefined) return `${node.name} has no guard`;
    if (node.cluster?.logAvailable !== true) return `${node.name} cannot commit`;
  }
  for (let number = 1; number <= shape.instances; number++) {
    const roles = nodes.map(
      (node) => node.cluster?.instances().find(({ instance }) => instance.number === number)?.role,
    );
    if (roles.filter((role) => role === "owner").length !== 1) return `instance ${number}: ${roles.join(", ")}`;
    const behind = nodes.find(
      ({ cluster }) =>
        cluster?.instances().find(({ instance }) => instance.number === number)?.followedSequence !==
        lastSequence(number),
    );
    if (behind !== undefined) return `${behind.name} is behind the stream of instance ${number}`;
    if (nodes.filter(({ kernel }) => kernel.instances.get(number)?.active === true).length !== 1)
      return `instance ${number} is up on another number of nodes than one`;
    const moving = nodes.find(
      ({ agent }) => (agent?.instances.find(({ spec }) => spec.number === number)?.inMotion ?? 0) > 0,
    );
    if (moving !== undefined) return `${moving.name} waits for the log`;
  }
  const waiting = mobileNodes.find(({ isAnswered }) => !isAnswered);
  if (waiting !== undefined) return "a mobile node has no answer";
  const apart = findApart();
  if (apart !== undefined) return `${apart} and the log differ`;
  return undefined;
};

/** What has not gone back to where it is to be; undefined when all has. */
const misplacedOf = ({ nodes }: World): string | undefined => {
  for (const { name, cluster, isDrained } of nodes) {
    if (isDrained) return `${name} is drained`;
    const away = cluster?.balance?.placement().find(({ holder, order }) => holder !== order[0]);
    if (away !== undefined) return `instance ${away.instance} is on ${away.holder} and belongs on ${away.order[0]}`;
  }
  return undefined;
};

/** DESIGN §4: of the hellos of the lab, ten a detection time of 30 ms. */
const ISOLATION_GRACE = 100;

/**
 * What the checker may assume of a simulation. Hellos are slow here: who is rejoined hears of another that was paused only when that one has
 * been silent for a detection time (DESIGN §4.6), and its next hello is due.
 */
const checkOf = ({ hello }: WorldShape): CheckOptions => ({
  commitsObserved: true,
  flight: millis(20),
  isolationGrace: millis(Math.max(ISOLATION_GRACE, hello.interval * (hello.missed + 1) + 20)),
  lifetimeSlack: seconds(1),
  // Who moves is forwarded to where it was, until it is to where it is: what a probe here tells is where the edge would send it.
  handover: millis(0),
});

export interface SimulationOptions {
  readonly plant?: Plant;
  /** Wall clocks are set wrong by up to an hour, one after the other. */
  readonly clocks?: boolean;
  /** Kinds of faults that are drawn from; all when left out. */
  readonly kinds?: readonly string[];
}

/** Runs the cluster under faults, all drawn from one seed, and judges what happened. */
export const runSimulation = async (seed: string, options: SimulationOptions = {}): Promise<Outcome> => {
  const { clocks = false } = options;
  const random = createSeededRandom(seed);
  const shape = shapeOf(random.fork("shape"));
  await using world = createWorld(shape, random, options.plant);
  const times = random.fork("times");
  const temper = random.fork("temper").chance(0.5) ? "single" : "furious";
  const nemesis = createNemesis(world, random.fork("nemesis"), {
    // A wrong clock is a fault that goes on: a third would leave no node of three whole.
    temper: clocks ? { ...TEMPERS[temper], most: Math.min(TEMPERS[temper].most, 2) } : TEMPERS[temper],
    isAtRest: () => unrestOf(world) === undefined,
    faults: (clocks ? CLOCK_FAULTS : FAULTS).filter(({ kind }) => options.kinds?.includes(kind) ?? true),
  });
  const { clock } = world;
  for (const node of world.nodes) clock.start(millis(times.between(0, 600)), () => node.startMain());
  const calm = seconds(3);
  const rage = millis(times.between(5_000, 11_000));
  for (const [at, mobileNode] of world.mobileNodes.entries())
    live(world, mobileNode, random.fork(`life ${at}`), calm + rage);
  world.recorder.note({ type: "fault.begun", fault: "start", kind: "start", targets: ["all"], allowance: calm });
  await clock.advance(calm);
  nemesis.rage(rage);
  await clock.advance(rage);
  nemesis.healAll();
  const settleBy = clock.now() + SETTLE_LIMIT;
  // Twice at rest: what only passes by a moment of rest is none.
  let calmFor = 0;
  while (calmFor < 4 && clock.now() < settleBy) {
    await clock.advance(millis(250));
    calmFor = (unrestOf(world) ?? misplacedOf(world)) === undefined ? calmFor + 1 : 0;
  }
  const unsettled = calmFor < 4 ? (unrestOf(world) ?? misplacedOf(world) ?? "it does not stay at rest") : undefined;
  if (unsettled === undefined) world.observeBindings();
  const history = world.recorder.history();
  return { seed, shape, clocks, temper, history, verdict: check(history, checkOf(shape)), unsettled };
};
