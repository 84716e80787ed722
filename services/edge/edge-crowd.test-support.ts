import { address, addressKey } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createVirtualClock, type VirtualClock } from "#simulator/virtual-clock.ts";
import { done, failed } from "#wire/result.ts";
import { type Milliseconds, millis } from "#wire/time.ts";
import { createEdge } from "./edge.ts";
import type { Edge } from "./edge-contract.ts";
import type { HelloTransport } from "./hello-transport.ts";

export const NODES = ["ha1", "ha2", "ha3"] as const;

export const INSTANCE: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: address("2001:db8:1::a1"),
  homePrefix: { address: address("2001:db8:1::"), length: 64 },
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
  device: "home0",
};

const addressOf = (node: string) => address(`2001:db8:1::1${node.slice(2)}`);

/** What a test says of a node through its main process. */
interface Facts {
  eligible: boolean;
  epoch: number;
  lastSequence: number;
  canCommit: boolean;
  yieldTo?: string;
}

/** A node: its kernel outlives its guard. */
interface SimulatedNode {
  active: boolean;
  refuses: boolean;
  /** Its kernel does not answer. */
  hangs: boolean;
  paused: (() => void)[] | undefined;
  edge: Edge | undefined;
  deliver: ((message: Uint8Array) => void) | undefined;
  facts: Facts;
}

interface Taken {
  readonly node: string;
  readonly term: number;
}

export interface CrowdOptions {
  /** Way of one hello from node to node: its delay, or undefined when it is lost. */
  readonly way?: (from: string, to: string) => Milliseconds | undefined;
}

/** Guards of three nodes on one simulated home link, on a virtual clock. */
export const createCrowd = ({ way = () => millis(1) }: CrowdOptions = {}) => {
  const clock: VirtualClock = createVirtualClock();
  const nodes = new Map<string, SimulatedNode>(
    NODES.map((node) => [
      node,
      {
        active: false,
        refuses: false,
        hangs: false,
        paused: undefined,
        edge: undefined,
        deliver: undefined,
        facts: { eligible: true, epoch: 1, lastSequence: 1, canCommit: true },
      },
    ]),
  );
  const cuts = new Set<string>();
  const takes: Taken[] = [];
  const advertised: object[] = [];
  /** Who spoke from the virtual MAC. */
  const spoken: string[] = [];
  let boots = 0;
  let unheldSince: number | undefined;
  let unheld = 0;

  const get = (node: string): SimulatedNode => {
    const found = nodes.get(node);
    if (!found) throw new RangeError(`no node ${node}`);
    return found;
  };
  const holders = () => [...nodes].filter(([, { active }]) => active).map(([name]) => name);

  /** A paused process handles nothing until it is resumed. */
  const whenRunning = (node: SimulatedNode, work: () => void): void => {
    if (node.paused) node.paused.push(work);
    else work();
  };

  const setActive = (node: SimulatedNode, active: boolean): void => {
    node.active = active;
    if (takes.length === 0 && !active) return;
    const anybody = holders().length > 0;
    if (!anybody) unheldSince ??= clock.now();
    else if (unheldSince !== undefined) {
      unheld += clock.now() - unheldSince;
      unheldSince = undefined;
    }
  };

  const transportOf = (name: string): HelloTransport => ({
    counters: { strangers: 0, unsent: 0 },
    send: (message, to) => {
      const target = [...nodes].find(([other]) => addressKey(addressOf(other)) === addressKey(to))?.[0];
      if (target === undefined || cuts.has(`${name} ${target}`)) return;
      const delay = way(name, target);
      if (delay === undefined) return;
      const receiver = get(target);
      clock.start(delay, () => whenRunning(receiver, () => receiver.deliver?.(message)));
    },
    sendFrom: () => spoken.push(name),
    onMessage: (listener) => {
      get(name).deliver = listener;
    },
    [Symbol.asyncDispose]: async () => {
      get(name).deliver = undefined;
    },
  });

  const clockOf = (node: SimulatedNode): Clock => ({
    ...clock,
    start: (delay, callback) => clock.start(delay, () => whenRunning(node, callback)),
  });

  const tell = (name: string, facts: Partial<Facts>): void => {
    const node = get(name);
    Object.assign(node.facts, facts);
    const { canCommit, ...instance } = node.facts;
    whenRunning(node, () => node.edge?.tell({ canCommit, instances: [{ number: INSTANCE.number, ...instance }] }));
  };

  const start = (name: string, term = 0): Edge => {
    const node = get(name);
    const seed = ++boots;
    const edge = createEdge(
      {
        node: name,
        instances: [{ spec: INSTANCE, prefer: NODES, term: node.active ? Math.max(term, 1) : 0, held: node.active }],
        peers: NODES.filter((other) => other !== name).map((other) => ({ node: other, address: addressOf(other) })),
        hello: { interval: millis(50), missed: 4 },
        startupPatience: millis(2_000),
        commitPatience: millis(1_000),
      },
      {
        kernel: {
          activateInstance: async () => {
            if (node.hangs) return new Promise(() => undefined);
            if (node.refuses) return failed({ code: "busy", errno: 16, message: "refused" });
            setActive(node, true);
            return done;
          },
          deactivateInstance: async () => {
            setActive(node, false);
            return done;
          },
        },
        neighborDiscovery: {
          announce: (device, advertisements) => {
            for (const advertisement of advertisements) advertised.push({ device, ...advertisement });
            return done;
          },
        },
        announceDevice: (spec) => `roam6-${spec.name}`,
        transport: transportOf(name),
        clock: clockOf(node),
        random: { bytes: (length) => new Uint8Array(length).fill(seed), fraction: () => 0.5 },
        onEvent: (event) => {
          if (event.type === "edge.taken") takes.push({ node: name, term: event.term });
        },
      },
    );
    node.edge = edge;
    edge.setMainAlive(true);
    tell(name, {});
    return edge;
  };

  const killGuard = (name: string): void => {
    const node = get(name);
    void node.edge?.[Symbol.asyncDispose]();
    node.edge = undefined;
    node.deliver = undefined;
  };

  return {
    clock,
    start,
    tell,
    holders,
    killGuard,
    takes: () => takes,
    advertised: () => advertised,
    spoken: () => spoken,
    edge: (name: string): Edge => {
      const { edge } = get(name);
      if (!edge) throw new RangeError(`${name} has no guard`);
      return edge;
    },
    term: (name: string) => get(name).edge?.held()[0]?.term ?? 0,
    running: () => [...nodes].filter(([, { edge }]) => edge).map(([name]) => name),
    /** Everything of the node ends, its kernel too. */
    powerOff: (name: string) => {
      killGuard(name);
      get(name).active = false;
    },
    refuse: (name: string) => {
      get(name).refuses = true;
    },
    hang: (name: string) => {
      get(name).hangs = true;
    },
    pause: (name: string) => {
      get(name).paused ??= [];
    },
    resume: (name: string) => {
      const node = get(name);
      const waiting = node.paused ?? [];
      node.paused = undefined;
      for (const work of waiting) work();
    },
    /** Cuts both ways between two nodes, or one way. */
    cut: (from: string, to: string, bothWays = true) => {
      cuts.add(`${from} ${to}`);
      if (bothWays) cuts.add(`${to} ${from}`);
    },
    isolate: (name: string) => {
      for (const other of NODES) {
        cuts.add(`${name} ${other}`);
        cuts.add(`${other} ${name}`);
      }
    },
    heal: () => cuts.clear(),
    /** Milliseconds in which nobody held the edge since it was first taken. */
    unheldTime: () => unheld + (unheldSince === undefined ? 0 : clock.now() - unheldSince),
  };
};
