import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { createClock } from "#linux/clock.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import type { BindingLog, Ownership } from "#ports/binding-log.ts";
import type { Cluster, ClusterEvent } from "#ports/cluster.ts";
import { createFakeStreams } from "#simulator/fake-log.ts";
import { createFakeNodeBuses, type FakeNodeBuses } from "#simulator/fake-node-bus.ts";
import { instantOf, millis, seconds } from "#wire/time.ts";
import { createCluster } from "./cluster.ts";
import { INSTANCE } from "./edge-crowd.test-support.ts";
import { connectGuard } from "./guard-client.ts";
import { type GuardOptions, guardDigest } from "./guard-options.ts";
import { type GuardMessage, type MainMessage, messageChannel } from "./guard-protocol.ts";

/** A guard that does what the test says; it serves the real socket. */
const serveGuard = (options: GuardOptions, held: boolean) => {
  const heard: MainMessage[] = [];
  const sends = new Set<(message: GuardMessage) => void>();
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    const send = messageChannel<MainMessage, GuardMessage>(socket, (message) => {
      heard.push(message);
      if (message.type === "hand-over") send({ type: "handed-over" });
    });
    sends.add(send);
    send({
      type: "welcome",
      digest: guardDigest(options),
      pid: 1,
      edges: [{ instance: INSTANCE.number, held, term: held ? 3 : 0 }],
    });
    socket.on("close", () => {
      sends.delete(send);
      sockets.delete(socket);
    });
    socket.on("error", () => undefined);
  });
  server.listen(options.socket);
  return {
    heard,
    say: (message: GuardMessage) => {
      for (const send of sends) send(message);
    },
    kill: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

describe("cluster of the main process", () => {
  let folder = "";
  let cluster: Cluster;
  let guard: ReturnType<typeof serveGuard> | undefined;
  let launches = 0;
  let peers: GuardOptions["peers"] = [];
  let buses: FakeNodeBuses;
  const streams = () => createFakeStreams();
  const options = (): GuardOptions => ({
    node: "ha1",
    socket: join(folder, "guard.sock"),
    plane: "auto",
    instances: [{ spec: INSTANCE, prefer: ["ha1"] }],
    peers,
    key: new Uint8Array(32),
    hello: { port: 5999, interval: millis(50), missed: 4 },
    mainTimeout: millis(2_000),
    startupPatience: millis(1_000),
    commitPatience: millis(1_000),
    logLevel: "silent",
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "roam6-cluster-"));
    launches = 0;
    peers = [];
    guard = undefined;
  });
  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
    await guard?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  const begin = async (
    log = streams().log(),
    {
      held = false,
      drained = false,
      load = (): number => 0,
      onEvent = (): void | Promise<void> => undefined,
      onRecord = (): void | Promise<void> => undefined,
    }: {
      held?: boolean;
      drained?: boolean;
      load?: () => number;
      onEvent?: () => void | Promise<void>;
      onRecord?: () => void | Promise<void>;
    } = {},
  ): Promise<ClusterEvent[]> => {
    const events: ClusterEvent[] = [];
    const clock = createClock();
    buses = createFakeNodeBuses(clock);
    cluster = createCluster(
      {
        guard: options(),
        rebalance: { enabled: true, settle: seconds(5), pause: seconds(1), clockBound: millis(500), drained, boot: 1 },
      },
      {
        log,
        onProblem: () => undefined,
        clock,
        load,
        nodes: { bus: buses.of("ha1"), saveDrained: async () => undefined },
        openGuard: (wanted, handlers) =>
          connectGuard(wanted, {
            ...handlers,
            launch: (launched) => {
              launches++;
              guard = serveGuard(launched, held);
            },
          }),
      },
    );
    await cluster.start((event) => {
      events.push(event);
      if (event.type === "record.followed") return onRecord();
      return event.type === "stream.level" ? onEvent() : undefined;
    });
    return events;
  };
  const taken = () => guard?.say({ type: "edge.taken", instance: 1, term: 4 });
  const withdrawn = () => guard?.say({ type: "edge.withdrawn", instance: 1, term: 4 });
  const facts = () => guard?.heard.filter((message) => message.type === "facts").at(-1);
  const types = (events: readonly ClusterEvent[]) => events.map(({ type }) => type);
  const ownershipOf = (events: readonly ClusterEvent[]): Ownership => {
    const gained = events.findLast((event) => event.type === "ownership.gained");
    if (gained?.type !== "ownership.gained") throw new Error("no ownership");
    return gained.ownership;
  };

  it("tells the guard how full this node is, and again when that changes", async () => {
    let load = 250;
    await begin(undefined, { load: () => load });
    await expect.poll(() => facts()).toMatchObject({ load: 250 });
    load = 300;
    await expect.poll(() => facts(), { timeout: 20_000 }).toMatchObject({ load: 300 });
  });

  it("tells the guard that it may take an instance once it is level with the stream", async () => {
    const { promise: programmed, resolve } = Promise.withResolvers<void>();
    await begin(undefined, { onEvent: () => programmed });
    await expect.poll(() => facts()).toMatchObject({ instances: [{ number: 1, eligible: false }] });
    resolve();
    await expect.poll(() => facts()).toMatchObject({ instances: [{ number: 1, eligible: true }], canCommit: true });
  });

  it("tells the guard how far the kernel is, not how far the stream was read, and nothing before that", async () => {
    const shared = streams();
    const { signal } = new AbortController();
    const other = shared.log();
    void other.follow(INSTANCE.name, { entry: () => undefined, caughtUp: () => undefined }, signal);
    await Promise.resolve();
    const claimed = await other.claim(INSTANCE.name, "ha2", signal);
    if (!claimed.ok) throw new Error(claimed.error.code);
    const answers: (() => void)[] = [];
    const onEvent = () => new Promise<void>((resolve) => answers.push(resolve));
    await begin(shared.log(), { onEvent, onRecord: onEvent });
    const told = (progress: object) => expect.poll(() => facts()).toMatchObject({ instances: [progress] });
    await told({ epoch: 0, lastSequence: 0 });
    await expect.poll(() => answers.length).toBe(1);
    answers.shift()?.();
    await told({ epoch: 1, lastSequence: 1 });
    for (const home of [1, 2]) await claimed.value.append([bindingRecord(home, instantOf(0))], signal);
    expect(cluster.instances()[0]?.followedSequence).toBe(3);
    await told({ epoch: 1, lastSequence: 1 });
    answers.shift()?.();
    await told({ epoch: 1, lastSequence: 2 });
    answers.shift()?.();
    await told({ epoch: 1, lastSequence: 3 });
  });

  it("tells the guard of a drained node that it takes nothing, until it is undrained", async () => {
    const events = await begin(undefined, { drained: true });
    await expect.poll(() => types(events)).toContain("stream.level");
    await expect.poll(() => facts()).toMatchObject({ instances: [{ number: 1, eligible: false }], canCommit: true });
    expect(cluster.balance?.nodes()[0]).toMatchObject({ node: "ha1", drained: true });
    const { signal } = new AbortController();
    expect(await buses.of("ha2").request("ha1", "undrain", signal)).toMatchObject({ ok: true });
    await expect.poll(() => facts()).toMatchObject({ instances: [{ number: 1, eligible: true }] });
  });

  it("claims the stream when the edge is here, and lets it go with the edge", async () => {
    const events = await begin();
    await expect.poll(() => types(events)).toContain("stream.level");
    await expect.poll(() => guard?.heard.length ?? 0).toBeGreaterThan(0);
    taken();
    await expect.poll(() => types(events)).toContain("ownership.gained");
    expect(cluster.instances()[0]).toMatchObject({ role: "owner", term: 4, epoch: 1, owner: "ha1", level: true });
    withdrawn();
    await expect.poll(() => types(events)).toContain("edge.withdrawn");
    const order = types(events).filter((type) => type.startsWith("edge") || type.startsWith("ownership"));
    expect(order).toEqual(["edge.taken", "ownership.gained", "ownership.lost", "edge.withdrawn"]);
    expect(cluster.instances()[0]?.role).toBe("standby");
  });

  it("serves as claiming while the log is unavailable, and becomes owner when it is back", async () => {
    const shared = streams();
    const events = await begin(shared.log());
    await expect.poll(() => cluster.logAvailable).toBe(true);
    await expect.poll(() => guard?.heard.length ?? 0).toBeGreaterThan(0);
    shared.setAvailable(false);
    await expect.poll(() => cluster.logAvailable).toBe(false);
    await expect.poll(() => facts()).toMatchObject({ canCommit: false });
    taken();
    await expect.poll(() => cluster.instances()[0]?.role).toBe("claiming");
    shared.setAvailable(true);
    await expect.poll(() => cluster.instances()[0]?.role).toBe("owner");
    expect(types(events)).toContain("log.available");
  });

  /** A log whose claims after the first wait until they are let go: what stands until then can be looked at. */
  const oneClaim = (log: BindingLog): { readonly log: BindingLog; readonly letGo: () => void } => {
    const { promise: released, resolve } = Promise.withResolvers<void>();
    let claims = 0;
    const claim: BindingLog["claim"] = async (...of) => {
      if (claims++ > 0) await released;
      return log.claim(...of);
    };
    return { log: { ...log, claim }, letGo: resolve };
  };

  it("loses ownership when another node writes an epoch entry, and delivers that node's records", async () => {
    const shared = streams();
    const { log, letGo } = oneClaim(shared.log());
    const events = await begin(log);
    await expect.poll(() => guard?.heard.length ?? 0).toBeGreaterThan(0);
    taken();
    await expect.poll(() => types(events)).toContain("ownership.gained");
    const own = ownershipOf(events);
    const other = shared.log();
    const stop = new AbortController();
    const level = Promise.withResolvers<void>();
    void other.follow("a", { entry: () => undefined, caughtUp: () => level.resolve() }, stop.signal);
    await level.promise;
    const theirs = await other.claim("a", "ha2", stop.signal);
    if (!theirs.ok) throw new Error("no claim");
    expect(await own.append([bindingRecord(1, instantOf(0))], stop.signal)).toMatchObject({
      error: { code: "fenced" },
    });
    await theirs.value.append([bindingRecord(2, instantOf(0))], stop.signal);
    await expect.poll(() => types(events)).toContain("record.followed");
    expect(types(events)).toContain("ownership.lost");
    expect(cluster.instances()[0]).toMatchObject({ role: "edge", owner: "ha2" });
    letGo();
    stop.abort();
  });

  it("is no owner by a claim whose answer comes after another node's epoch entry", async () => {
    const shared = streams();
    const { log, letGo } = oneClaim(shared.log());
    const stop = new AbortController();
    const level = Promise.withResolvers<void>();
    const rival = shared.log();
    void rival.follow("a", { entry: () => undefined, caughtUp: () => level.resolve() }, stop.signal);
    await level.promise;
    let claims = 0;
    const events = await begin({
      ...log,
      claim: async (instance, node, signal) => {
        claims++;
        const claimed = await log.claim(instance, node, signal);
        if (claims === 1) await rival.claim("a", "ha2", stop.signal);
        return claimed;
      },
    });
    await expect.poll(() => guard?.heard.length ?? 0).toBeGreaterThan(0);
    taken();
    await expect.poll(() => cluster.instances()[0]).toMatchObject({ role: "edge", owner: "ha2", epoch: 2 });
    expect(types(events)).not.toContain("ownership.gained");
    letGo();
    await expect.poll(() => cluster.instances()[0]).toMatchObject({ role: "owner", epoch: 3 });
    stop.abort();
  });

  it("leaves the stream to the node that says over the bus that it holds the edge by a greater term, as long as it says so", async () => {
    peers = [{ node: "ha2", address: address("2001:db8:1::12") }];
    const events = await begin();
    await expect.poll(() => guard?.heard.length ?? 0).toBeGreaterThan(0);
    const successor = (held: boolean): void =>
      buses.of("ha2").publish({
        ...{
          node: "ha2",
          boot: 2,
          now: instantOf(performance.now()),
          wall: Date.now(),
          canCommit: true,
          drained: false,
        },
        ...{ clockOff: false, placement: "", asks: false, heard: [], clusterTime: undefined },
        instances: [{ number: 1, eligible: true, held, term: 9 }],
      });
    successor(true);
    await expect.poll(() => cluster.balance?.nodes().find(({ node }) => node === "ha2")?.heard).toBe(true);
    taken();
    await expect.poll(() => cluster.instances()[0]?.role).toBe("edge");
    expect(types(events)).not.toContain("ownership.gained");
    expect(cluster.instances()[0]?.epoch).toBe(0);
    successor(false);
    await expect.poll(() => cluster.instances()[0], { timeout: 20_000 }).toMatchObject({ role: "owner", epoch: 1 });
  });

  it("finds the edges of a guard that was there before it", async () => {
    guard = serveGuard(options(), true);
    const events = await begin();
    await expect.poll(() => types(events)).toContain("ownership.gained");
    expect(launches).toBe(0);
    expect(events.find((event) => event.type === "edge.taken")).toMatchObject({ term: 3 });
  });

  it("retires a guard that runs with other options and starts one of its own", async () => {
    const old = serveGuard({ ...options(), hello: { port: 1, interval: millis(1), missed: 1 } }, true);
    const events = await begin();
    await expect.poll(() => old.heard.some(({ type }) => type === "retire")).toBe(true);
    await old.kill();
    await expect.poll(() => launches).toBe(1);
    await expect.poll(() => guard?.heard.length ?? 0).toBeGreaterThan(0);
    expect(types(events)).not.toContain("edge.taken");
  });

  it("starts a guard again that died, and keeps its roles meanwhile", async () => {
    const events = await begin(undefined, { held: true });
    await expect.poll(() => cluster.instances()[0]?.role).toBe("owner");
    await guard?.kill();
    expect(cluster.instances()[0]?.role).toBe("owner");
    await expect.poll(() => launches).toBe(2);
    await expect.poll(() => guard?.heard.length ?? 0).toBeGreaterThan(0);
    expect(cluster.instances()[0]?.role).toBe("owner");
    expect(types(events).filter((type) => type === "edge.taken")).toHaveLength(1);
  });

  it("asks the guard to hand over when it ends", async () => {
    await begin();
    await expect.poll(() => facts()).toBeDefined();
    await cluster[Symbol.asyncDispose]();
    expect(guard?.heard.at(-1)).toMatchObject({ type: "hand-over" });
  });
});
