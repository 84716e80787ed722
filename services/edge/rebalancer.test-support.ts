import { servingOrder } from "#cluster/placement.ts";
import type { Clock } from "#ports/clock.ts";
import { createFakeNodeBuses } from "#simulator/fake-node-bus.ts";
import type { VirtualClock } from "#simulator/virtual-clock.ts";
import { millis, seconds } from "#wire/time.ts";
import { type BalancedInstance, createRebalancer, type Rebalancer } from "./rebalancer.ts";

/** How long an edge takes to move once it is given away. */
const MOVE = millis(30);
export const NODES = ["ha1", "ha2", "ha3"];
const INSTANCES = ["a", "b", "c", "d"];

interface Member {
  readonly rebalancer: Rebalancer;
  readonly problems: string[];
  readonly saved: boolean[];
  weights: readonly { readonly node: string; readonly weight: number }[];
  alive: boolean;
  level: boolean;
  canCommit: boolean;
  /** Wall clock beside that of the clock that all share. */
  wallOff: number;
}

/** Three nodes whose guards move what they are told to move; who holds what is common knowledge, as by hellos. */
export const createMembers = (
  clock: VirtualClock,
  options: {
    nodes?: readonly string[];
    enabled?: boolean;
    drained?: string;
    weightsOf?: (node: string) => Member["weights"];
  } = {},
) => {
  const nodes = options.nodes ?? NODES;
  const buses = createFakeNodeBuses(clock);
  const stop = new AbortController();
  const holders = new Map<string, { node: string; term: number }>();
  const moves: { at: number; instance: string; from: string; to: string }[] = [];
  const members = new Map<string, Member>();
  const equal = nodes.map((node) => ({ node, weight: 100 }));
  for (const node of nodes) {
    const member: Omit<Member, "rebalancer"> = {
      problems: [],
      saved: [],
      weights: options.weightsOf?.(node) ?? equal,
      alive: true,
      level: true,
      canCommit: true,
      wallOff: 0,
    };
    const own: Clock = { ...clock, wall: () => clock.wall() + member.wallOff };
    const instances = (): BalancedInstance[] =>
      INSTANCES.map((name, at) => {
        const holder = holders.get(name);
        const held = holder?.node === node;
        const order = servingOrder(name, undefined, member.weights);
        return {
          name,
          number: at + 1,
          order,
          level: member.level,
          held,
          owned: held,
          term: held ? (holder?.term ?? 0) : 0,
        };
      });
    const rebalancer = createRebalancer(
      {
        enabled: options.enabled ?? true,
        settle: seconds(5),
        pause: seconds(1),
        clockBound: millis(500),
        drained: options.drained === node,
        boot: node.charCodeAt(2),
      },
      {
        clock: own,
        bus: buses.of(node),
        node,
        instances,
        peers: () =>
          nodes
            .filter((other) => other !== node)
            .map((other) => {
              const alive = members.get(other)?.alive ?? false;
              const canCommit = members.get(other)?.canCommit ?? false;
              return { node: other, alive, mainAlive: alive, canCommit, load: 0, lastHeardMilliseconds: 1 };
            }),
        peerNames: nodes.filter((other) => other !== node),
        canCommit: () => member.canCommit,
        onChange: () => {
          for (const instance of INSTANCES) {
            const target = rebalancer.yieldTo(instance);
            if (target === undefined || holders.get(instance)?.node !== node) continue;
            clock.start(MOVE, () => {
              const holder = holders.get(instance);
              const heir = members.get(target);
              if (holder?.node !== node || heir?.alive !== true || !heir.rebalancer.isFit) return;
              holders.set(instance, { node: target, term: holder.term + 1 });
              moves.push({ at: clock.now(), instance, from: node, to: target });
              rebalancer.edgeMoved();
              heir.rebalancer.edgeMoved();
            });
          }
        },
        onProblem: (message) => member.problems.push(message),
        saveDrained: async (drained) => void member.saved.push(drained),
      },
    );
    members.set(node, Object.assign(member, { rebalancer }));
  }
  const member = (node: string): Member => {
    const found = members.get(node);
    if (found === undefined) throw new Error(`no member ${node}`);
    return found;
  };
  const order = (instance: string) => servingOrder(instance, undefined, equal);
  for (const instance of INSTANCES) holders.set(instance, { node: order(instance)[0] ?? "", term: 1 });
  for (const { rebalancer } of members.values()) void rebalancer.run(stop.signal);
  return {
    buses,
    holders,
    moves,
    member,
    order,
    holder: (instance: string) => holders.get(instance)?.node,
    heldBy: (node: string) => INSTANCES.filter((instance) => holders.get(instance)?.node === node),
    /** Its instances go to whoever is next. */
    fail: (node: string) => {
      member(node).alive = false;
      for (const instance of INSTANCES) {
        const holder = holders.get(instance);
        if (holder?.node !== node) continue;
        const heir = order(instance).find((other) => member(other).alive) ?? "";
        holders.set(instance, { node: heir, term: holder.term + 1 });
      }
    },
    placed: (except?: string) =>
      INSTANCES.every((instance) => holders.get(instance)?.node === order(instance).find((node) => node !== except)),
    stop: () => stop.abort(),
  };
};
