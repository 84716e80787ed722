import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCluster } from "#edge/cluster.ts";
import type { GuardOptions } from "#edge/guard-options.ts";
import { clusterStatus } from "#home-agent/cluster-control.ts";
import { address } from "#ipv6/address.ts";
import { createBindingLog } from "#nats/binding-log.ts";
import { createNodeBus } from "#nats/node-bus.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import type { BindingLog, Ownership } from "#ports/binding-log.ts";
import type { Cluster, PeerView } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { millis, seconds } from "#wire/time.ts";
import { hostClock, startServers, type TestServers } from "./servers.ts";

const LONG = 60_000;
const NAMES = ["ha1", "ha2", "ha3"];
const SPEC: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: address("2001:db8:1::a1"),
  homePrefix: { address: address("2001:db8:1::"), length: 64 },
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
  device: "home0",
};

const guardOptionsOf = (node: string): GuardOptions => ({
  node,
  socket: "",
  plane: "routed",
  instances: [{ spec: SPEC, prefer: NAMES }],
  peers: NAMES.filter((name) => name !== node).map((name, at) => ({
    node: name,
    address: address(`2001:db8:1::1${at}`),
  })),
  key: new Uint8Array(32),
  hello: { port: 5999, interval: millis(50), missed: 4 },
  mainTimeout: seconds(10),
  startupPatience: seconds(2),
  commitPatience: seconds(10),
  logLevel: "silent",
});
const peersOf = (node: string): PeerView[] =>
  NAMES.filter((name) => name !== node).map((name) => ({
    node: name,
    alive: true,
    mainAlive: true,
    canCommit: true,
    load: 0,
    lastHeardMilliseconds: 1,
  }));

interface Node {
  readonly cluster: Cluster;
  readonly log: BindingLog;
  ownership: Ownership | undefined;
}

/** Three nodes over three real servers of their names; edges go where a test says. */
describe("the leader of an owned stream (DESIGN §4.5)", () => {
  let servers: TestServers;
  const nodes: Node[] = [];
  beforeEach(async () => {
    servers = await startServers(3);
  });
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(({ cluster }) => cluster[Symbol.asyncDispose]()));
    await servers[Symbol.asyncDispose]();
  });

  /** @param holds the guard of this node has the edge from the beginning */
  const openNode = async (name: string, holds: boolean): Promise<Node> => {
    const bus = servers.connect(NAMES.indexOf(name));
    const log = createBindingLog({ replicas: 3 }, { bus, clock: hostClock });
    const cluster = createCluster(
      {
        guard: guardOptionsOf(name),
        rebalance: {
          enabled: false,
          settle: seconds(5),
          pause: seconds(1),
          clockBound: millis(500),
          drained: false,
          boot: NAMES.indexOf(name) + 1,
        },
      },
      {
        log,
        onProblem: () => undefined,
        clock: hostClock,
        nodes: { bus: createNodeBus({ node: name }, { bus }), saveDrained: async () => undefined },
        openGuard: (_, { onMessage }) => {
          onMessage({
            type: "welcome",
            digest: "",
            pid: 1,
            edges: [{ instance: 1, held: holds, term: holds ? 1 : 0 }],
          });
          onMessage({ type: "peers", peers: peersOf(name) });
          return {
            tell: () => undefined,
            handOver: async () => undefined,
            [Symbol.asyncDispose]: async () => undefined,
          };
        },
      },
    );
    const node: Node = { cluster, log, ownership: undefined };
    nodes.push(node);
    await cluster.start((event) => {
      if (event.type === "ownership.gained") node.ownership = event.ownership;
    });
    return node;
  };
  const leaderOf = async ({ log }: Node): Promise<string | undefined> => {
    const state = await log.state("a", AbortSignal.timeout(LONG));
    return state.ok ? state.value.leader : undefined;
  };
  const { signal } = new AbortController();

  it("is led away from the node that took ownership", { timeout: 2 * LONG }, async () => {
    // The stream is there before anybody owns it, and the node whose server leads it becomes the owner.
    const maker = createBindingLog({ replicas: 3 }, { bus: servers.connect(0), clock: hostClock });
    const made = new AbortController();
    const following = maker.follow("a", { entry: () => undefined, caughtUp: () => undefined }, made.signal);
    let leader = "";
    await expect
      .poll(
        async () => {
          const state = await maker.state("a", signal);
          leader = (state.ok ? state.value.leader : undefined) ?? "";
          return NAMES.includes(leader);
        },
        { timeout: LONG },
      )
      .toBe(true);
    made.abort();
    await following;

    const owner = await openNode(leader, true);
    await expect.poll(() => owner.ownership !== undefined, { timeout: LONG }).toBe(true);
    const others = NAMES.filter((name) => name !== leader);
    await expect.poll(async () => others.includes((await leaderOf(owner)) ?? ""), { timeout: LONG }).toBe(true);
    // Nothing is lost by the move: commits go on.
    expect(await owner.ownership?.append([bindingRecord(1, hostClock.now())], signal)).toMatchObject({ ok: true });
  });

  it("is told by status with every replica, and what survives, when one server is dead", {
    timeout: 2 * LONG,
  }, async () => {
    const owner = await openNode("ha1", true);
    await openNode("ha2", false);
    await openNode("ha3", false);
    const status = () => clusterStatus(owner.cluster).clusterInstances?.[0];
    await expect
      .poll(() => status(), { timeout: LONG })
      .toMatchObject({ owner: "ha1", survives: { nodesLost: 1, text: "any 1 node" } });
    const isLedElsewhere = () => ["ha2", "ha3"].includes(status()?.streamLeader ?? "");
    await expect.poll(isLedElsewhere, { timeout: LONG }).toBe(true);
    const dead = status()?.streamLeader === "ha2" ? "ha3" : "ha2";
    // For good: a server that is killed is started again.
    await servers.servers[NAMES.indexOf(dead)]?.[Symbol.asyncDispose]();
    await expect
      .poll(() => status()?.replicas.find(({ server }) => server === dead)?.current, { timeout: LONG })
      .toBe(false);
    expect(await owner.ownership?.append([bindingRecord(1, hostClock.now())], signal)).toMatchObject({ ok: true });
    await expect
      .poll(() => status(), { timeout: LONG })
      .toMatchObject({
        owner: "ha1",
        survives: { nodesLost: 0, text: expect.stringContaining(`the copy on ${dead} is`) },
      });
    expect(status()?.replicas).toHaveLength(2);
    expect(isLedElsewhere()).toBe(true);
  });
});
