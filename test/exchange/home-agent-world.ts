import type { BindingRecord } from "#binding/record.ts";
import { createHomeAgent } from "#home-agent/home-agent.ts";
import type { HomeAgent, HomeAgentOptions } from "#home-agent/home-agent-contract.ts";
import { createMobileNodeKeys } from "#home-agent/mobile-node-keys.ts";
import { address, parsePrefix } from "#ipv6/address.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { createDigests } from "#linux/digests.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import type { BindingLog } from "#ports/binding-log.ts";
import type { ClusterEvent } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { Packets } from "#ports/packets.ts";
import type { Relay } from "#ports/relay.ts";
import {
  createFakeKernel,
  createFakeKernelHost,
  type FakeKernel,
  type FakeKernelHost,
} from "#simulator/fake-kernel.ts";
import { createFakeStreams, type FakeStreams } from "#simulator/fake-log.ts";
import { createFakeNetwork, type FakeNetwork, type FakeNode } from "#simulator/fake-network.ts";
import { createVirtualClock, type VirtualClock } from "#simulator/virtual-clock.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME, HOME_AGENT, KEY, SPI } from "./home-agent-addresses.ts";
import { createScriptedMobileNode, type ScriptedMobileNode } from "./home-agent-mobile-node.ts";

const prefix = parsePrefix("2001:db8:1::/64");
if (!prefix.ok) throw new Error("prefix");

export const VIRTUAL_MAC = new Uint8Array([0, 0, 0x5e, 0, 2, 1]);
const MOBILE_NODE_MAC = new Uint8Array([2, 0, 0, 0, 0, 0x10]);

export const SPEC: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: HOME_AGENT,
  homePrefix: prefix.value,
  virtualMac: VIRTUAL_MAC,
  device: "home0",
};

const forever = millis(Number.POSITIVE_INFINITY);
const digests = createDigests();

/** What is seen of Neighbor Discovery on the home link by a neighbour host. */
export interface Advertised {
  readonly target: Uint8Array;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  readonly linkLayerAddress: Uint8Array | undefined;
}

export interface HomeAgentWorld extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly network: FakeNetwork;
  readonly streams: FakeStreams;
  readonly agent: HomeAgent;
  readonly kernel: FakeKernel;
  readonly mobileNode: ScriptedMobileNode;
  readonly neighbour: FakeNode;
  /** Neighbor Advertisements that the neighbour saw. */
  readonly advertised: readonly Advertised[];
  /** What was said, in order: kernel calls and packets. */
  readonly story: readonly string[];
  /** Warnings that the home agent logged. */
  readonly warned: readonly { readonly fields: object; readonly message: string }[];
  /** Takes the edge and claims the stream. */
  own(): Promise<void>;
  takeEdge(): void;
  withdrawEdge(): void;
  /** Another node claims the stream. */
  fence(): Promise<void>;
  run(time: Milliseconds): Promise<void>;
}

export interface WorldOptions extends Partial<Omit<HomeAgentOptions, "policy" | "authentication">> {
  readonly policy?: Partial<HomeAgentOptions["policy"]>;
  readonly authentication?: "rfc4285" | "none";
  readonly replayProtection?: "timestamp" | "sequence";
  readonly streams?: FakeStreams;
  readonly kernelHost?: FakeKernelHost;
  /** Does not become owner by itself. */
  readonly standby?: boolean;
  /** The home agent's packets, changed by the test. */
  readonly packets?: (packets: Packets) => Packets;
  /** Hears of edge and ownership before the home agent does. */
  readonly onClusterEvent?: (event: ClusterEvent) => void;
  /** Reaches other nodes of the cluster. */
  readonly relay?: (clock: VirtualClock) => Relay;
}

/** Mobile nodes whose keys are derived. */
export const CROWD = {
  first: address("2001:db8:1::1:0:0"),
  count: 20,
  spi: SPI,
  masterKey: new Uint8Array(32).fill(7),
};

/** The keys of the mobile nodes. */
export const testKeys = () =>
  createMobileNodeKeys(
    [HOME, address("2001:db8:1::101")].map((homeAddress) => ({ homeAddress, spi: SPI, key: KEY })),
    1,
    [CROWD],
  );

/** Brings what a log says of the instance to a home agent, as the cluster of its node does. */
export const followInstance = (
  log: BindingLog,
  agent: HomeAgent,
  options: {
    readonly node: string;
    readonly signal: AbortSignal;
    readonly onRecord?: (record: BindingRecord) => void;
    /** The epoch of another node ends an ownership; else only a refused write does. */
    readonly heedsEpochs?: boolean;
  },
): Promise<void> =>
  log.follow(
    SPEC.name,
    {
      entry: (entry) => {
        const { sequence } = entry;
        if (entry.kind === "record") {
          options.onRecord?.(entry.record);
          void agent.onClusterEvent({ type: "record.followed", instance: SPEC.name, record: entry.record, sequence });
        } else {
          const { epoch, node } = entry;
          const own = node === options.node;
          if (!own && options.heedsEpochs === true)
            void agent.onClusterEvent({ type: "ownership.lost", instance: SPEC.name, epoch });
          void agent.onClusterEvent({ type: "epoch.followed", instance: SPEC.name, epoch, node, own });
        }
      },
      caughtUp: (sequence) => void agent.onClusterEvent({ type: "stream.level", instance: SPEC.name, sequence }),
    },
    options.signal,
  );

/** A home agent, a mobile node away from home and a neighbour on the home link, on one virtual clock. */
export const openWorld = async (options: WorldOptions = {}): Promise<HomeAgentWorld> => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock });
  const streams = options.streams ?? createFakeStreams();
  const stopped = new AbortController();
  const home = network.addNode({
    name: "ha",
    devices: [{ name: "home0", link: "home", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 1]) }],
  });
  home.own(HOME_AGENT);
  const mobile = network.addNode({
    name: "mn",
    devices: [{ name: "eth0", link: "foreign", linkLayerAddress: MOBILE_NODE_MAC }],
  });
  for (const own of [HOME, CARE_OF, CARE_OF_2]) mobile.own(own);
  // What comes from the fake router bears its link-layer address: answers to it arrive here.
  network.addNode({
    name: "router",
    devices: [{ name: "eth0", link: "home", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0xfe]) }],
  });
  const neighbour = network.addNode({
    name: "host",
    devices: [{ name: "eth0", link: "home", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0x99]) }],
  });
  const story: string[] = [];
  const base = createFakeKernel({ host: options.kernelHost ?? createFakeKernelHost() });
  const kernel: FakeKernel = {
    ...base,
    host: base.host,
    plane: base.plane,
    apply: (number, changes) => {
      story.push(...changes.map(({ kind }) => `kernel ${kind}`));
      return base.apply(number, changes);
    },
  };
  const warned: { fields: object; message: string }[] = [];
  let random = 1;
  const keys = testKeys();
  const packets = options.packets?.(home.packets) ?? home.packets;
  const agent = createHomeAgent(
    {
      packets,
      neighborDiscovery: createNeighborDiscovery({ packets, clock }),
      kernel,
      clock,
      random: { bytes: (length) => new Uint8Array(length).fill(random++), fraction: () => 0.5 },
      digests,
      log: { info: () => {}, warn: (fields, message) => warned.push({ fields, message }) },
      ...(options.relay === undefined ? {} : { relay: options.relay(clock) }),
    },
    {
      instances: [SPEC],
      limits: { bindings: 100, inMotion: 100, tombstones: 100 },
      errorReplies: { rate: 10, burst: 10 },
      ...options,
      policy: {
        duplicateAddressDetection: "normal",
        maximumLifetime: seconds(3600),
        minimumLifetime: seconds(4),
        prefixValidLifetime: forever,
        prefixPreferredLifetime: forever,
        ...options.policy,
      },
      authentication:
        options.authentication === "none"
          ? { kind: "none" }
          : {
              kind: "rfc4285",
              keys,
              replayProtection: options.replayProtection ?? "timestamp",
              tolerance: seconds(7),
            },
    },
  );
  const started = await agent.start();
  if (!started.ok) throw new Error(started.error.error.message);

  const log = streams.log();
  void followInstance(log, agent, {
    node: options.node ?? "ha1",
    signal: stopped.signal,
    heedsEpochs: options.relay !== undefined,
    onRecord: (record) => story.push(`log ${record.lifetime > 0 ? "binding" : "tombstone"}`),
  });

  const mobileNode = createScriptedMobileNode(mobile, clock, {
    isAuthenticated: options.authentication !== "none",
    onAcknowledgement: (status) => story.push(`BA ${status}`),
  });
  const advertised: Advertised[] = [];
  neighbour.packets.openTap({
    filter: { kind: "icmpv6", types: [136] },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) {
        const packet = decodeIpv6Packet(bytes.slice());
        const message = packet.ok ? decodeIcmpv6Packet(packet.value) : packet;
        if (!packet.ok || !message.ok || message.value.type !== 136 || !("target" in message.value)) continue;
        const { target, flags, options: said } = message.value;
        story.push("NA");
        advertised.push({
          target,
          source: packet.value.source,
          destination: packet.value.destination,
          ...flags,
          linkLayerAddress: said.flatMap((option) =>
            "linkLayerAddress" in option ? [option.linkLayerAddress] : [],
          )[0],
        });
      }
    },
  });

  const tell = (event: ClusterEvent) => {
    options.onClusterEvent?.(event);
    void agent.onClusterEvent(event);
  };
  const takeEdge = () => tell({ type: "edge.taken", instance: "a", term: 1 });
  const withdrawEdge = () => tell({ type: "edge.withdrawn", instance: "a", term: 1 });
  const own = async () => {
    takeEdge();
    const claimed = await log.claim("a", "ha1", stopped.signal);
    if (!claimed.ok) throw new Error("claim");
    tell({ type: "ownership.gained", instance: "a", ownership: claimed.value });
  };
  if (options.standby !== true) await own();
  return {
    clock,
    network,
    streams,
    agent,
    kernel,
    neighbour,
    advertised,
    story,
    warned,
    mobileNode,
    own,
    takeEdge,
    withdrawEdge,
    fence: async () => {
      const rival = streams.log();
      const follower = new AbortController();
      await new Promise<void>((resolve) => {
        void rival.follow("a", { entry: () => {}, caughtUp: () => resolve() }, follower.signal);
      });
      await rival.claim("a", "ha2", follower.signal);
      follower.abort();
    },
    run: (time) => clock.advance(time),
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await agent[Symbol.asyncDispose]();
    },
  };
};
