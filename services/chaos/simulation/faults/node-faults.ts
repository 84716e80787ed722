import { millis } from "#wire/time.ts";
import { type Fault, NOTHING_LOST, pickNode, restartLater, running, takeoverOf } from "./fault.ts";

export const killProcess: Fault = {
  kind: "process-kill",
  weight: 10,
  inject: (world, random) => {
    const node = pickNode(running(world), random);
    if (node === undefined) return undefined;
    const alsoGuard = random.chance(0.3);
    node.killMain();
    if (alsoGuard) node.killGuard();
    const lasts = millis(random.between(100, 2_500));
    return {
      targets: [node.name, ...(alsoGuard ? ["guard"] : [])],
      // Nobody speaks for it any more, as without power.
      movesEdges: alsoGuard,
      lasts,
      ...NOTHING_LOST,
      heal: () => node.startMain(),
    };
  },
};

export const killGuard: Fault = {
  kind: "guard-kill",
  weight: 5,
  inject: (world, random) => {
    const node = pickNode(
      world.nodes.filter(({ guard }) => guard !== undefined),
      random,
    );
    if (node === undefined) return undefined;
    node.killGuard();
    return { targets: [node.name], lasts: millis(0), ...NOTHING_LOST, heal: () => undefined };
  },
};

export const powerOff: Fault = {
  kind: "power-off",
  weight: 8,
  inject: (world, random) => {
    const powered = world.nodes.filter(({ hasPower }) => hasPower);
    // Two of three nodes without power: there is no quorum, and no spare.
    const node = powered.length * 2 > world.nodes.length + 1 ? pickNode(powered, random) : undefined;
    if (node === undefined) return undefined;
    node.cutPower();
    world.bus.servers.killServer(node.name);
    return {
      targets: [node.name],
      movesEdges: true,
      lasts: millis(random.between(500, 6_000)),
      ...takeoverOf(world),
      heal: () => {
        if (node.hasPower) return;
        node.restorePower();
        world.bus.servers.startServer(node.name);
        restartLater(world, node, random.between(100, 800));
      },
    };
  },
};

export const pauseMain: Fault = {
  kind: "pause-main",
  weight: 8,
  inject: (world, random) => {
    const node = pickNode(running(world), random);
    const paused = node?.main;
    if (node === undefined || paused === undefined) return undefined;
    paused.pause();
    world.recorder.note({ type: "node.changed", node: node.name, state: "paused" });
    return {
      targets: [node.name],
      lasts: millis(random.between(100, 8_000)),
      ...NOTHING_LOST,
      heal: () => {
        if (paused.state !== "paused") return;
        paused.resume();
        world.recorder.note({ type: "node.changed", node: node.name, state: node.isLevel ? "level" : "joining" });
      },
    };
  },
};

export const pauseGuard: Fault = {
  kind: "pause-guard",
  weight: 5,
  inject: (world, random) => {
    const node = pickNode(
      world.nodes.filter(({ guard }) => guard?.process.state === "running"),
      random,
    );
    const paused = node?.guard?.process;
    if (node === undefined || paused === undefined) return undefined;
    paused.pause();
    world.tellHearing();
    return {
      targets: [node.name],
      lasts: millis(random.between(20, 4_000)),
      ...NOTHING_LOST,
      heal: () => {
        paused.resume();
        world.tellHearing();
      },
    };
  },
};

export const pauseNode: Fault = {
  kind: "pause-node",
  weight: 6,
  inject: (world, random) => {
    const node = pickNode(running(world), random);
    const [main, guard] = [node?.main, node?.guard?.process];
    if (node === undefined || main === undefined) return undefined;
    main.pause();
    guard?.pause();
    world.bus.setStopped(node.name, true);
    world.recorder.note({ type: "node.changed", node: node.name, state: "paused" });
    world.tellHearing();
    return {
      targets: [node.name],
      movesEdges: true,
      lasts: millis(random.between(50, 8_000)),
      ...takeoverOf(world),
      heal: () => {
        world.bus.setStopped(node.name, false);
        guard?.resume();
        if (main.state === "paused") {
          main.resume();
          world.recorder.note({ type: "node.changed", node: node.name, state: node.isLevel ? "level" : "joining" });
        }
        world.tellHearing();
      },
    };
  },
};

export const stepClock: Fault = {
  kind: "clock-step",
  weight: 3,
  inject: (world, random) => {
    const node = random.pick(world.nodes);
    const by = millis(random.pick([-500, -200, 200, 500]));
    node.stepClock(by);
    return {
      targets: [node.name, `${by} ms`],
      lasts: millis(random.between(500, 6_000)),
      ...NOTHING_LOST,
      heal: () => node.stepClock(millis(-by)),
    };
  },
};
