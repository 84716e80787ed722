import { cp, stat } from "node:fs/promises";
import { join } from "node:path";
import { now } from "#lab/demo/clock.ts";
import { awaitAcknowledgement, awaitReady, prepareScene, type Scene } from "#lab/demo/scene.ts";
import { startPrograms } from "#lab/demo/start-programs.ts";
import { type Lab, raiseLab } from "#lab/lab.ts";
import { startUdpProbe } from "#lab/probes.ts";
import { configFile, homeAgentConfig, mobileNodeConfig, writeConfigFiles } from "#lab/program-configs.ts";
import { ask, roam6 } from "#lab/programs.ts";
import { pass, poll } from "#lab/run.ts";
import { homeAgentsOf, homeNetworkOf, LAB, type Topology } from "#lab/topology.ts";
import { millis } from "#wire/time.ts";
import { type FlowReader, openFlow } from "./flow-reader.ts";
import type { HistoryEvent } from "./history/history.ts";
import { type Load, startLoad } from "./load.ts";
import { logLength } from "./log-events.ts";
import { clientEndpoint, type LogWatch, startLogWatch, watchNode } from "./log-watch/log-watch.ts";
import type { Chance } from "./random.ts";

/** The cluster did not come to rest within the deadline: which node lacks what. */
export class NotLevelError extends Error {}

/** What a run of chaos needs. */
export interface StageOptions {
  readonly nodes: number;
  /** Simulated mobile nodes beside the lab's own. */
  readonly bindings: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  /** Where the logs go when the lab does not come up. */
  readonly logs: string;
}

/** Copies configs and logs of a lab, without what is large. */
export const keepLogs = (lab: Lab, to: string): Promise<void> =>
  cp(lab.directory, to, {
    recursive: true,
    filter: (path) => !/\/(?:nats|state|records)$|\.sock$/.test(path),
  }).catch(() => undefined);

/** From when on a node's wall clock was off by so much; milliseconds. */
export interface ClockStep {
  readonly node: string;
  readonly from: number;
  readonly by: number;
  /** How long its log was then, in octets. */
  readonly logged: number;
}

/** One direction of the probes between the correspondent and the mobile node. */
export interface StageFlow {
  readonly direction: "in" | "out";
  readonly reader: FlowReader;
}

/** A lab with a cluster under load, and all that faults need of it. */
export interface Stage {
  readonly lab: Lab;
  readonly scene: Scene;
  /** Names of all home agents. */
  readonly nodes: readonly string[];
  readonly chance: Chance;
  readonly signal: AbortSignal;
  readonly flows: readonly StageFlow[];
  readonly load: Load | undefined;
  readonly plane: string;
  /** Nodes that a fault holds now: another one leaves them alone. */
  readonly held: Set<string>;
  say(line: string): void;
  /** Puts an event into the history. */
  record(event: HistoryEvent): void;
  readonly events: readonly HistoryEvent[];
  /** Undone at the end, in reverse order, whatever happens: rules, groups, mounts. */
  readonly cleanup: AsyncDisposableStack;
  /** The home agent that owns the mobile node's instance. */
  owner(): Promise<string>;
  /** Instances whose edge or stream the node holds now. */
  holdings(node: string): Promise<readonly string[]>;
  /** Starts the program of a node again and waits until it serves. @param before words that precede its command line */
  restart(node: string, before?: readonly string[]): Promise<void>;
  /** Moves the probed mobile node to the other foreign link and waits until it is acknowledged there. */
  moveMobileNode(): Promise<void>;
  /** Ends the program of a node in order. */
  stop(node: string): Promise<void>;
  readonly log: LogWatch;
  readonly steps: readonly ClockStep[];
  /** Notes that a node's wall clock is off by so much from now on, and has `apply` do it. */
  step(node: string, by: number, apply: () => Promise<void>): Promise<void>;
  /** Waits until every node hears every other, follows every stream and can commit; and every instance has one owner. */
  level(deadline?: number): Promise<void>;
  /** Lets real time pass; throws when the run is to end. */
  pass(milliseconds: number): Promise<void>;
}

/** Twice what a goal allows, so that it is told by how much it was missed; and as long again for each 20 000 bindings. */
const LEVEL_DEADLINE = 40_000;
const READY_DEADLINE = 30_000;
const patienceFor = (bindings: number): number => 1 + bindings / 20_000;
/** Longer than any fault: its end shall not be what loses packets. Seconds. */
const MOBILE_NODE_LIFETIME = 600;
const MOVE_DEADLINE = 15_000;

/** The lab, and a host that reads the log beside the nodes. */
const topologyOf = (nodes: number): Topology => {
  const network = homeNetworkOf(nodes);
  return { ...network, nodes: [...network.nodes, watchNode] };
};

/** What differs from the lab of other uses: lifetimes, and where the NATS servers listen. */
const configsOf = (lab: Lab): [string, object][] => {
  const homeAgents = homeAgentsOf(lab.topology);
  return [
    ["mn", { ...mobileNodeConfig(lab, "auto"), lifetime: MOBILE_NODE_LIFETIME }],
    ...homeAgents.map((self): [string, object] => {
      const config = homeAgentConfig(lab, self, { homeAgents, plane: "auto" });
      const embedded = { ...config.nats.embedded, listen: clientEndpoint(self.management) };
      return [self.node, { ...config, nats: { embedded } }];
    }),
  ];
};

/**
 * What keeps the cluster from being level; empty when it is.
 * @param reached how far any node had followed each stream when this was asked before; updated
 */
const lacking = async (lab: Lab, nodes: readonly string[], reached: Map<string, number>): Promise<string[]> => {
  const views = await Promise.all(
    nodes.map(async (node) => ({
      node,
      instances: (await ask(lab, node, "instances"))?.instances,
      status: await ask(lab, node, "status"),
    })),
  );
  const problems = views.flatMap(({ node, instances, status }) => {
    if (instances === undefined || status === undefined) return [`${node} does not answer`];
    return [
      ...instances
        .filter(({ level, name, followedSequence }) => !level || followedSequence < (reached.get(name) ?? 0))
        .map(({ name, followedSequence }) => `${node} has followed stream ${name} only up to ${followedSequence}`),
      ...(status.nats?.available === true ? [] : [`${node} cannot commit`]),
      ...(status.peers ?? [])
        .filter(({ alive, mainAlive, canCommit }) => !(alive && mainAlive && canCommit))
        .map((peer) => `${node} hears of ${peer.node}: ${peer.alive ? "no main process, or no commit" : "nothing"}`),
    ];
  });
  const all = views.flatMap(({ instances }) => instances ?? []);
  for (const { name, followedSequence } of all) reached.set(name, Math.max(followedSequence, reached.get(name) ?? 0));
  for (const { name } of LAB.instances) {
    const owners = all.filter((one) => one.name === name && one.role === "owner").length;
    if (owners !== 1) problems.push(`instance ${name} has ${owners} owners`);
  }
  return problems;
};

const startFlows = async (lab: Lab): Promise<{ flows: StageFlow[]; stop: () => Promise<void> }> => {
  const cn = { node: "cn", address: LAB.correspondent };
  const mn = { node: "mn", address: LAB.homeAddress };
  const port = 7000;
  const probe = await startUdpProbe(lab, [cn, mn], { port, interval: 1000 });
  const record = (at: string): string => join(lab.directory, "records", `udp-cn-mn-${port}-at-${at}`);
  const there = await poll(
    async () => {
      const files = ["cn", "mn"].flatMap((node) => [record(node), `${record(node)}.schedule`]);
      const sizes = await Promise.all(
        files.map((file) =>
          stat(file).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      );
      return sizes.every((size) => size > 0) ? true : undefined;
    },
    { deadline: 10_000, interval: 50 },
  );
  if (there === undefined) {
    await probe.stop();
    throw new NotLevelError("no probe arrives: the mobile node cannot be reached");
  }
  const flows: StageFlow[] = [
    { direction: "in", reader: await openFlow(record("mn"), `${record("cn")}.schedule`) },
    { direction: "out", reader: await openFlow(record("cn"), `${record("mn")}.schedule`) },
  ];
  return { flows, stop: () => probe.stop() };
};

/**
 * Raises a lab, starts all programs, moves the mobile node away from home and lets probes flow.
 * @throws NotLevelError, NotReadyError; nothing of the lab is left then
 */
export const raiseStage = async (options: StageOptions, chance: Chance): Promise<Stage & AsyncDisposable> => {
  const { signal, say } = options;
  const begun = now();
  let isUp = false;
  await using undo = new AsyncDisposableStack();
  const lab = undo.adopt(
    await raiseLab({ id: `c${process.pid.toString(36)}`, topology: topologyOf(options.nodes) }),
    async (raised) => {
      if (!isUp) {
        await keepLogs(raised, options.logs);
        say(`logs: ${options.logs}`);
      }
      await raised.down();
    },
  );
  const scene = await prepareScene(lab, "auto");
  await writeConfigFiles(lab, configsOf(lab));
  const plane = await startPrograms(scene);
  const log = await startLogWatch(lab);
  signal.throwIfAborted();
  let place: "f1" | "f2" = "f2";
  const moveMobileNode = async (): Promise<void> => {
    place = place === "f1" ? "f2" : "f1";
    const movedAt = await lab.move("mn", "eth0", place);
    const prefix = LAB.foreignPrefixes[place];
    if ((await awaitAcknowledgement(scene, { prefix, movedAt, deadline: MOVE_DEADLINE })) === undefined)
      throw new NotLevelError(`the mobile node is not acknowledged on ${place}`);
  };
  await moveMobileNode();
  const { flows, stop } = await startFlows(lab);
  undo.defer(stop);
  const load = options.bindings === 0 ? undefined : await startLoad(lab, options);
  const nodes = homeAgentsOf(lab.topology).map(({ node }) => node);
  const events: HistoryEvent[] = [];
  const steps: ClockStep[] = [];
  const cleanup = new AsyncDisposableStack();
  undo.use(cleanup);
  const owner = async (): Promise<string> => {
    const found = await poll(() => scene.owner(), { deadline: 10_000, interval: 20 });
    if (found === undefined) throw new NotLevelError(`no node owns instance ${LAB.instance}`);
    return found;
  };
  const level = async (deadline = LEVEL_DEADLINE * patienceFor(options.bindings)): Promise<void> => {
    const reached = new Map<string, number>();
    let problems = await lacking(lab, nodes, reached);
    const done = await poll(
      async () => {
        signal.throwIfAborted();
        problems = await lacking(lab, nodes, reached);
        return problems.length === 0 ? true : undefined;
      },
      { deadline, interval: 50 },
    );
    if (done === undefined) throw new NotLevelError(`not level after ${deadline / 1000} s: ${problems.join("; ")}`);
  };
  await level();
  say(
    `lab up after ${((now() - begun) / 1000).toFixed(1)} s: ${nodes.join(", ")}, data plane ${plane}, ${options.bindings} mobile nodes more`,
  );
  for (const node of nodes) events.push({ type: "node.changed", at: millis(now()), node, state: "level" });
  isUp = true;
  const owned = undo.move();
  return {
    lab,
    scene,
    nodes,
    chance,
    signal,
    flows,
    load,
    plane,
    held: new Set(),
    say,
    record: (event) => void events.push(event),
    events,
    cleanup,
    owner,
    restart: async (node, before = []) => {
      const argv = [...before, ...roam6("ha", "-c", configFile(lab, node))];
      scene.programs.set(node, await lab.start(node, "roam6", argv));
      await awaitReady(scene, node, READY_DEADLINE * patienceFor(options.bindings));
    },
    moveMobileNode,
    holdings: async (node) =>
      ((await ask(lab, node, "instances"))?.instances ?? [])
        .filter(({ role }) => role !== "standby")
        .map(({ name }) => name),
    stop: async (node) => {
      const program = scene.programs.get(node);
      program?.kill("SIGTERM");
      await program?.ended;
    },
    log,
    steps,
    step: async (node, by, apply) => {
      steps.push({ node, by, logged: await logLength(lab, node), from: now() });
      await apply();
    },
    level,
    pass: (milliseconds) => pass(milliseconds, signal),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
};
