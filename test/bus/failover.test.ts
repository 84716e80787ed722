import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBindingLog } from "#nats/binding-log.ts";
import { bindingRecord, followLog } from "#ports/binding-log.compliance.ts";
import type { Ownership } from "#ports/binding-log.ts";
import { hostClock, startServers, type TestServers } from "./servers.ts";

const LONG = 30_000;

describe("binding log in trouble", () => {
  let servers: TestServers;
  let stop: AbortController;
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await servers[Symbol.asyncDispose]();
  });

  const node = async (index: number, replicas: number, problems: string[] = []) => {
    const log = createBindingLog(
      { replicas, onProblem: (_, message) => problems.push(message) },
      { bus: servers.connect(index), clock: hostClock },
    );
    const follower = followLog(log, "a", stop.signal);
    await follower.caughtUp;
    return { log, follower };
  };
  const own = async (from: Awaited<ReturnType<typeof node>>, as: string): Promise<Ownership> => {
    for (;;) {
      const claimed = await from.log.claim("a", as, stop.signal);
      if (claimed.ok) return claimed.value;
      stop.signal.throwIfAborted();
    }
  };
  const record = (sequence: number, home = 1) => bindingRecord(home, hostClock.now(), { sequence });
  const sequences = (from: Awaited<ReturnType<typeof node>>) =>
    from.follower.entries.flatMap((entry) => (entry.kind === "record" ? [entry.record.sequence] : []));
  const kill = (index: number) => process.kill(servers.servers[index]?.pid ?? 0, "SIGKILL");

  it("loses no acknowledged record when the only server is killed, and goes on by itself", async () => {
    servers = await startServers(1);
    const one = await node(0, 1);
    const owner = await own(one, "ha1");
    expect(await owner.append([record(1)], stop.signal)).toMatchObject({ ok: true });
    // Else the follower may never hear of it: the next record of this home address replaces it in the stream.
    await one.follower.reached(2);
    kill(0);
    const during = owner.append([record(2), record(3, 2)], stop.signal);
    expect(await during).toMatchObject({ ok: true, value: { sequence: 4 } });
    await one.follower.reached(4);
    expect(sequences(one)).toEqual([1, 2, 3]);
    const late = await node(0, 1);
    expect(late.follower.state().size).toBe(2);
  });

  it("commits each record once while the stream's leader is killed, in order, and all nodes hear it", async () => {
    servers = await startServers(3);
    const nodes = [await node(0, 3), await node(1, 3), await node(2, 3)];
    const [one, two, three] = nodes;
    if (!one || !two || !three) throw new Error("no nodes");
    const state = await one.log.state("a", stop.signal);
    const leader = state.ok ? Number(state.value.leader?.slice(2)) - 1 : 0;
    const writer = nodes[(leader + 1) % 3] ?? one;
    const owner = await own(writer, "writer");
    const start = performance.now();
    let longest = 0;
    for (let sequence = 1; sequence <= 40; sequence++) {
      const before = performance.now();
      expect(await owner.append([record(sequence)], stop.signal)).toMatchObject({ ok: true });
      longest = Math.max(longest, performance.now() - before);
      if (sequence === 20) kill(leader);
    }
    console.log(
      `leader killed: longest append ${longest.toFixed(0)} ms, 40 appends in ${(performance.now() - start).toFixed(0)} ms`,
    );
    for (const each of nodes) await expect.poll(() => sequences(each).at(-1), { timeout: LONG }).toBe(40);
    // A follower whose consumer died too may skip what was replaced meanwhile, but never goes back.
    for (const each of nodes) {
      const heard = sequences(each);
      expect(heard).toEqual([...new Set(heard)].toSorted((a, b) => a - b));
    }
    expect(await owner.append([record(41)], stop.signal)).toEqual({ ok: true, value: { sequence: 42 } });
  });

  it("brings every acknowledged record back when all three servers are killed at once", async () => {
    servers = await startServers(3);
    const one = await node(0, 3);
    const owner = await own(one, "ha1");
    const records = Array.from({ length: 300 }, (_, index) => record(index + 1, index));
    expect(await owner.append(records, stop.signal)).toMatchObject({ ok: true });
    for (const index of [0, 1, 2]) kill(index);
    expect(await owner.append([record(9, 0)], stop.signal)).toMatchObject({ ok: true, value: { sequence: 302 } });
    const late = await node(1, 3);
    expect(late.follower.state().size).toBe(300);
    await one.follower.reached(302);
  });

  it("keeps a former owner fenced whose write was under way when the server died", async () => {
    servers = await startServers(1);
    const one = await node(0, 1);
    const two = await node(0, 1);
    const former = await own(one, "ha1");
    kill(0);
    const late = former.append([record(1)], stop.signal);
    const taken = await own(two, "ha2");
    const result = await late;
    const after = await former.append([record(2)], stop.signal);
    expect(after).toEqual({ ok: false, error: { code: "fenced", epoch: taken.epoch } });
    // The write under way was stored before the claim or not at all.
    const entries = (await node(0, 1)).follower.entries;
    const stored = entries.filter((entry) => entry.kind === "record").map((entry) => entry.sequence);
    const claimedAt = entries.find((entry) => entry.kind === "epoch" && entry.epoch === taken.epoch)?.sequence ?? 0;
    expect(stored).toEqual(result.ok ? [claimedAt - 1] : []);
  });

  it("answers unavailable when told to stop while no server is there, and says so in state", async () => {
    servers = await startServers(1);
    const one = await node(0, 1);
    const owner = await own(one, "ha1");
    await servers.servers[0]?.[Symbol.asyncDispose]();
    expect(await owner.append([record(1)], AbortSignal.timeout(300))).toMatchObject({ error: { code: "unavailable" } });
    await expect.poll(async () => (await one.log.state("a", stop.signal)).ok, { timeout: LONG }).toBe(false);
    expect(await one.log.claim("a", "ha1", stop.signal)).toMatchObject({ error: { code: "unavailable" } });
  });

  it("lets a node claim that heard nothing of the last commits from its own consumer", async () => {
    servers = await startServers(3);
    const one = await node(0, 3);
    const two = await node(1, 3);
    const owner = await own(one, "ha1");
    // Taken together: the claim is refused as overtaken, reads on from the leader, and then succeeds.
    const written = owner.append([record(1), record(2, 2)], stop.signal);
    const taken = await own(two, "ha2");
    const result = await written;
    expect(taken.epoch).toBeGreaterThan(owner.epoch);
    const heard = two.follower.entries.map((entry) => entry.sequence);
    expect(heard).toEqual(heard.toSorted((a, b) => a - b));
    expect(new Set(heard).size).toBe(heard.length);
    expect(two.follower.state().size).toBe(result.ok ? 2 : 0);
  });

  it("follows the stream's leader where the consumer has died, before that is noticed", async () => {
    servers = await startServers(3);
    const problems: string[] = [];
    const one = await node(0, 3);
    const two = await node(1, 3, problems);
    const owner = await own(one, "ha1");
    await owner.append([record(1)], stop.signal);
    await two.follower.reached(2);
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const manager = await jetstreamManager(await servers.connect(2).connection(stop.signal));
    for await (const { name } of manager.consumers.list("roam6-bindings-a"))
      await manager.consumers.delete("roam6-bindings-a", name);
    await owner.append([record(2), record(1, 2)], stop.signal);
    // As a node asks each of its streams ten times a second (services/edge/commit-health.ts).
    const heard = async () => {
      await two.log.state("a", stop.signal);
      return sequences(two);
    };
    await expect.poll(heard, { timeout: LONG, interval: 100 }).toEqual([1, 2, 1]);
    expect(problems).toEqual([]);
    // And by a consumer again, in order, when it has noticed.
    await expect.poll(() => problems.length, { timeout: LONG }).toBeGreaterThan(0);
    await owner.append([record(3)], stop.signal);
    await expect.poll(() => sequences(two), { timeout: LONG }).toEqual([1, 2, 1, 3]);
  });

  it("reads everything again when the stream was made anew", async () => {
    servers = await startServers(1);
    const one = await node(0, 1);
    const owner = await own(one, "ha1");
    await owner.append([record(1), record(2, 2)], stop.signal);
    const bus = servers.connect(0);
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const manager = await jetstreamManager(await bus.connection(stop.signal));
    await manager.streams.delete("roam6-bindings-a");
    await expect.poll(async () => (await one.log.claim("a", "ha1", stop.signal)).ok, { timeout: LONG }).toBe(true);
    const state = await one.log.state("a", stop.signal);
    expect(state).toMatchObject({ ok: true, value: { sequence: 1 } });
  });

  it("says how many acknowledged entries JetStream has lost, and commits on", async () => {
    servers = await startServers(1);
    const problems: string[] = [];
    const one = await node(0, 1, problems);
    const owner = await own(one, "ha1");
    await owner.append([record(1), record(2, 2)], stop.signal);
    const { jetstreamManager } = await import("@nats-io/jetstream");
    const manager = await jetstreamManager(await servers.connect(0).connection(stop.signal));
    const { config } = await manager.streams.info("roam6-bindings-a");
    await manager.streams.delete("roam6-bindings-a");
    await manager.streams.add(config).catch(() => undefined); // the follower may have made it already
    // The epoch entry comes before it: nothing else would fence a former owner of the new stream.
    expect(await owner.append([record(3)], stop.signal)).toEqual({ ok: true, value: { sequence: 2 } });
    expect(problems).toContain("JetStream lost 3 acknowledged entries, 3 since the start");
  });
});
