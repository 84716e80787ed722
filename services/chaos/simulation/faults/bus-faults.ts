import { millis } from "#wire/time.ts";
import { type Fault, NOTHING_LOST, namesOf } from "./fault.ts";

export const killServer: Fault = {
  kind: "jetstream-leader-kill",
  weight: 8,
  inject: (world, random) => {
    const { servers } = world.bus;
    const leaders = namesOf(world).filter((name) => servers.isUp(name));
    if (leaders.length === 0) return undefined;
    const instance = random.pick(["a", "b"]);
    const leader = servers.leaderOf(`sim-bindings-${instance}`) ?? random.pick(leaders);
    servers.killServer(leader);
    return {
      targets: [leader],
      lasts: millis(random.between(300, 9_000)),
      ...NOTHING_LOST,
      heal: () => {
        const host = world.nodes.find(({ name }) => name === leader);
        if (host?.hasPower === true && !servers.isUp(leader)) servers.startServer(leader);
      },
    };
  },
};

export const stopBus: Fault = {
  kind: "nats-down",
  weight: 3,
  inject: (world, random) => {
    const { servers } = world.bus;
    const killed = namesOf(world).filter((name) => servers.isUp(name));
    for (const name of killed) servers.killServer(name);
    return {
      targets: killed,
      lasts: millis(random.between(300, 8_000)),
      ...NOTHING_LOST,
      heal: () => {
        for (const node of world.nodes)
          if (killed.includes(node.name) && node.hasPower && !servers.isUp(node.name)) servers.startServer(node.name);
      },
    };
  },
};

export const slowDisk: Fault = {
  kind: "slow-disk",
  weight: 4,
  inject: (world, random) => {
    const server = random.pick(namesOf(world));
    const isStuck = random.chance(0.4);
    world.bus.setDisk(server, isStuck ? millis(Number.POSITIVE_INFINITY) : millis(random.between(50, 900)));
    return {
      targets: [server, isStuck ? "stuck" : "slow"],
      lasts: millis(random.between(200, 6_000)),
      ...NOTHING_LOST,
      heal: () => world.bus.setDisk(server, undefined),
    };
  },
};

/**
 * All servers die, and come back without the last records that they had acknowledged: the nodes know them, and put them back
 * (DESIGN §4.5). Nothing else may happen before they have: what no node knows any more is lost.
 */
export const loseTail: Fault = {
  kind: "lost-tail",
  weight: 5,
  isAlone: true,
  inject: (world, random) => {
    const { servers } = world.bus;
    const level = world.nodes.filter((node) => node.isLevel);
    if (level.length < world.nodes.length || world.nodes.some(({ name }) => !servers.isUp(name))) return undefined;
    for (const { name } of world.nodes) servers.killServer(name);
    const lost = world.loseTail(1 + random.below(4));
    return {
      targets: [`${lost} records`],
      lasts: millis(random.between(300, 3_000)),
      ...NOTHING_LOST,
      heal: () => {
        for (const { name, hasPower } of world.nodes) if (hasPower && !servers.isUp(name)) servers.startServer(name);
      },
    };
  },
};
