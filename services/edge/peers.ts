import { createActor } from "xstate";
import type { Hello } from "#bus/hello-message.ts";
import { type HeardHello, isFresh, rememberHello } from "#cluster/hello-freshness.ts";
import { peerMachine } from "#cluster/peer-machine.ts";
import type { Address } from "#ipv6/address.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { PeerView } from "#ports/cluster.ts";
import { after, between, type Milliseconds, millis } from "#wire/time.ts";

/** A peer as configured. */
export interface PeerSpec {
  readonly node: string;
  /** Its own address on the home link. */
  readonly address: Address;
}

/** All peers of a node: who is heard and hears, and what they said last. */
export interface Peers {
  /** Takes an authentic hello. @returns false when it is a replay, or of a node that is no peer */
  hear(hello: Hello, own: { readonly node: string; readonly boot: number; readonly sequence: number }): boolean;
  /** Last hellos of living peers. */
  living(): readonly Hello[];
  /** What to echo: the last authentic hello of each peer, taken or not. */
  echoes(): Hello["heard"];
  /**
   * Gives everybody two detection times: this node itself was not listening, and a peer on the same machine was paused
   * with it, and says nothing for one detection time either.
   */
  excuse(): void;
  views(): readonly PeerView[];
  stop(): void;
}

interface PeerState {
  known?: HeardHello;
  echo?: Hello["heard"][number];
  timer?: Timer;
  excusedAt?: number;
  /** What it echoed last, and when that last was more than before: when it was last seen to hear anybody. */
  echoes?: Hello["heard"];
  echoedAt?: number;
}

const echoesMore = (echoes: Hello["heard"], before: Hello["heard"]): boolean =>
  echoes.some(
    (echo) =>
      !before.some(({ node, boot, sequence }) => node === echo.node && boot === echo.boot && sequence >= echo.sequence),
  );

/** Watch peers. `onChange` is called when one appears or falls silent, after input that waits has been read. */
export const createPeers = (
  options: { readonly peers: readonly PeerSpec[]; readonly interval: Milliseconds; readonly detection: Milliseconds },
  deps: {
    readonly clock: Clock;
    readonly onChange: (node: string, alive: boolean) => void;
    /** False while this node knows that it has not listened itself. */
    readonly canJudge: () => boolean;
  },
): Peers => {
  const { clock } = deps;
  let stopped = false;
  const peers = new Map(
    options.peers.map(({ node }) => {
      const actor = createActor(peerMachine, { input: { node } });
      actor.on("peer.appeared", () => deps.onChange(node, true));
      actor.on("peer.silent", () => deps.onChange(node, false));
      actor.start();
      const state: PeerState = {};
      return [node, { actor, state }] as const;
    }),
  );
  type Peer = NonNullable<ReturnType<typeof peers.get>>;

  /**
   * Until when a peer counts as one that hears the link: it echoes what it heard in its next hello, an interval later. One that
   * hears nobody, though it is heard, gets no packet either, and would not notice a successor.
   */
  const deafAt = ({ echoedAt = 0, excusedAt = 0 }: PeerState): number =>
    Math.max(echoedAt, excusedAt) + options.detection + 2 * options.interval;

  const judge = (peer: Peer): void => {
    if (stopped) return;
    const { heardAt } = peer.actor.getSnapshot().context;
    if (heardAt === undefined || peer.actor.getSnapshot().value !== "alive") return;
    const from = Math.max(heardAt, peer.state.excusedAt ?? 0);
    const rest = Math.min(from + options.detection, deafAt(peer.state)) - clock.now();
    if (rest > 0 || !deps.canJudge()) arm(peer, millis(Math.max(rest, 1)));
    else peer.actor.send({ type: "detection.elapsed" });
  };
  const arm = (peer: Peer, delay: Milliseconds): void => {
    peer.state.timer?.cancel();
    // A hello may wait in the socket while the timer fires late: it is read first.
    peer.state.timer = clock.start(delay, () => {
      peer.state.timer = clock.start(millis(0), () => judge(peer));
    });
  };

  return {
    hear: (hello, own) => {
      const peer = peers.get(hello.node);
      if (!peer) return false;
      const { state } = peer;
      if (!state.known?.retired.includes(hello.boot))
        state.echo = { node: hello.node, boot: hello.boot, sequence: hello.sequence };
      if (!isFresh(hello, state.known, own)) return false;
      state.known = rememberHello(hello, state.known);
      const now = clock.now();
      if (state.echoes === undefined || echoesMore(hello.heard, state.echoes)) state.echoedAt = now;
      state.echoes = hello.heard;
      if (now >= deafAt(state)) return true;
      peer.actor.send({ type: "hello.heard", hello, now });
      arm(peer, millis(Math.min(options.detection, deafAt(state) - now)));
      return true;
    },
    living: () =>
      [...peers.values()].flatMap(({ actor }) => {
        const { value, context } = actor.getSnapshot();
        return value === "alive" && context.hello ? [context.hello] : [];
      }),
    echoes: () => [...peers.values()].flatMap(({ state }) => (state.echo ? [state.echo] : [])),
    excuse: () => {
      for (const peer of peers.values()) {
        peer.state.excusedAt = clock.now() + options.detection;
        if (peer.actor.getSnapshot().value === "alive") arm(peer, millis(options.detection * 2));
      }
    },
    views: () =>
      [...peers.entries()].map(([node, { actor }]) => {
        const { value, context } = actor.getSnapshot();
        return {
          node,
          alive: value === "alive",
          mainAlive: context.hello?.mainAlive ?? false,
          canCommit: context.hello?.canCommit ?? false,
          load: context.hello?.load ?? 0,
          lastHeardMilliseconds:
            context.heardAt === undefined ? -1 : Math.round(between(after(context.heardAt, millis(0)), clock.now())),
        };
      }),
    stop: () => {
      stopped = true;
      for (const { actor, state } of peers.values()) {
        state.timer?.cancel();
        actor.stop();
      }
    },
  };
};
