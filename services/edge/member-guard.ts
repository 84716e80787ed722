import type { Clock } from "#ports/clock.ts";
import type { Random } from "#ports/random.ts";
import { done } from "#wire/result.ts";
import { millis } from "#wire/time.ts";
import { createEdge } from "./edge.ts";
import type { GuardLink } from "./guard-client.ts";
import type { GuardOptions } from "./guard-options.ts";
import type { GuardMessage } from "./guard-protocol.ts";
import type { HelloTransport } from "./hello-transport.ts";

/** The fastest hellos of home agents without an edge: slower than those of guards, since nobody's packets wait for them. */
const FASTEST_HELLO = { interval: millis(100), missed: 5 };
/** Pace at which the main process hears of peers. */
const PEERS_PULSE = millis(500);

/**
 * Stands in for the guard of a home agent that has no edge. What its peers and it take from each other by the rules of
 * edges (terms, order of preference, eligibility) is the ownership of instances alone: no address moves. A dead owner is
 * noticed after half a second, or later where `hello` is slower than that, while edges forward on.
 */
export const openMemberGuard = (
  options: Pick<GuardOptions, "node" | "instances" | "peers" | "hello" | "startupPatience" | "commitPatience">,
  deps: {
    readonly transport: HelloTransport;
    readonly clock: Clock;
    readonly random: Random;
    readonly onMessage: (message: GuardMessage) => void;
  },
): GuardLink => {
  const { clock } = deps;
  let stopped = false;
  const edge = createEdge(
    {
      node: options.node,
      instances: options.instances.map((instance) => ({ ...instance, term: 0, held: false })),
      peers: options.peers,
      hello: {
        interval: millis(Math.max(FASTEST_HELLO.interval, options.hello.interval)),
        missed: Math.max(FASTEST_HELLO.missed, options.hello.missed),
      },
      startupPatience: options.startupPatience,
      commitPatience: options.commitPatience,
    },
    {
      kernel: { activateInstance: () => Promise.resolve(done), deactivateInstance: () => Promise.resolve(done) },
      neighborDiscovery: { announce: () => done },
      announceDevice: () => "",
      transport: deps.transport,
      clock,
      random: deps.random,
      onEvent: (event) => {
        if (event.type === "peer.changed") tellPeers();
        else if (event.type !== "edge.refused") deps.onMessage(event);
      },
    },
  );
  const tellPeers = (): void => deps.onMessage({ type: "peers", peers: edge.peers() });
  const pulse = (): void => {
    if (stopped) return;
    tellPeers();
    clock.start(PEERS_PULSE, pulse);
  };
  clock.start(PEERS_PULSE, pulse);
  return {
    tell: (facts) => {
      edge.tell(facts);
      edge.setMainAlive(true);
    },
    handOver: (limit) => edge.handOver(millis(limit)),
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      await edge[Symbol.asyncDispose]();
    },
  };
};
