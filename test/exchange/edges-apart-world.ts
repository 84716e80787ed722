import { absentKernel, absentNeighborDiscovery, absentPackets } from "#home-agent/absent-edge.ts";
import { createHomeAgent } from "#home-agent/home-agent.ts";
import type { HomeAgent, HomeAgentOptions } from "#home-agent/home-agent-contract.ts";
import { createDigests } from "#linux/digests.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import type { BindingLog } from "#ports/binding-log.ts";
import { createFakeKernel, createFakeKernelHost, type FakeKernel } from "#simulator/fake-kernel.ts";
import { createFakeStreams } from "#simulator/fake-log.ts";
import { createFakeRelays, type FakeRelays } from "#simulator/fake-relay.ts";
import { millis, seconds } from "#wire/time.ts";
import { HOME_AGENT } from "./home-agent-addresses.ts";
import {
  followInstance,
  type HomeAgentWorld,
  openWorld,
  SPEC,
  testKeys,
  type WorldOptions,
} from "./home-agent-world.ts";

/** A home agent without an edge. */
interface HomeAgentNode {
  readonly agent: HomeAgent;
  /** Claims the stream, as the node that its peers left it to. */
  own(): Promise<void>;
  /** The process ends without a word. */
  kill(): Promise<void>;
}

/** A second edge on the home link. */
interface SecondEdge {
  readonly agent: HomeAgent;
  readonly kernel: FakeKernel;
  take(): void;
}

/** An edge `edge1` with the mobile node's world around it, a second edge, and home agents elsewhere. */
export interface ApartWorld extends AsyncDisposable {
  readonly edge: HomeAgentWorld;
  readonly edge2: SecondEdge;
  readonly relays: FakeRelays;
  readonly ha1: HomeAgentNode;
  readonly ha2: HomeAgentNode;
}

const LIMITS = { bindings: 100, inMotion: 100, tombstones: 100 };
const forever = millis(Number.POSITIVE_INFINITY);

/** Opens the world; `edge1` holds the instance and `ha1` owns it. */
export const openApart = async (
  options: { readonly parts?: HomeAgentOptions["parts"]; readonly policy?: WorldOptions["policy"] } = {},
): Promise<ApartWorld> => {
  const streams = createFakeStreams();
  let made: FakeRelays | undefined;
  const stack = new AsyncDisposableStack();
  const edge = stack.use(
    await openWorld({
      streams,
      standby: true,
      node: "edge1",
      parts: options.parts ?? "edge",
      ...(options.policy === undefined ? {} : { policy: options.policy }),
      relay: (clock) => {
        made = createFakeRelays({ clock }, millis(1));
        return made.relay("edge1");
      },
    }),
  );
  if (made === undefined) throw new Error("no relay");
  const relays = made;
  const { clock, network } = edge;
  const policy: HomeAgentOptions["policy"] = {
    duplicateAddressDetection: "normal",
    maximumLifetime: seconds(3600),
    minimumLifetime: seconds(4),
    prefixValidLifetime: forever,
    prefixPreferredLifetime: forever,
    ...options.policy,
  };
  const random = { bytes: (length: number) => new Uint8Array(length).fill(7), fraction: () => 0.5 };
  const log = { info: () => {}, warn: () => {} };
  const common = { instances: [SPEC], limits: LIMITS, policy, errorReplies: { rate: 10, burst: 10 } };

  /** Runs an agent beside its log until the returned function is called. */
  const run = async (agent: HomeAgent, stream: BindingLog, node: string) => {
    const stopped = new AbortController();
    const started = await agent.start();
    if (!started.ok) throw new Error(started.error.error.message);
    void followInstance(stream, agent, { node, signal: stopped.signal, heedsEpochs: true });
    const stop = async () => {
      stopped.abort();
      await agent[Symbol.asyncDispose]();
    };
    stack.defer(stop);
    return { signal: stopped.signal, stop };
  };

  const homeAgent = async (node: string): Promise<HomeAgentNode> => {
    const agent = createHomeAgent(
      {
        packets: absentPackets,
        neighborDiscovery: absentNeighborDiscovery,
        kernel: absentKernel,
        clock,
        random,
        digests: createDigests(),
        log,
        relay: relays.relay(node),
      },
      {
        ...common,
        node,
        parts: "home-agent",
        authentication: { kind: "rfc4285", keys: testKeys(), replayProtection: "timestamp", tolerance: seconds(7) },
      },
    );
    const stream = streams.log();
    const { signal, stop } = await run(agent, stream, node);
    return {
      agent,
      own: async () => {
        void agent.onClusterEvent({ type: "edge.taken", instance: SPEC.name, term: 1 });
        const claimed = await stream.claim(SPEC.name, node, signal);
        if (!claimed.ok) throw new Error(`${node} cannot claim`);
        void agent.onClusterEvent({ type: "ownership.gained", instance: SPEC.name, ownership: claimed.value });
      },
      kill: stop,
    };
  };

  const secondEdge = async (): Promise<SecondEdge> => {
    const host = network.addNode({
      name: "edge2",
      devices: [{ name: "home0", link: "home", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 2]) }],
    });
    const kernel = createFakeKernel({ host: createFakeKernelHost() });
    const agent = createHomeAgent(
      {
        packets: host.packets,
        neighborDiscovery: createNeighborDiscovery({ packets: host.packets, clock }),
        kernel,
        clock,
        random,
        digests: createDigests(),
        log,
        relay: relays.relay("edge2"),
      },
      { ...common, node: "edge2", parts: "edge", authentication: { kind: "none" } },
    );
    await run(agent, streams.log(), "edge2");
    return {
      agent,
      kernel,
      take: () => {
        edge.withdrawEdge();
        host.own(HOME_AGENT);
        void agent.onClusterEvent({ type: "edge.taken", instance: SPEC.name, term: 2 });
      },
    };
  };

  const edge2 = await secondEdge();
  const ha1 = await homeAgent("ha1");
  const ha2 = await homeAgent("ha2");
  edge.takeEdge();
  await ha1.own();
  await edge.run(millis(10));
  return { edge, edge2, relays, ha1, ha2, [Symbol.asyncDispose]: () => stack.disposeAsync() };
};
