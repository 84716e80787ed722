import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatAddress } from "#ipv6/address.ts";
import { createBindingLog } from "#nats/binding-log.ts";
import { startNatsServer } from "#nats/server.ts";
import { bindingRecord, followLog } from "#ports/binding-log.compliance.ts";
import type { Ownership } from "#ports/binding-log.ts";
import { until } from "#test/poll.ts";
import { hostClock, startServers, type TestServers } from "./servers.ts";

const LONG = 40_000;
/** Longer than two pings of the client and than the server waits for one. */
const OUTAGE = 5_000;
const ROUNDS = 3;
const HOMES = 40;

describe("a cluster of three servers that dies as a whole", () => {
  let servers: TestServers;
  let stop: AbortController;
  const restarted: AsyncDisposable[] = [];
  beforeEach(async () => {
    stop = new AbortController();
    servers = await startServers(3);
  });
  afterEach(async () => {
    stop.abort();
    for (const each of restarted.splice(0)) await each[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
  });

  const node = async (index: number) => {
    const log = createBindingLog({ replicas: 3 }, { bus: servers.connect(index), clock: hostClock });
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
  const pids = () => servers.servers.map(({ pid }) => pid ?? 0);

  it("resumes by itself: what waited is committed once, followers read on (DESIGN §4.5)", async () => {
    const one = await node(0);
    const two = await node(1);
    const owner = await own(one, "ha1");
    expect(await owner.append([bindingRecord(1, hostClock.now(), { sequence: 1 })], stop.signal)).toMatchObject({
      ok: true,
    });
    for (const pid of pids()) process.kill(pid, "SIGKILL");
    await Promise.all(servers.servers.map((server) => server[Symbol.asyncDispose]()));
    const waiting = owner.append([bindingRecord(1, hostClock.now(), { sequence: 2 })], stop.signal);
    const claiming = two.log.claim("a", "ha2", stop.signal);
    expect(await claiming).toMatchObject({ error: { code: "unavailable" } });
    const downSince = performance.now();
    await expect.poll(async () => (await one.log.state("a", stop.signal)).ok, { timeout: LONG }).toBe(false);
    await until(() => performance.now() - downSince > OUTAGE, LONG);
    for (const result of await Promise.all(servers.options.map((option) => startNatsServer(option))))
      if (result.ok) restarted.push(result.value);
    expect(await waiting).toEqual({ ok: true, value: { sequence: 3 } });
    await two.follower.reached(3);
    expect([...two.follower.state().values()].map(({ sequence }) => sequence)).toEqual([2]);
    await expect.poll(async () => (await one.log.state("a", stop.signal)).ok, { timeout: LONG }).toBe(true);
  });

  it("brings back every acknowledged record when everything is killed amid writes, time and again", async () => {
    const acknowledged = new Map<string, number>();
    let revision = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const writers = new AbortController();
      const one = await node(round % 3);
      // Records of before must be there before anything is written again.
      const found = one.follower.state();
      for (const [home, committed] of acknowledged)
        expect(found.get(home)?.revision ?? 0, home).toBeGreaterThanOrEqual(committed);
      const owner = await own(one, `ha${round}`);
      let count = 0;
      const write = async (): Promise<void> => {
        while (!writers.signal.aborted) {
          const group = Array.from({ length: 5 }, (_, at) =>
            bindingRecord((revision + at) % HOMES, hostClock.now(), { revision: revision + 1 }),
          );
          const wrote = ++revision;
          const result = await owner.append(group, writers.signal);
          if (!result.ok) return;
          count++;
          for (const { homeAddress } of group) acknowledged.set(formatAddress(homeAddress), wrote);
        }
      };
      const writing = Promise.all([write(), write(), write()]);
      await until(() => count > 60, LONG);
      // All at once, and whoever writes dies with them.
      const before = pids();
      for (const pid of before) process.kill(pid, "SIGKILL");
      writers.abort();
      await writing;
      await until(() => pids().every((pid, at) => pid > 0 && pid !== before[at]), LONG);
    }
    const last = await node(0);
    const found = last.follower.state();
    for (const [home, committed] of acknowledged)
      expect(found.get(home)?.revision ?? 0, home).toBeGreaterThanOrEqual(committed);
    expect(acknowledged.size).toBe(HOMES);
  });
});
