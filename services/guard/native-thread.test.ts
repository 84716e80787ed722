import { createSocket, type Socket } from "node:dgram";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { encodeHello, type Hello } from "#bus/hello-message.ts";
import { seal } from "#edge/hello-transport.ts";
import { address } from "#ipv6/address.ts";
import { type NativeGuard, type NativeGuardReport, type NativePlan, native } from "#linux/native.ts";

const KEY = new Uint8Array(32).fill(1);
const BOOT = 77;
/** A plan that asks the kernel for nothing. */
const NOTHING_TO_DO: NativePlan = {
  take: { messages: new Uint8Array(0), steps: [] },
  withdraw: { messages: new Uint8Array(0), steps: [] },
  mute: { messages: new Uint8Array(0), steps: [] },
  unmute: { messages: new Uint8Array(0), steps: [] },
  device: 1,
  link: 0,
  frames: [],
  helloHead: new Uint8Array(0),
};
/** What a guard holds back before it takes down the link of an edge that it has given way with. */
const RETIRING_TIME = 50;

const bound = (port: number): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = createSocket("udp6");
    socket.bind({ address: "::1", port }, () => resolve(socket));
  });

describe("the native thread", () => {
  const guards: NativeGuard[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const guard of guards.splice(0)) guard.stop();
    for (const socket of sockets.splice(0)) socket.close();
  });

  /** A thread of the node `a` with one peer, `b`, which a test plays from another port. */
  const start = async ({ isPortTaken = false, interval = 100, holds = false } = {}) => {
    const probe = await bound(0);
    const { port } = probe.address();
    if (isPortTaken) sockets.push(probe);
    else await new Promise<void>((resolve) => probe.close(() => resolve()));
    const player = await bound(0);
    sockets.push(player);
    const reports: NativeGuardReport[] = [];
    const guard = native().openGuard(
      {
        node: "a",
        boot: BOOT,
        port,
        key: KEY,
        interval,
        missed: 3,
        startupPatience: 0,
        commitPatience: 0,
        mainTimeout: 10_000,
        peers: [{ node: "b", address: address("::1") }],
        instances: holds ? [{ number: 1, prefer: ["a", "b"], held: true, term: 1, plan: NOTHING_TO_DO }] : [],
      },
      (report) => reports.push(report),
    );
    guards.push(guard);
    let sequence = 0;
    const send = (bytes: Uint8Array) => void player.send(bytes, port, "::1");
    const say = (more: Partial<Hello> = {}, key = KEY) =>
      send(
        seal(
          key,
          encodeHello({
            node: "b",
            boot: 5,
            sequence: ++sequence,
            mainAlive: true,
            canCommit: true,
            leaving: false,
            load: 250,
            edges: [],
            heard: [{ node: "a", boot: BOOT, sequence: 1 }],
            ...more,
          }),
        ),
      );
    const told = (type: string) => reports.filter((report) => report.type === type);
    /** Says one hello. @returns how often the thread has told that the peer appeared or fell silent */
    const sayAndCount = (): number => {
      say();
      return told("peer.changed").length;
    };
    return { guard, send, say, sayAndCount, told, release: () => sockets.splice(0, 1)[0]?.close() };
  };

  it("hears a peer, tells what it says, and tells when it has been silent for the detection time", async () => {
    const { guard, sayAndCount, told } = await start();
    await expect.poll(sayAndCount, { timeout: 10_000 }).toBe(1);
    expect(guard.state().peers).toMatchObject([
      { node: "b", alive: true, mainAlive: true, canCommit: true, load: 250 },
    ]);
    await expect.poll(() => told("peer.changed").at(-1)?.alive, { timeout: 10_000 }).toBe(false);
  });

  it("counts a peer that is heard but hears nobody as gone", async () => {
    const { guard, say, sayAndCount, told } = await start({ interval: 20 });
    await expect.poll(sayAndCount, { timeout: 10_000 }).toBe(1);
    // It echoes the same hello for ever.
    await expect
      .poll(
        () => {
          say();
          return told("peer.changed").at(-1)?.alive;
        },
        { timeout: 10_000, interval: 5 },
      )
      .toBe(false);
    let echoed = 1;
    await expect
      .poll(
        () => {
          say({ heard: [{ node: "a", boot: BOOT, sequence: ++echoed }] });
          return guard.state().peers[0]?.alive;
        },
        { timeout: 10_000, interval: 5 },
      )
      .toBe(true);
  });

  it("takes no replay, no hello of an unknown node, and none that echoes no hello or another boot of its own", async () => {
    // The only hello of its own that comes back to it, being sent to this host, is the first.
    const { guard, say, sayAndCount, told } = await start({ interval: 60_000 });
    const refuses = async (wrong: Partial<Hello>) => {
      const { ignored } = guard.state();
      await expect
        .poll(
          () => {
            say(wrong);
            return guard.state().ignored > ignored + 2;
          },
          { timeout: 10_000 },
        )
        .toBe(true);
    };
    for (const wrong of [{ node: "c" }, { heard: [] }, { heard: [{ node: "a", boot: BOOT + 1, sequence: 1 }] }])
      await refuses(wrong);
    expect(told("peer.changed")).toEqual([]);
    await expect.poll(sayAndCount, { timeout: 10_000 }).toBe(1);
    await refuses({ sequence: 1 });
  });

  it("counts strangers and unreadable hellos, and lives on whatever octets come", async () => {
    const { guard, send, say, sayAndCount } = await start();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1_200 }), (bytes) => {
        send(bytes);
        send(seal(KEY, bytes));
      }),
      { numRuns: 500 },
    );
    say({}, new Uint8Array(32).fill(2));
    await expect
      .poll(() => guard.state().strangers > 0 && guard.state().unreadable > 0, { timeout: 10_000 })
      .toBe(true);
    await expect.poll(sayAndCount, { timeout: 10_000 }).toBe(1);
  });

  it("tells that its port is in use, once, and takes it when it is free", async () => {
    const { sayAndCount, told, release } = await start({ isPortTaken: true });
    await expect.poll(() => told("problem").length, { timeout: 10_000 }).toBe(1);
    expect(told("problem")[0]?.message).toContain("the port is in use");
    release();
    await expect.poll(sayAndCount, { timeout: 10_000 }).toBe(1);
    expect(told("problem")).toHaveLength(1);
  });

  it("gives way at once when a peer shows a greater term, and takes its link down only a moment later (DESIGN §4.6)", async () => {
    const { guard, say, sayAndCount, told } = await start({ holds: true, interval: 50 });
    guard.setMainAlive(true);
    await expect.poll(sayAndCount, { timeout: 10_000 }).toBe(1);
    expect(guard.state().edges).toEqual([{ instance: 1, held: true, term: 1 }]);
    const edge = { instance: 1, held: true, eligible: true, term: 2, epoch: 0, lastSequence: 0, yieldTo: "" };
    const greatest = {
      greatestTerm: 2,
      greatestNode: "b",
      greatestAlive: true,
      cannotCommit: false,
      greatestEpoch: 0,
      greatestSequence: 0,
    };
    const before = performance.now();
    const until = before + 10_000;
    let gaveWayAt: number | undefined;
    let downAt: number | undefined;
    while (downAt === undefined && performance.now() < until) {
      say({ edges: [{ ...edge, ...greatest }] });
      const { edges, engaged } = guard.state();
      if (!edges[0]?.held) gaveWayAt ??= performance.now();
      if (!engaged) downAt = performance.now();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(gaveWayAt).toBeDefined();
    expect(downAt).toBeGreaterThanOrEqual(before + RETIRING_TIME);
    await expect.poll(() => told("edge.withdrawn").length, { timeout: 10_000 }).toBe(1);
  });

  it("is handed over at once when it holds nothing, and ends when it is stopped, twice over", async () => {
    const { guard, told } = await start();
    guard.handOver(1_000);
    await expect.poll(() => told("handed-over").length, { timeout: 10_000 }).toBe(1);
    guard.stop();
    guard.stop();
  });
});
