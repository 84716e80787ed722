import { millis } from "#wire/time.ts";
import { askUntilDone, canSpare, type Fault, NOTHING_LOST, namesOf, pickNode, restartLater, running } from "./fault.ts";

export const restartPlanned: Fault = {
  kind: "planned-stop",
  weight: 8,
  inject: (world, random) => {
    const node = pickNode(
      world.nodes.filter((candidate) => canSpare(world, candidate)),
      random,
    );
    if (node === undefined) return undefined;
    void node.stopMain();
    return {
      targets: [node.name],
      lasts: millis(random.between(1_500, 4_000)),
      ...NOTHING_LOST,
      heal: () => restartLater(world, node, 0),
    };
  },
};

export const rollingRestart: Fault = {
  kind: "rolling-restart",
  weight: 4,
  inject: (world, random) => {
    const pause = random.between(50, 500);
    const waiting = [...world.nodes];
    let isOver = false;
    const next = (): void => {
      const [node] = waiting;
      if (isOver || node === undefined) return;
      if (!canSpare(world, node)) {
        world.clock.start(millis(100), next);
        return;
      }
      waiting.shift();
      void node.stopMain().then(() => {
        restartLater(world, node, pause);
        world.clock.start(millis(pause + 100), next);
      });
    };
    next();
    return {
      targets: namesOf(world),
      lasts: millis(random.between(3_000, 12_000)),
      ...NOTHING_LOST,
      heal: () => {
        isOver = true;
      },
    };
  },
};

export const killEverything: Fault = {
  kind: "all-killed",
  weight: 2,
  inject: (world, random) => {
    const { servers } = world.bus;
    const withPower = random.chance(0.5);
    for (const node of world.nodes) {
      if (withPower) node.cutPower();
      else {
        node.killMain();
        node.killGuard();
      }
      servers.killServer(node.name);
    }
    const lasts = random.between(300, 3_000);
    return {
      targets: ["all", ...(withPower ? ["power"] : [])],
      lasts: millis(lasts),
      // Without power the kernels forget: nothing is forwarded until an election has given the streams leaders.
      ...(withPower ? { allowance: millis(40_000), longestGap: millis(lasts + 40_000) } : NOTHING_LOST),
      heal: () => {
        for (const node of world.nodes) {
          if (!node.hasPower) node.restorePower();
          if (!servers.isUp(node.name)) servers.startServer(node.name);
          restartLater(world, node, random.between(50, 900));
        }
      },
    };
  },
};

export const moveAll: Fault = {
  kind: "mass-move",
  weight: 4,
  inject: (world, random) => {
    for (const mobileNode of world.mobileNodes)
      world.clock.start(millis(random.between(0, 500)), () => mobileNode.move());
    return { targets: ["mobile nodes"], lasts: millis(500), ...NOTHING_LOST, heal: () => undefined };
  },
};

/** `roam6 drain NODE`, said at any node; and `roam6 undrain NODE` some time later. */
export const drain: Fault = {
  kind: "drain",
  weight: 8,
  inject: (world, random) => {
    const node = pickNode(
      world.nodes.filter((candidate) => canSpare(world, candidate)),
      random,
    );
    const asker = pickNode(running(world), random);
    if (node === undefined || asker === undefined) return undefined;
    const ended = new AbortController();
    void asker.cluster?.balance?.command(node.name, "drain", ended.signal);
    return {
      targets: [node.name],
      lasts: millis(random.between(1_000, 6_000)),
      ...NOTHING_LOST,
      heal: () => {
        ended.abort();
        askUntilDone(world, node, "undrain", new AbortController().signal);
      },
    };
  },
};

/** `roam6 rebalance`. */
export const askRebalance: Fault = {
  kind: "rebalance",
  weight: 2,
  inject: (world, random) => {
    const asker = pickNode(running(world), random);
    const { signal } = new AbortController();
    for (const name of namesOf(world)) void asker?.cluster?.balance?.command(name, "rebalance", signal);
    return { targets: namesOf(world), lasts: millis(0), ...NOTHING_LOST, heal: () => undefined };
  },
};
