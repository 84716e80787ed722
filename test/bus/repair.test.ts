import { glob, rm, stat, truncate } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BindingRecord } from "#binding/record.ts";
import { formatAddress } from "#ipv6/address.ts";
import { createBindingLog } from "#nats/binding-log.ts";
import { createReplicaExchange } from "#nats/replica-exchange.ts";
import { type NatsServer, startNatsServer } from "#nats/server.ts";
import type { EmbeddedOptions } from "#nats/server-config.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import { until } from "#test/poll.ts";
import { openRecordsNode, type RecordsNode } from "./records-node.ts";
import { hostClock, startServers, type TestServers } from "./servers.ts";

const LONG = 60_000;

/** Cuts the tail off all that a server has stored of the streams and of their Raft logs. */
const cutTail = async (store: string, part: number): Promise<void> => {
  for await (const file of glob(`${store}/jetstream/**/*`)) {
    if (file.includes("_meta_")) continue;
    if (file.endsWith("index.db") || /snap\.\d/.test(file)) await rm(file);
    else if (file.endsWith(".blk")) await truncate(file, Math.floor((await stat(file)).size * (1 - part)));
  }
};

describe("records that JetStream lost", () => {
  let servers: TestServers;
  let stop: AbortController;
  const restarted: NatsServer[] = [];
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    for (const server of restarted.splice(0)) await server[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
  });

  const openNode = (node: string, replicas: number, signal = stop.signal): Promise<RecordsNode> => {
    const bus = servers.connect((Number(node.slice(2)) - 1) % replicas);
    return openRecordsNode(node, {
      log: createBindingLog({ replicas }, { bus, clock: hostClock }),
      exchange: createReplicaExchange({ node }, { bus, clock: hostClock }),
      signal,
    });
  };
  /** What the stream holds, as a node sees it that reads it for the first time. */
  const stored = async (replicas: number): Promise<Map<string, BindingRecord>> => {
    const found = new Map<string, BindingRecord>();
    const log = createBindingLog({ replicas }, { bus: servers.connect(0), clock: hostClock });
    const read = await log.read("a", (record) => found.set(formatAddress(record.homeAddress), record), stop.signal);
    if (!read.ok) throw new Error(JSON.stringify(read.error));
    return found;
  };
  const restartWithoutTail = async (part: number): Promise<void> => {
    const { options } = servers;
    for (const { pid } of servers.servers) process.kill(pid ?? 0, "SIGKILL");
    await Promise.all(servers.servers.map((server) => server[Symbol.asyncDispose]()));
    await Promise.all(options.map(({ store }) => cutTail(store, part)));
    const started = await Promise.all(options.map((option: EmbeddedOptions) => startNatsServer(option)));
    for (const result of started) {
      if (!result.ok) throw new Error(result.error.message);
      restarted.push(result.value);
    }
  };
  const fill = async (owner: Awaited<ReturnType<RecordsNode["own"]>>, count: number): Promise<void> => {
    for (let home = 0; home < count; home++) {
      expect(await owner.append([bindingRecord(home, hostClock.now())], stop.signal)).toMatchObject({ ok: true });
    }
  };

  for (const count of [1, 3])
    it(`are found missing, committed again by the owner, counted and told, with ${count} server${count > 1 ? "s" : ""}`, async () => {
      servers = await startServers(count);
      const owner = await openNode("ha1", count);
      await fill(await owner.own(), 60);
      const standby = await openNode("ha2", count);
      expect(standby.records().size).toBe(60);
      await restartWithoutTail(0.4);
      await expect.poll(() => owner.counters.recordsRepaired, { timeout: LONG }).toBeGreaterThan(10);
      await expect.poll(async () => (await stored(count).catch(() => new Map())).size, { timeout: LONG }).toBe(60);
      expect(owner.counters.entriesLost).toBeGreaterThan(0);
      expect(owner.counters.replicaDifferences).toBeGreaterThan(0);
      // By what it remembers itself, or by what the other node offers, whichever comes first.
      expect(owner.alarms).toContainEqual(expect.stringMatching(/^records that .+ are committed again$/));
      const digests = () => [owner, standby].map(({ instance }) => instance.audit.ledger.digest);
      // Both are on their way: the owner may still read its own commits again.
      await until(() => new Set(digests()).size === 1 && owner.instance.audit.ledger.bindings === 60, LONG);
      expect(standby.records()).toEqual(owner.records());
      expect(standby.records().size).toBe(60);
      expect(standby.kernel.host.instances.get(1)?.entries.size).toBe(60);
    });

  it("come back from a standby node when the owner of that time is gone", async () => {
    servers = await startServers(1);
    const first = new AbortController();
    const owner = await openNode("ha1", 1, first.signal);
    const ownership = await owner.own();
    await fill(ownership, 60);
    const standby = await openNode("ha2", 1);
    first.abort();
    await restartWithoutTail(0.4);
    // It knows of the stream only what is left of it.
    const next = await openNode("ha3", 1);
    expect(next.records().size).toBeLessThan(60);
    await next.own();
    await expect.poll(() => next.records().size, { timeout: LONG }).toBe(60);
    await expect.poll(async () => (await stored(1)).size, { timeout: LONG }).toBe(60);
    expect(next.counters.recordsRepaired).toBeGreaterThan(10);
    expect(next.alarms).toContain("records that a peer knew to be newer are committed again");
    await expect.poll(() => standby.instance.audit.newer().length, { timeout: LONG }).toBe(0);
  });
});
