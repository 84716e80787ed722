import { createHash } from "node:crypto";
import {
  considerMoves,
  initialRebalance,
  type MovableInstance,
  type MoveReason,
  wantedHolder,
} from "#cluster/rebalance.ts";
import type { Balance, NodeView } from "#ports/balance.ts";
import type { Clock } from "#ports/clock.ts";
import type { PeerView } from "#ports/cluster.ts";
import type { NodeBus, NodeCommand } from "#ports/node-bus.ts";
import { pause } from "#ports/pause.ts";
import { ok } from "#wire/result.ts";
import { between, type Instant, instantOf, type Milliseconds, millis } from "#wire/time.ts";
import { createNodeReports, type OwnReport } from "./node-reports.ts";

export interface RebalanceOptions {
  /** Moves that nobody asked for: what another node is wanted for goes there. */
  readonly enabled: boolean;
  /** How long another node must be wanted without a break. */
  readonly settle: Milliseconds;
  /** Between two moves. */
  readonly pause: Milliseconds;
  /** A wall clock that is further from the time of the cluster (services/cluster/clock-watch.ts) makes a node not eligible. */
  readonly clockBound: Milliseconds;
  /** This node was drained in an earlier life. */
  readonly drained: boolean;
  /** Drawn at random. */
  readonly boot: number;
}

/** One instance as the cluster of this node knows it. */
export interface BalancedInstance {
  readonly name: string;
  readonly number: number;
  /** All nodes, in the order in which they are to serve it. */
  readonly order: readonly string[];
  /** Level with the stream, and in the kernel. */
  readonly level: boolean;
  readonly held: boolean;
  readonly owned: boolean;
  readonly term: number;
}

export interface RebalancerDeps {
  readonly clock: Clock;
  readonly bus: NodeBus;
  readonly node: string;
  readonly instances: () => readonly BalancedInstance[];
  /** By hellos, which are faster than reports. */
  readonly peers: () => readonly PeerView[];
  readonly peerNames: readonly string[];
  readonly canCommit: () => boolean;
  /** What the guard is to be told has changed. */
  readonly onChange: () => void;
  readonly onProblem: (message: string) => void;
  /** What an operator must see to; `onProblem` hears it where this is left out. */
  readonly onAlarm?: (message: string) => void;
  /** Keeps over a restart whether this node is drained. */
  readonly saveDrained: (drained: boolean) => Promise<void>;
}

/** Decides which instances this node gives to whom (DESIGN §4, load sharing), and whether it may take any. */
export interface Rebalancer extends Balance {
  /** False while this node is drained, stops, or has a wrong wall clock: it takes nothing. */
  readonly isFit: boolean;
  /** The node that is to take an instance that is held here. */
  yieldTo(instance: string): string | undefined;
  /**
   * The node that says over the bus that it holds, by a greater term, what is held here too, and that it can commit: where the
   * home link is cut its hellos are not heard.
   */
  successorOf(instance: string): string | undefined;
  /** An edge came or went: the others hear of it at once, and the next move may begin. */
  edgeMoved(): void;
  acquainted(signal: AbortSignal): Promise<void>;
  /** Before this node ends: gives away one instance after the other, as long as somebody takes them, until `limit`. */
  leave(limit: Milliseconds): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

const LOOK_INTERVAL = millis(100);
/** After `roam6 rebalance` moves need not settle for so long, or until what was meant is gone. */
const HASTE = millis(15_000);
/** What leaves follows at once: each move ends before the next begins. */
const NO_PAUSE = millis(0);

/** Fingerprint of all serving orders: nodes that read the config differently would move an instance to and fro. */
const fingerprint = (instances: readonly BalancedInstance[]): string =>
  createHash("sha256")
    .update(JSON.stringify(instances.map(({ number, order }) => [number, ...order]).sort()))
    .digest("hex")
    .slice(0, 16);

export const createRebalancer = (options: RebalanceOptions, deps: RebalancerDeps): Rebalancer => {
  const { clock, node } = deps;
  let stopping = false;
  let memory = initialRebalance();
  let { drained } = options;
  let hasteUntil: Instant = instantOf(Number.NEGATIVE_INFINITY);
  /** What others are before this node for, when the operator asked. */
  let meant: ReadonlySet<string> = new Set();
  let clockOff = false;
  let disagreeing = "";
  const placement = fingerprint(deps.instances());

  const isFit = (): boolean => !drained && !clockOff && !stopping;

  const reports = createNodeReports(
    { node, peers: deps.peerNames, boot: options.boot, clockBound: options.clockBound },
    {
      bus: deps.bus,
      clock,
      own: () => ({
        canCommit: deps.canCommit(),
        drained: drained || stopping,
        clockOff,
        placement,
        instances: deps.instances().map(({ number, level, held, term }) => ({
          number,
          eligible: level && isFit(),
          held,
          term,
        })),
      }),
      onReport: () => look(),
      onCommand: (command) => obey(command),
    },
  );

  /**
   * Living nodes that may take an instance; `anyOpinion`: also those that read the config differently. A report is seconds old and
   * may be the last one that came through: of what a node can do now its hellos speak as well.
   */
  const candidatesOf = ({ number }: BalancedInstance, anyOpinion: boolean): ReadonlySet<string> => {
    const found = new Set<string>();
    for (const { node: name, alive, mainAlive, canCommit } of deps.peers()) {
      // Who was cut off from the bus says so in hellos; its last report may still praise it.
      const report = alive && mainAlive && canCommit ? reports.fresh(name) : undefined;
      if (report === undefined || report.drained || report.clockOff || !report.canCommit) continue;
      if (!anyOpinion && report.placement !== placement) continue;
      if (report.instances.some((instance) => instance.number === number && instance.eligible)) found.add(name);
    }
    return found;
  };

  const reason = (): MoveReason =>
    isFit() ? (meant.size > 0 && clock.now() < hasteUntil ? "now" : "balance") : "leave";

  const movable = (why: MoveReason): MovableInstance[] =>
    deps.instances().map((instance) => ({
      name: instance.name,
      order: instance.order,
      // Where its stream cannot be written an instance stays, for its next owner could not write it either.
      held: instance.held && (why === "leave" || (instance.owned && deps.canCommit())),
      candidates: candidatesOf(instance, why === "leave"),
    }));

  const judgeClock = (): void => {
    const { off, correction, clocks } = reports.clocks();
    if (off === clockOff) return;
    clockOff = off;
    const say = off ? (deps.onAlarm ?? deps.onProblem) : deps.onProblem;
    say(
      off
        ? `the wall clock of this node is ${Math.round(-correction)} ms off ${clocks < 3 ? "what the middle of all nodes was" : `the middle of ${clocks} nodes`} (cluster.clockBound ${options.clockBound} ms): it takes no instance until the clock is right; check its time service`
        : "the wall clock of this node is right again",
    );
    reports.say();
    deps.onChange();
  };

  const judgePlacement = (): void => {
    const others = deps.peerNames.filter((name) => {
      const report = reports.fresh(name);
      return report !== undefined && report.placement !== placement;
    });
    const text = others.join(", ");
    if (text === disagreeing) return;
    disagreeing = text;
    if (text !== "")
      deps.onProblem(
        `placement differs from that of ${text}: node names, cluster.weight, cluster.peers[].weight and instances[].prefer must be the same on all nodes; until then nothing moves to or from there by itself`,
      );
  };

  const look = (): void => {
    judgeClock();
    judgePlacement();
    if (!deps.instances().some(({ name, held }) => held && meant.has(name))) meant = new Set();
    const why = reason();
    const before = memory.current;
    memory = considerMoves(
      {
        self: node,
        enabled: options.enabled,
        settle: options.settle,
        pause: why === "leave" ? NO_PAUSE : options.pause,
      },
      memory,
      { instances: movable(why), reason: why, now: clock.now() },
    );
    const { current } = memory;
    if (before?.instance !== current?.instance || before?.target !== current?.target) deps.onChange();
  };

  const setDrained = async (wish: boolean): Promise<string | undefined> => {
    try {
      await deps.saveDrained(wish);
    } catch (error) {
      return `cannot keep that ${node} is ${wish ? "" : "not "}drained: ${error instanceof Error ? error.message : String(error)}`;
    }
    drained = wish;
    reports.say();
    deps.onChange();
    look();
    return undefined;
  };

  const obey = async (command: NodeCommand): Promise<string | undefined> => {
    if (command !== "rebalance") return setDrained(command === "drain");
    hasteUntil = instantOf(clock.now() + HASTE);
    meant = new Set(deps.instances().flatMap(({ name, held, order }) => (held && order[0] !== node ? [name] : [])));
    look();
    return undefined;
  };

  const nodeView = (name: string, report: OwnReport | undefined): NodeView => ({
    node: name,
    heard: report !== undefined,
    canCommit: report?.canCommit ?? false,
    drained: report?.drained ?? false,
    clockOff: report?.clockOff ?? false,
    clockOffset: reports.clocks().offsets.find((known) => known.node === name)?.offset,
    agrees: report?.placement === placement,
    holds: deps
      .instances()
      .flatMap(({ number, name: instance }) =>
        report?.instances.some((one) => one.number === number && one.held) ? [instance] : [],
      ),
  });

  const ownView = (): NodeView => ({
    node,
    heard: true,
    canCommit: deps.canCommit(),
    drained,
    clockOff,
    clockOffset: millis(0),
    agrees: true,
    holds: deps.instances().flatMap(({ name, held }) => (held ? [name] : [])),
  });

  const holderOf = ({ number, held, term }: BalancedInstance): { name: string; term: number } | undefined => {
    let best = held ? { name: node, term } : undefined;
    for (const name of deps.peerNames) {
      const one = reports.fresh(name)?.instances.find((instance) => instance.number === number);
      if (one?.held === true && one.term > (best?.term ?? -1)) best = { name, term: one.term };
    }
    return best;
  };

  return {
    get isFit() {
      return isFit();
    },
    get clockCorrection() {
      return reports.clockCorrection();
    },
    yieldTo: (instance) => (memory.current?.instance === instance ? memory.current.target : undefined),
    successorOf: (name) => {
      const own = deps.instances().find((instance) => instance.name === name);
      const best = own && holderOf(own)?.name;
      return best !== undefined && best !== node && reports.fresh(best)?.canCommit === true ? best : undefined;
    },
    edgeMoved: () => {
      reports.say();
      look();
    },
    nodes: () => [ownView(), ...deps.peerNames.map((name) => nodeView(name, reports.fresh(name)))],
    placement: () =>
      deps.instances().map((instance) => {
        const candidates = new Set(candidatesOf(instance, true));
        if (isFit() && instance.level) candidates.add(node);
        const holder = holderOf(instance);
        const held = holder === undefined ? undefined : reports.fresh(holder.name);
        // Who only cannot commit for a moment, in an election, gives nothing away (`movable`).
        const lives = deps.peers().some((peer) => peer.node === holder?.name && peer.alive && peer.mainAlive);
        const mayKeep = lives && held !== undefined && !held.drained && !held.clockOff;
        return {
          instance: instance.name,
          holder: holder?.name,
          term: holder?.term ?? 0,
          wanted: wantedHolder({
            order: instance.order,
            candidates: mayKeep && holder !== undefined ? new Set(candidates).add(holder.name) : candidates,
          }),
          order: instance.order,
          eligible: instance.order.filter((name) => candidates.has(name)),
        };
      }),
    command: async (to, command, signal) => {
      if (to !== node) return deps.bus.request(to, command, signal);
      const refusal = await obey(command);
      return refusal === undefined ? ok(undefined) : { ok: false, error: { code: "refused", message: refusal } };
    },
    acquainted: reports.acquainted,
    leave: async (limit) => {
      const end = clock.now() + limit;
      stopping = true;
      reports.say();
      deps.onChange();
      const { signal } = new AbortController();
      while (clock.now() < end) {
        look();
        const able = movable("leave");
        if (!able.some((instance) => wantedHolder(instance, { node, fit: false }) !== undefined && instance.held))
          return;
        await pause(clock, millis(10), signal);
      }
    },
    run: async (signal) => {
      const running = reports.run(signal);
      let last = clock.now();
      while (!signal.aborted) {
        await pause(clock, LOOK_INTERVAL, signal);
        const now = clock.now();
        // A node that was paused knows nothing of the others; their reports first.
        if (between(last, now) < LOOK_INTERVAL * 10) look();
        last = now;
      }
      await running;
    },
  };
};
