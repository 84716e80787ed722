import { type Actor, createActor, fromPromise } from "xstate";
import { decodeHello, type EdgeState, encodeHello } from "#bus/hello-message.ts";
import { edgeMachine } from "#cluster/edge-machine.ts";
import {
  decideTakeover,
  initialMemory,
  type PeerStanding,
  peerStanding,
  remember,
  type Standing,
  type TakeoverMemory,
  type TakeoverPolicy,
} from "#cluster/takeover.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { InstanceSpec, Kernel } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Random } from "#ports/random.ts";
import { between, type Instant, instantOf, type Milliseconds, millis } from "#wire/time.ts";
import type { Edge, EdgeEvent, EdgeOptions } from "./edge-contract.ts";
import { edgeStateOf } from "./edge-state.ts";
import type { HelloTransport } from "./hello-transport.ts";
import { createPeers } from "./peers.ts";

export interface EdgeDeps {
  readonly kernel: Pick<Kernel, "activateInstance" | "deactivateInstance">;
  readonly neighborDiscovery: Pick<NeighborDiscovery, "announce">;
  /** Device that unsolicited advertisements of an instance leave from: the one with its virtual MAC. */
  readonly announceDevice: (spec: InstanceSpec) => string;
  readonly transport: HelloTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly onEvent: (event: EdgeEvent) => void;
}

/** After a refusal of the kernel the instance is left to others for so long. */
const REFUSAL_PAUSE = millis(2_000);
/** A kernel that has not brought up an instance by then leaves it to the next in line; at least two detection times. */
const TAKING_TIME = millis(100);
/** What still comes to a holder that gave way is forwarded for so long, until the successor leads the home link to itself. */
const RETIRING_TIME = millis(50);
/** Who is next in line, and behind a holder that fell silent, follows the stream for so many intervals first. */
const FOLLOWED_HELLOS = 2;
/** RFC 4861 §10: MAX_NEIGHBOR_ADVERTISEMENT, RETRANS_TIMER. */
const MAX_NEIGHBOR_ADVERTISEMENT = 3;
const RETRANS_TIMER = millis(1_000);

/** One instance at run time. */
interface Held {
  readonly spec: InstanceSpec;
  readonly policy: TakeoverPolicy;
  readonly actor: Actor<typeof edgeMachine>;
  memory: TakeoverMemory;
  eligible: boolean;
  epoch: number;
  lastSequence: number;
  yieldTo: string;
  cannotCommit: boolean;
  /** The kernel takes so long to bring it up that another node may take it. */
  isSlow: boolean;
  /** A living peer says that it holds the edge too. */
  hasRival: boolean;
  /** What the last hello said: next in line is who all know alike to be it, or two would take at once. */
  said: { readonly epoch: number; readonly lastSequence: number };
}

/** How long a starting node waits at least to hear of every peer. */
const LISTENING_TIME = millis(2000);

/** Start the edges of a node. Nothing is taken before every peer was heard, or the listening time is over; what the kernel has up is kept. */
export const createEdge = (options: EdgeOptions, deps: EdgeDeps): Edge => {
  const { clock, kernel, transport } = deps;
  const { interval } = options.hello;
  const detection = millis(interval * options.hello.missed);
  const boot = deps.random.bytes(6).reduce((sum, octet) => sum * 256 + octet, 0);
  let sequence = 0;
  let mainAlive = false;
  let canCommit = false;
  let load = 0;
  let leaving = false;
  let ignored = 0;
  let stopped = false;
  let lastTick = clock.now();
  let quietUntil: Instant = clock.now();
  /** Since a gap nothing was decided yet with all of it heard. */
  let isCatchingUp = false;
  let isListening = true;
  const timers = new Set<Timer>();

  const later = (delay: Milliseconds, callback: () => void): void => {
    const timer = clock.start(delay, () => {
      timers.delete(timer);
      if (!stopped) callback();
    });
    timers.add(timer);
  };

  const announce = (held: Held, times: number): void => {
    if (!isHeld(held)) return;
    // After a pause it may be another node's by now.
    noticeGap();
    if (clock.now() < quietUntil) {
      later(detection, () => announce(held, times));
      return;
    }
    const { homeAgentAddress, virtualMac } = held.spec;
    const sent = deps.neighborDiscovery.announce(deps.announceDevice(held.spec), [
      { target: homeAgentAddress, linkLayerAddress: virtualMac, router: true, source: homeAgentAddress },
    ]);
    if (!sent.ok)
      deps.onEvent({ type: "edge.refused", instance: held.spec.number, message: `announce: ${sent.error.message}` });
    if (times > 1) later(RETRANS_TIMER, () => announce(held, times - 1));
  };

  const activate = fromPromise<void, { readonly instance: number }>(async ({ input }) => {
    const result = await kernel.activateInstance(input.instance);
    if (result.ok) return;
    await kernel.deactivateInstance(input.instance);
    throw new Error(result.error.message);
  });
  const deactivate = fromPromise<void, { readonly instance: number }>(async ({ input }) => {
    const result = await kernel.deactivateInstance(input.instance);
    if (!result.ok && result.error.code !== "not-found") throw new Error(result.error.message);
  });
  const machine = edgeMachine.provide({ actors: { activate, deactivate } });

  const holds = new Map<number, Held>();
  for (const { spec, prefer, term, held, epoch = 0, lastSequence = 0 } of options.instances) {
    const actor = createActor(machine, { input: { instance: spec.number, adopted: held, term } });
    const entry: Held = {
      spec,
      actor,
      policy: {
        self: options.node,
        instance: spec.number,
        prefer,
        detection,
        startupPatience: options.startupPatience,
        commitPatience: options.commitPatience,
        followPatience: millis(FOLLOWED_HELLOS * interval),
      },
      memory: initialMemory(clock.now()),
      eligible: false,
      epoch,
      lastSequence,
      yieldTo: "",
      cannotCommit: false,
      isSlow: false,
      hasRival: false,
      said: { epoch: 0, lastSequence: 0 },
    };
    holds.set(spec.number, entry);
    actor.on("edge.taken", (event) => {
      entry.isSlow = false;
      deps.onEvent(event);
      announce(entry, MAX_NEIGHBOR_ADVERTISEMENT);
      evaluate();
      sayHello();
    });
    actor.on("edge.withdrawn", deps.onEvent);
    actor.on("edge.down", () => {
      evaluate();
      sayHello();
    });
    actor.on("edge.refused", (event) => {
      entry.isSlow = false;
      deps.onEvent(event);
      later(REFUSAL_PAUSE, () => actor.send({ type: "pause.ended" }));
    });
  }

  const isHeld = (held: Held): boolean => held.actor.getSnapshot().value === "active";

  /** After a pause, or without anybody else, nothing is to come here any more. @returns whether the others are to be told */
  const giveWay = (held: Held): boolean => {
    if (!isHeld(held)) return false;
    if (isCatchingUp || peers.living().length === 0) {
      held.actor.send({ type: "retirement.ended" });
      return false;
    }
    held.actor.send({ type: "successor.heard" });
    later(millis(Math.max(RETIRING_TIME, interval)), () => {
      if (held.actor.getSnapshot().value === "retiring") held.actor.send({ type: "retirement.ended" });
    });
    return true;
  };

  const isTaking = ({ actor }: Held): boolean => actor.getSnapshot().value === "taking";

  const take = (held: Held, term: number): void => {
    const wasTaking = isTaking(held);
    held.actor.send({ type: "turn.came", term });
    if (wasTaking || !isTaking(held)) return;
    later(millis(Math.max(TAKING_TIME, 2 * detection)), () => {
      if (!isTaking(held)) return;
      held.isSlow = true;
      sayHello();
    });
  };

  const standingOf = (held: Held): Standing => ({
    node: options.node,
    mainAlive,
    canCommit: canCommit && !held.cannotCommit,
    leaving,
    held: isHeld(held),
    term: held.actor.getSnapshot().context.term,
    eligible: held.eligible && !held.isSlow && !["refused", "stuck"].includes(String(held.actor.getSnapshot().value)),
    epoch: held.epoch,
    lastSequence: held.lastSequence,
    yieldTo: isHeld(held) ? held.yieldTo : "",
  });

  const peers = createPeers(
    { peers: options.peers, interval, detection },
    {
      clock,
      canJudge: () => !noticeGap(),
      onChange: (node, alive) => {
        deps.onEvent({ type: "peer.changed", node, alive });
        if (alive) return;
        evaluate();
        // Others wait for our word that the holder is gone.
        sayHello();
      },
    },
  );

  const standingsOf = (instance: number): PeerStanding[] =>
    peers.living().flatMap((hello) => peerStanding(hello, instance) ?? []);

  /**
   * Who was paused for longer than the detection time first hears its peers, and its main process, which alone says that a successor lacks
   * what was committed: it neither speaks nor takes nor gives way for one detection time (DESIGN §4.6).
   */
  const noticeGap = (): boolean => {
    const now = clock.now();
    if (between(lastTick, now) <= detection + interval) return false;
    lastTick = now;
    quietUntil = instantOf(now + detection);
    isCatchingUp = true;
    later(detection, () => {
      if (!noticeGap() && clock.now() >= quietUntil) evaluate();
    });
    peers.excuse();
    return true;
  };

  const evaluate = (): void => {
    if (stopped) return;
    const now = clock.now();
    let gaveWay = false;
    for (const held of holds.values()) {
      const known = standingOf(held);
      const living = standingsOf(held.spec.number);
      // Who is named takes alone: it may go by what it has followed meanwhile.
      const isNamed = living.some((peer) => peer.held && peer.yieldTo === options.node);
      const own = known.held || isNamed ? known : { ...known, ...held.said };
      held.memory = remember(held.memory, own, living, now);
      const verdict = decideTakeover(held.policy, { own, peers: living, now, ...held.memory });
      const hasRival = living.some((peer) => peer.held);
      // A rival's frames led the home link to it: packets must not wait there for the next hello of this node.
      if (own.held && verdict.kind === "keep" && hasRival !== held.hasRival) announce(held, 1);
      held.hasRival = hasRival;
      if (now < quietUntil) continue;
      if (verdict.kind === "withdraw") gaveWay = giveWay(held) || gaveWay;
      else if (verdict.kind === "take") take(held, verdict.term);
    }
    // What is taken from here on is given away like any other, not dropped as what was held before the gap.
    if (now >= quietUntil) isCatchingUp = false;
    if (gaveWay) sayHello();
  };

  const stateOf = (held: Held): EdgeState => {
    const own = standingOf(held);
    held.said = { epoch: own.epoch, lastSequence: own.lastSequence };
    const { number } = held.spec;
    return edgeStateOf(number, own, {
      peers: standingsOf(number),
      greatest: held.memory.greatest,
      cannotCommit: held.cannotCommit,
    });
  };

  const sayHello = (): void => {
    if (stopped || clock.now() < quietUntil || options.peers.length === 0) return;
    sequence++;
    const message = encodeHello({
      node: options.node,
      boot,
      sequence,
      mainAlive,
      canCommit,
      leaving,
      load,
      edges: [...holds.values()].map(stateOf),
      heard: peers.echoes(),
    });
    for (const { address } of options.peers) transport.send(message, address);
    // What a guard before this one left up may be another node's by now: nobody is led here before the peers were heard.
    // Who hears nobody may be deaf, and another have taken its place: nobody is led to it either.
    if (isListening || peers.living().length === 0) return;
    for (const held of holds.values()) if (isHeld(held)) transport.sendFrom?.(held.spec, message);
  };

  transport.onMessage((message) => {
    if (stopped) return;
    noticeGap();
    const hello = decodeHello(message);
    if (hello.ok && peers.hear(hello.value, { node: options.node, boot, sequence })) evaluate();
    else ignored++;
  });

  const tick = (): void => {
    noticeGap();
    lastTick = clock.now();
    evaluate();
    sayHello();
    later(interval, tick);
  };
  for (const { actor } of holds.values()) actor.start();
  // A peer whose hellos are late, as on a busy machine, may hold the edge: who only starts has time.
  const listeningEnds = clock.now() + Math.max(detection * 2, LISTENING_TIME);
  const listen = (): void => {
    if (peers.living().length < options.peers.length && clock.now() < listeningEnds) {
      later(interval, listen);
      return;
    }
    isListening = false;
    for (const { actor } of holds.values()) actor.send({ type: "listening.ended" });
    evaluate();
  };
  later(options.peers.length === 0 ? millis(0) : detection, listen);
  tick();

  const anyHeld = (): boolean =>
    [...holds.values()].some(({ actor }) =>
      ["active", "taking", "retiring", "withdrawing", "stuck"].includes(String(actor.getSnapshot().value)),
    );

  return {
    tell: (facts) => {
      noticeGap();
      let changed = canCommit !== facts.canCommit;
      canCommit = facts.canCommit;
      load = facts.load ?? 0;
      for (const { number, eligible, epoch, lastSequence, yieldTo = "", cannotCommit = false } of facts.instances) {
        const held = holds.get(number);
        if (!held) continue;
        changed ||= held.yieldTo !== yieldTo || held.cannotCommit !== cannotCommit;
        Object.assign(held, { eligible, yieldTo, cannotCommit });
        // A main process that has still to read the stream knows nothing: what the kernel has up is as far as it was.
        if (epoch > 0 || !isHeld(held)) Object.assign(held, { epoch, lastSequence });
      }
      evaluate();
      if (changed) sayHello();
    },
    setMainAlive: (alive) => {
      noticeGap();
      if (mainAlive === alive) return;
      mainAlive = alive;
      evaluate();
      sayHello();
    },
    handOver: async (limit) => {
      leaving = true;
      isListening = false;
      for (const { actor } of holds.values()) actor.send({ type: "listening.ended" });
      sayHello();
      const end = clock.now() + limit;
      const wait = () => new Promise<void>((resolve) => later(millis(10), resolve));
      while (anyHeld()) {
        for (const held of holds.values()) {
          const isAlone = standingsOf(held.spec.number).every((peer) => !peer.mainAlive || peer.leaving);
          if (isAlone || clock.now() >= end) giveWay(held);
        }
        if (clock.now() >= end + limit) return;
        await wait();
      }
    },
    held: () =>
      [...holds.values()].map((held) => ({
        instance: held.spec.number,
        held: isHeld(held),
        term: held.actor.getSnapshot().context.term,
      })),
    peers: () => peers.views(),
    isEngaged: anyHeld,
    get ignored() {
      return ignored;
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      for (const timer of timers) timer.cancel();
      peers.stop();
      for (const { actor } of holds.values()) actor.stop();
      await transport[Symbol.asyncDispose]();
    },
  };
};
