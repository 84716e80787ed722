import { type Actor, createActor, fromPromise } from "xstate";
import { ownershipMachine } from "#cluster/ownership-machine.ts";
import { createActorClock } from "#ports/actor-clock.ts";
import type { BindingLog, Ownership, StreamState } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import type { Cluster, ClusterEvent, InstanceRole, InstanceView, PeerView } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { pause } from "#ports/pause.ts";
import { between, type Instant, type Milliseconds, millis } from "#wire/time.ts";
import { createCommitHealth } from "./commit-health.ts";
import { connectGuard, type GuardLink, type GuardLinkDeps } from "./guard-client.ts";
import type { GuardOptions } from "./guard-options.ts";
import type { GuardMessage } from "./guard-protocol.ts";
import { createKernelProgress, type KernelProgress } from "./kernel-progress.ts";
import { createRebalancer, type RebalanceOptions, type RebalancerDeps } from "./rebalancer.ts";

export interface ClusterOptions {
  readonly guard: GuardOptions;
  /** How long a stop waits for peers to take the edges; the default is 1 s. */
  readonly handOverLimit?: Milliseconds;
  /** Load sharing, planned moves and the comparison of clocks; they need `nodes`. */
  readonly rebalance?: RebalanceOptions;
  /** False for an edge without a home agent: it never claims a stream. */
  readonly claims?: boolean;
}

/** What a guard link tells. */
export type GuardHandlers = Pick<GuardLinkDeps, "onMessage" | "onProblem">;

export interface ClusterDeps {
  readonly log: BindingLog;
  /** Trouble that is met by trying again, for the log of the program. */
  readonly onProblem: (message: string) => void;
  readonly clock: Clock;
  /** Reaches the guard of this node; by default the process `roam6 guard`, found on its socket or started. */
  readonly openGuard?: (options: GuardOptions, handlers: GuardHandlers) => GuardLink;
  /** Per mille of this node's capacity in use, for its hellos. */
  readonly load?: () => number;
  /** Where nodes tell each other how they are, and what is kept of it. */
  readonly nodes?: Pick<RebalancerDeps, "bus" | "saveDrained" | "onAlarm">;
}

/** After a stream's leader was asked to move it is left alone for so long. */
const LEADER_PAUSE = millis(5_000);
/** What a stream's leader said longer ago is no longer shown. */
const ANSWER_COUNTS = millis(2_000);
const LOAD_INTERVAL = millis(1_000);
const CLAIM_PAUSE = millis(50);
const HAND_OVER_LIMIT = millis(1_000);
/** How long a stop gives one instance after the other to whom it is placed on, before all that are left go at once. */
const LEAVE_LIMIT = millis(5_000);

/** One instance at run time. */
interface Followed {
  readonly spec: InstanceSpec;
  readonly actor: Actor<typeof ownershipMachine>;
  held: boolean;
  term: number;
  owner: string | undefined;
  ownership: Ownership | undefined;
  /** Greatest epoch followed, and sequence followed up to. */
  epoch: number;
  sequence: number;
  readonly kernel: KernelProgress;
  /** Of its own writes, which it may follow late itself. */
  committed: number;
  level: boolean;
  eligible: boolean;
  leaderMovedAt: number;
  /** What its leader answered last. */
  stream: { readonly state: StreamState; readonly at: Instant } | undefined;
}

/**
 * Membership, takeover and ownership of one node: follows the streams, keeps a guard process that holds the edges, and
 * claims the stream of every instance whose edge is here (DESIGN §4.2). Disposing of it hands the edges over to peers,
 * which take them first; then the guard ends.
 */
export const createCluster = (options: ClusterOptions, deps: ClusterDeps): Cluster => {
  const { log, clock } = deps;
  const actorClock = createActorClock(clock);
  const { node } = options.guard;
  const stopped = new AbortController();
  const running: Promise<void>[] = [];
  let tellHomeAgent: (event: ClusterEvent) => void | Promise<void> = () => {};
  let guard: GuardLink | undefined;
  let peers: readonly PeerView[] = [];
  let logAvailable = false;

  const tell = (event: ClusterEvent): void => {
    void tellHomeAgent(event);
  };

  const tellGuard = (): void =>
    guard?.tell({
      canCommit: health.ableForSome,
      load: deps.load?.() ?? 0,
      instances: [...instances.values()].map(({ spec, eligible, epoch, kernel, committed }) => {
        const yieldTo = rebalancer?.yieldTo(spec.name);
        return {
          number: spec.number,
          eligible: eligible && rebalancer?.isFit !== false,
          epoch: eligible ? epoch : 0,
          lastSequence: eligible ? Math.max(kernel.sequence, committed) : 0,
          ...(health.ableFor(spec.name) ? {} : { cannotCommit: true }),
          ...(yieldTo === undefined ? {} : { yieldTo }),
        };
      }),
    });

  /** Claims until the epoch entry is written, or the edge is gone again. */
  const claim = fromPromise<number, { readonly instance: string }>(async ({ input, signal }) => {
    const followed = instances.get(input.instance);
    const either = AbortSignal.any([signal, stopped.signal]);
    let told = "";
    while (!either.aborted) {
      // Cut off on the home link alone, this node does not hear who took the edge after it: both would claim by turns.
      const successor = rebalancer?.successorOf(input.instance);
      if (successor !== undefined) throw new Error(`${successor} holds the edge by a greater term`);
      const claimed = await log.claim(input.instance, node, either);
      if (claimed.ok && followed) {
        // The answer came late: another node has the stream by now, and the machine waits before it claims again.
        if (followed.epoch > claimed.value.epoch) throw new Error(`overtaken by epoch ${followed.epoch}`);
        followed.ownership = watched(followed, health.watched(input.instance, claimed.value));
        followed.epoch = claimed.value.epoch;
        return claimed.value.epoch;
      }
      if (!claimed.ok && claimed.error.code === "unavailable" && claimed.error.message !== told && !either.aborted) {
        told = claimed.error.message;
        deps.onProblem(`instance ${input.instance}: ownership waits: ${told}`);
      }
      await pause(clock, CLAIM_PAUSE, either);
    }
    throw new Error("the edge is gone");
  });

  /** An ownership whose refusals this module hears of as well. */
  const watched = (followed: Followed, ownership: Ownership): Ownership => ({
    epoch: ownership.epoch,
    append: async (records, signal) => {
      const result = await ownership.append(records, signal);
      if (result.ok) {
        followed.committed = result.value.sequence;
        scheduleFacts();
      } else if (result.error.code === "fenced")
        followed.actor.send({ type: "ownership.fenced", epoch: result.error.epoch });
      return result;
    },
  });

  const machine = ownershipMachine.provide({ actors: { claim } });
  const instances = new Map<string, Followed>();
  for (const { spec } of options.guard.instances) {
    const actor = createActor(machine, { input: { instance: spec.name }, clock: actorClock });
    const followed: Followed = {
      spec,
      actor,
      held: false,
      term: 0,
      owner: undefined,
      ownership: undefined,
      epoch: 0,
      sequence: 0,
      kernel: createKernelProgress(() => scheduleFacts()),
      committed: 0,
      level: false,
      eligible: false,
      leaderMovedAt: Number.NEGATIVE_INFINITY,
      stream: undefined,
    };
    instances.set(spec.name, followed);
    actor.on("ownership.gained", () => {
      const { ownership } = followed;
      if (!ownership) return;
      followed.owner = node;
      tell({ type: "ownership.gained", instance: spec.name, ownership });
    });
    actor.on("ownership.lost", ({ epoch }) => {
      followed.ownership = undefined;
      if (followed.owner === node) followed.owner = undefined;
      tell({ type: "ownership.lost", instance: spec.name, epoch });
    });
  }

  const follow = (followed: Followed): Promise<void> => {
    const { name } = followed.spec;
    return log.follow(
      name,
      {
        // Lifetimes of records are read by the clock of the cluster: it must be known first.
        beforeStart: async () => rebalancer?.acquainted(stopped.signal),
        entry: (entry) => {
          followed.sequence = entry.sequence;
          const { sequence } = entry;
          if (entry.kind === "record") {
            const { record } = entry;
            const answer = tellHomeAgent({ type: "record.followed", instance: name, record, sequence });
            followed.kernel.note(sequence, answer ?? undefined);
          } else {
            followed.epoch = Math.max(followed.epoch, entry.epoch);
            followed.owner = entry.node;
            if (entry.node !== node) followed.actor.send({ type: "ownership.fenced", epoch: entry.epoch });
            const { epoch, node: owner } = entry;
            tell({ type: "epoch.followed", instance: name, epoch, node: owner, own: owner === node });
            followed.kernel.note(sequence);
          }
        },
        caughtUp: (sequence) => {
          followed.sequence = Math.max(followed.sequence, sequence);
          followed.level = true;
          followed.kernel.note(
            sequence,
            Promise.resolve(tellHomeAgent({ type: "stream.level", instance: name, sequence })).then(() => {
              followed.eligible = true;
              tellGuard();
            }),
          );
        },
        lost: () => {
          followed.committed = 0;
          followed.kernel.reset();
          tell({ type: "stream.lost", instance: name });
        },
      },
      stopped.signal,
    );
  };

  let factsDue = false;
  /** Sequences change with every commit; the guard hears of them at most once a turn of the event loop. */
  const scheduleFacts = (): void => {
    if (factsDue) return;
    factsDue = true;
    clock.start(millis(0), () => {
      factsDue = false;
      if (!stopped.signal.aborted) tellGuard();
    });
  };

  /** Bindings come and go without a word to this module. */
  const watchLoad = async (): Promise<void> => {
    let told = 0;
    while (deps.load !== undefined && !stopped.signal.aborted) {
      const load = deps.load();
      if (load !== told) tellGuard();
      told = load;
      await pause(clock, LOAD_INTERVAL, stopped.signal);
    }
  };

  const setLogAvailable = (available: boolean): void => {
    if (logAvailable === available) return;
    logAvailable = available;
    tell({ type: "log.available", available });
    tellGuard();
  };

  /** The leader of an owned stream leaves this node, so that the death of the node costs no election. */
  const keepLeaderAway = (followed: Followed, state: StreamState): void => {
    const other = state.replicas.find(({ current, server }) => current && server !== node);
    const now = clock.now();
    if (state.leader !== node || !other || !followed.ownership || now - followed.leaderMovedAt < LEADER_PAUSE) return;
    followed.leaderMovedAt = now;
    void log.moveLeader(followed.spec.name, other.server, stopped.signal);
  };

  /** A node that cannot commit says so. */
  const health = createCommitHealth({
    log,
    clock,
    node,
    instances: [...instances.keys()],
    detection: millis(options.guard.hello.interval * options.guard.hello.missed),
    onState: (instance, state) => {
      const followed = instances.get(instance);
      if (!followed) return;
      followed.stream = { state, at: clock.now() };
      keepLeaderAway(followed, state);
    },
    isHeld: (instance) => instances.get(instance)?.held ?? false,
    onChange: () => {
      setLogAvailable(health.able);
      tellGuard();
    },
  });

  const setHeld = (followed: Followed, held: boolean, term: number): void => {
    const changed = followed.held !== held;
    followed.held = held;
    followed.term = term;
    if (!changed) return;
    const event = held ? ("edge.taken" as const) : ("edge.withdrawn" as const);
    if (held) tell({ type: event, instance: followed.spec.name, term });
    if (options.claims !== false) followed.actor.send({ type: event });
    if (!held) tell({ type: event, instance: followed.spec.name, term });
    rebalancer?.edgeMoved();
  };

  const rebalancer =
    options.rebalance &&
    deps.nodes &&
    createRebalancer(options.rebalance, {
      ...deps.nodes,
      clock,
      node,
      instances: () =>
        options.guard.instances.flatMap(({ spec, prefer }) => {
          const followed = instances.get(spec.name);
          if (!followed) return [];
          const { eligible, held, term } = followed;
          // Where another node owns the stream, an edge moves without it.
          const owned = held && (followed.ownership !== undefined || options.claims === false);
          return [{ name: spec.name, number: spec.number, order: prefer, level: eligible, held, owned, term }];
        }),
      peers: () => peers,
      peerNames: options.guard.peers.map((peer) => peer.node),
      canCommit: () => logAvailable,
      onChange: tellGuard,
      onProblem: deps.onProblem,
    });

  const onGuard = (message: GuardMessage): void => {
    const find = (number: number) => [...instances.values()].find(({ spec }) => spec.number === number);
    switch (message.type) {
      case "welcome":
        for (const edge of message.edges) {
          const followed = find(edge.instance);
          if (followed) setHeld(followed, edge.held, edge.term);
        }
        break;
      case "edge.taken":
      case "edge.withdrawn": {
        const followed = find(message.instance);
        if (followed) setHeld(followed, message.type === "edge.taken", message.term);
        break;
      }
      case "peers":
        peers = message.peers;
        break;
      case "problem":
        deps.onProblem(message.message);
        break;
      case "handed-over":
        break;
      default:
        message satisfies never;
    }
  };

  const roleOf = (followed: Followed): InstanceRole => {
    if (!followed.held) return "standby";
    if (options.claims === false) return "edge";
    const { value } = followed.actor.getSnapshot();
    return value === "owner" ? "owner" : value === "fenced" ? "edge" : "claiming";
  };

  return {
    start: async (onEvent) => {
      tellHomeAgent = onEvent;
      for (const followed of instances.values()) {
        followed.actor.start();
        running.push(follow(followed));
      }
      if (rebalancer) running.push(rebalancer.run(stopped.signal));
      guard = (deps.openGuard ?? connectGuard)(options.guard, { onMessage: onGuard, onProblem: deps.onProblem });
      tellGuard();
      running.push(watchLoad());
      running.push(health.run(stopped.signal));
    },
    instances: (): readonly InstanceView[] =>
      [...instances.values()].map((followed) => ({
        instance: followed.spec,
        role: roleOf(followed),
        term: followed.term,
        epoch: followed.epoch,
        owner: followed.owner,
        followedSequence: followed.sequence,
        level: followed.level,
        stream:
          followed.stream && between(followed.stream.at, clock.now()) < ANSWER_COUNTS
            ? followed.stream.state
            : undefined,
      })),
    peers: () => peers,
    balance: rebalancer,
    get logAvailable() {
      return logAvailable;
    },
    [Symbol.asyncDispose]: async () => {
      await rebalancer?.leave(LEAVE_LIMIT);
      await guard?.handOver(options.handOverLimit ?? HAND_OVER_LIMIT);
      stopped.abort();
      await guard?.[Symbol.asyncDispose]();
      await Promise.all(running);
      for (const { actor } of instances.values()) actor.stop();
    },
  };
};
