import { decodeEntry } from "#bus/entry-message.ts";
import { subjects } from "#bus/subjects.ts";
import type { GuardOptions } from "#edge/guard-options.ts";
import type { HomeAgentOptions } from "#home-agent/home-agent-contract.ts";
import { createMobileNodeKeys } from "#home-agent/mobile-node-keys.ts";
import { type Address, address, addressKey, formatAddress } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createFakeCoreBus } from "#simulator/fake-core-bus.ts";
import { createFakeJetStream } from "#simulator/fake-jetstream.ts";
import type { FakeJetStream, StoredMessage } from "#simulator/fake-jetstream-contract.ts";
import { createFakeJetStreamLog, NAMESPACE } from "#simulator/fake-jetstream-log.ts";
import { createFakeNetwork } from "#simulator/fake-network.ts";
import { createFakeNodeBuses } from "#simulator/fake-node-bus.ts";
import type { SeededRandom } from "#simulator/seeded-random.ts";
import { createVirtualClock, type VirtualClock } from "#simulator/virtual-clock.ts";
import { instantOf, type Milliseconds, millis, seconds } from "#wire/time.ts";
import { createHearing } from "./hearing.ts";
import { createHomeLink, type HomeLink, ROUTER } from "./home-link.ts";
import { createScriptedMobileNode, type ScriptedMobileNode } from "./mobile-node.ts";
import { type Observation, observe } from "./observation.ts";
import { createRecorder, type Recorder } from "./recorder.ts";
import { createSimulatedNode, type Plant, type SimulatedNode } from "./simulated-node.ts";

/** What a world is made of; all of it is drawn from the seed. */
export interface WorldShape {
  readonly nodes: number;
  readonly instances: number;
  readonly mobileNodes: number;
  readonly hello: { readonly interval: Milliseconds; readonly missed: number };
  /** Lifetime that mobile nodes ask for. */
  readonly lifetime: Milliseconds;
  readonly duplicateAddressDetection: "off" | "normal";
  /** Order in which nodes serve each instance; one after the other when left out. */
  readonly orders?: readonly (readonly string[])[];
}

/** The bus between the servers of the nodes, and what the nemesis does to it. */
export interface SimulatedBus {
  readonly servers: FakeJetStream;
  /** Cuts two servers off from each other; gives what heals it. */
  cut(a: string, b: string): () => void;
  /** Time that a server's disk takes for each write; infinite when it is stuck. */
  setDisk(server: string, delay: Milliseconds | undefined): void;
  /** A server that is stopped answers nothing, also not its own node. */
  setStopped(server: string, isStopped: boolean): void;
}

/** A cluster, its home link, its bus and its mobile nodes, on one virtual clock. */
export interface World extends AsyncDisposable, Observation {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly shape: WorldShape;
  readonly link: HomeLink;
  readonly bus: SimulatedBus;
  readonly nodes: readonly SimulatedNode[];
  readonly mobileNodes: readonly ScriptedMobileNode[];
  readonly recorder: Recorder;
  /** Sequence of the last message in the log of an instance. */
  lastSequence(instance: number): number;
  /** Takes up to so many records off the end of each stream while its servers are down. @returns how many in all */
  loseTail(most: number): number;
  /** Tells the history who hears whom now; to be called after links changed. */
  tellHearing(): void;
}

const PROBE_INTERVAL = millis(60);
const SPI = 256;
const FOREVER = millis(Number.POSITIVE_INFINITY);
const HOME_PREFIX = { address: address("2001:db8:1::"), length: 64 };

const hex = (value: number): string => value.toString(16);

const instanceOf = (at: number): InstanceSpec => ({
  name: "abcdefgh"[at] ?? "z",
  number: at + 1,
  homeAgentAddress: address(`2001:db8:1::a${at + 1}`),
  homePrefix: HOME_PREFIX,
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, at + 1]),
  device: "home0",
});

export const createWorld = (shape: WorldShape, random: SeededRandom, plant: Plant = {}): World => {
  const clock = createVirtualClock();
  const recorder = createRecorder(clock);
  const digests = createDigests();
  const names = Array.from({ length: shape.nodes }, (_, at) => `ha${at + 1}`);
  const specs = Array.from({ length: shape.instances }, (_, at) => instanceOf(at));
  const network = createFakeNetwork({ clock });

  // The home link and where its switch sends what is for a virtual MAC.
  const hosts = new Map(
    names.map((name, at) => [
      name,
      network.addNode({
        name,
        devices: [{ name: "home0", link: "home", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 1, at]) }],
      }),
    ]),
  );
  const link = createHomeLink({
    clock,
    random: random.fork("link"),
    onLearned: (number, node) => {
      const spec = specs.find((candidate) => candidate.number === number);
      if (spec !== undefined) hosts.get(node)?.own(spec.homeAgentAddress);
    },
  });
  const endOf = (host: string): string => (hosts.has(host) ? host : ROUTER);
  network.impair(({ from, to }) => {
    const [first] = link.ways(endOf(from), endOf(to));
    return first === undefined ? "drop" : { later: first };
  });

  // The bus.
  const busCuts = new Map<string, number>();
  const disks = new Map<string, Milliseconds>();
  const stopped = new Set<string>();
  const pairOf = (a: string, b: string): string => [a, b].sort().join(" ");
  const busRandom = random.fork("bus");
  const isConnected = (a: string, b: string): boolean =>
    !stopped.has(a) && !stopped.has(b) && (busCuts.get(pairOf(a, b)) ?? 0) === 0;
  const latency = (): Milliseconds => millis(busRandom.between(0.2, 2));
  const reaches = (a: string, b: string): boolean => bus.isUp(a) && bus.isUp(b) && isConnected(a, b);
  const coreBus = createFakeCoreBus({ clock, reaches, latency });
  const nodeBuses = createFakeNodeBuses(clock, millis(1), reaches);
  const bus = createFakeJetStream({
    clock,
    random: busRandom,
    servers: names,
    replicas: 3,
    isConnected,
    latency,
    diskDelay: (server) => disks.get(server) ?? millis(busRandom.between(0.5, 3)),
    election: [4_000, 9_000],
    isUnfenced: plant.unfencedLog === true,
    onStored: (stream, message) => {
      const instance = specs.find(({ name }) => subjects.stream(NAMESPACE, name) === stream)?.name;
      const entry = decodeEntry(message.data, { now: instantOf(clock.now()), wall: clock.wall() });
      if (instance === undefined || !entry.ok) return;
      const { value } = entry;
      if (value.kind === "epoch") {
        owners.set(`${instance} ${value.epoch}`, value.node);
        recorder.note({
          type: "ownership.taken",
          node: value.node,
          instance,
          epoch: value.epoch,
          revision: placeOf(stream, message),
        });
        return;
      }
      const { record } = value;
      recorder.note({
        type: "record.committed",
        node: owners.get(`${instance} ${value.epoch}`) ?? "",
        instance,
        epoch: value.epoch,
        revision: placeOf(stream, message),
        homeAddress: formatAddress(record.homeAddress),
        sequence: record.sequence,
        ...(record.lifetime > 0 ? { careOfAddress: formatAddress(record.careOfAddress) } : {}),
      });
    },
  });
  const owners = new Map<string, string>();
  /** Entries that each stream has lost: their numbers are given again, and in the history the places go on. */
  const lost = new Map<string, number>();
  const placeOf = (stream: string, { sequence }: StoredMessage): number => sequence + (lost.get(stream) ?? 0);

  // The mobile nodes, all on one host somewhere in the internet; at home, what is sent to them comes by the router's port.
  const keys: { homeAddress: Address; spi: number; key: Uint8Array }[] = [];
  const internet = network.addNode({
    name: "internet",
    devices: [{ name: "eth0", link: "foreign", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 2, 1]) }],
  });
  const router = network.addNode({
    name: ROUTER,
    devices: [{ name: "eth0", link: "home", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0xfe]) }],
  });
  const mobileNodes: ScriptedMobileNode[] = [];
  const byHome = new Map<string, ScriptedMobileNode>();
  for (let at = 0; at < shape.mobileNodes; at++) {
    const homeAddress = address(`2001:db8:1::${hex(0x1000 + at)}`);
    const own = random.fork(`mobile node ${at}`);
    const key = own.bytes(16);
    const instance = specs[at % specs.length] ?? instanceOf(0);
    keys.push({ homeAddress, spi: SPI, key });
    let moves = 0;
    const node = createScriptedMobileNode(
      {
        homeAddress,
        instance,
        key,
        spi: SPI,
        lifetime: shape.lifetime,
        sequence: own.below(65536),
        nextCareOfAddress: () => {
          const careOfAddress = address(`2001:db8:f${hex(1 + (moves % 4))}::${hex(0x1000 + at)}:${hex(++moves)}`);
          internet.own(careOfAddress);
          return careOfAddress;
        },
      },
      { clock, random: own, digests, recorder, send: (packet) => void internet.packets.send([packet]) },
    );
    mobileNodes.push(node);
    byHome.set(addressKey(homeAddress), node);
  }
  const receive = (bytes: Uint8Array): void => {
    const packet = decodeMobilityPacket(bytes.slice());
    if (!packet.ok) return;
    const { routingHome, destination } = packet.value;
    byHome.get(addressKey(routingHome ?? destination))?.receive(packet.value);
  };
  for (const host of [internet, router])
    host.packets.openTap({
      filter: { kind: "mobility" },
      ignoreOutgoing: true,
      onPackets: (batch) => {
        for (const { bytes } of batch) receive(bytes);
      },
    });

  // The nodes.
  const agentOptions: HomeAgentOptions = {
    instances: specs,
    policy: {
      duplicateAddressDetection: shape.duplicateAddressDetection,
      maximumLifetime: seconds(3600),
      minimumLifetime: seconds(4),
      prefixValidLifetime: FOREVER,
      prefixPreferredLifetime: FOREVER,
    },
    authentication: {
      kind: "rfc4285",
      keys: createMobileNodeKeys(keys, 1),
      replayProtection: "timestamp",
      tolerance: seconds(7),
    },
    limits: { bindings: 1_000, inMotion: 1_000, tombstones: 1_000 },
    errorReplies: { rate: 100, burst: 100 },
  };
  const addressOf = (name: string): Address => address(`2001:db8:1::1${name.slice(2)}`);
  const guardOptionsOf = (name: string): GuardOptions => ({
    node: name,
    socket: "",
    plane: "routed",
    instances: specs.map((spec, at) => ({
      spec,
      prefer: shape.orders?.[at] ?? [...names.slice(at), ...names.slice(0, at)],
    })),
    peers: names.filter((other) => other !== name).map((other) => ({ node: other, address: addressOf(other) })),
    key: new Uint8Array(32),
    hello: { port: 0, ...shape.hello },
    mainTimeout: millis(1_500),
    startupPatience: millis(2_000),
    commitPatience: millis(300),
    logLevel: "silent",
  });
  const nodes: SimulatedNode[] = [];
  const nodeOf = (name: string) => nodes.find((node) => node.name === name);

  const hearing = createHearing({ clock, link, recorder, hello: shape.hello, nodes });
  for (const name of names) {
    const own = random.fork(name);
    const host = hosts.get(name);
    if (host === undefined) continue;
    nodes.push(
      createSimulatedNode(
        { name, guard: guardOptionsOf(name), clockOffset: millis(own.between(-100, 100)) },
        {
          clock,
          link,
          recorder,
          digests,
          agentOptions,
          plant,
          openLog: (node, process, clusterClock, forked) =>
            createFakeJetStreamLog({ servers: bus, server: node, process, random: forked, clock: clusterClock }),
          coreBus,
          nodeBuses,
          guardOf: (node) => nodeOf(node)?.guard,
          onChange: hearing.tell,
          onHello: hearing.noteHello,
          random: own,
          network: host,
        },
      ),
    );
  }

  /** Where a packet for a home address goes, sent by a correspondent somewhere behind the router. */
  const probe = (mobileNode: ScriptedMobileNode): void => {
    const { homeAddress, instance } = mobileNode;
    const edge = link.holder(instance.number);
    const node = edge === undefined ? undefined : nodeOf(edge);
    const isReached =
      node?.hasPower === true &&
      !stoppedNodes.has(node.name) &&
      !link.isCut(ROUTER, node.name) &&
      !link.isCut(node.name, ROUTER);
    const held = isReached ? node.kernel.instances.get(instance.number) : undefined;
    const entry = held?.active === true ? held.entries.get(addressKey(homeAddress)) : undefined;
    const seen = { homeAddress: formatAddress(homeAddress), instance: instance.name };
    if (entry !== undefined && edge !== undefined)
      recorder.see({ ...seen, type: "probes.arrived", careOfAddress: formatAddress(entry.careOfAddress), edge });
    else if (mobileNode.isRegistered) recorder.see({ ...seen, type: "probes.lost" });
  };
  const stoppedNodes = stopped;
  const probeAll = (): void => {
    for (const mobileNode of mobileNodes) probe(mobileNode);
    clock.start(PROBE_INTERVAL, probeAll);
  };
  probeAll();

  const observation = observe({
    clock,
    nodes,
    recorder,
    specs,
    messages: (name) => bus.messages(subjects.stream(NAMESPACE, name)),
  });

  return {
    clock,
    random,
    shape,
    link,
    bus: {
      servers: {
        ...bus,
        startServer: (server) => {
          bus.startServer(server);
          nodeBuses.setReached(server, true);
        },
        killServer: (server) => {
          bus.killServer(server);
          nodeBuses.setReached(server, false);
        },
      },
      cut: (a, b) => {
        const key = pairOf(a, b);
        busCuts.set(key, (busCuts.get(key) ?? 0) + 1);
        bus.changed();
        let isHealed = false;
        return () => {
          if (isHealed) return;
          isHealed = true;
          busCuts.set(key, (busCuts.get(key) ?? 1) - 1);
          bus.changed();
        };
      },
      setDisk: (server, delay) => {
        if (delay === undefined) disks.delete(server);
        else disks.set(server, delay);
      },
      setStopped: (server, isStopped) => {
        if (isStopped) stopped.add(server);
        else stopped.delete(server);
        bus.changed();
      },
    },
    nodes,
    mobileNodes,
    recorder,
    lastSequence: (number) => {
      const name = specs.find((spec) => spec.number === number)?.name ?? "";
      return bus.lastSequence(subjects.stream(NAMESPACE, name));
    },
    loseTail: (most) => {
      let all = 0;
      for (const { name } of specs) {
        const stream = subjects.stream(NAMESPACE, name);
        const count = bus.loseTail(stream, most, ({ subject }) => subject !== subjects.epoch(NAMESPACE, name));
        lost.set(stream, (lost.get(stream) ?? 0) + count);
        all += count;
      }
      return all;
    },
    tellHearing: hearing.tell,
    ...observation,
    [Symbol.asyncDispose]: async () => {
      for (const node of nodes) {
        node.killGuard();
        node.killMain();
      }
    },
  };
};
