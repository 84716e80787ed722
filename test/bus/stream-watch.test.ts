import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBindingLog } from "#nats/binding-log.ts";
import { type Bus, connectBus } from "#nats/bus.ts";
import { type WatchedEntry, watchStream } from "#nats/stream-watch.ts";
import { bindingRecord, followLog } from "#ports/binding-log.compliance.ts";
import type { Ownership } from "#ports/binding-log.ts";
import { type HoldingProxy, openHoldingProxy } from "./holding-proxy.ts";
import { hostClock, startServers, type TestServers } from "./servers.ts";

const SECRET = "test";

/** A witness reads what a stream takes while others write. */
describe("a watch of a stream", () => {
  let servers: TestServers;
  let proxy: HoldingProxy;
  let owner: Ownership;
  const entries: WatchedEntry[] = [];
  const problems: string[] = [];
  let owned: AsyncDisposableStack;
  let bus: Bus;
  let stop: AbortController;
  beforeEach(async () => {
    entries.splice(0);
    problems.splice(0);
    stop = new AbortController();
    owned = new AsyncDisposableStack();
    servers = await startServers(1, SECRET);
    const log = createBindingLog({ replicas: 1 }, { bus: servers.connect(), clock: hostClock });
    await followLog(log, "a", stop.signal).caughtUp;
    const claimed = await log.claim("a", "ha1", stop.signal);
    if (!claimed.ok) throw new Error(JSON.stringify(claimed.error));
    owner = claimed.value;
    proxy = await openHoldingProxy(servers.servers[0]?.url ?? "");
    bus = owned.use(
      connectBus({
        servers: [proxy.url],
        name: "watch",
        ownServerOnly: true,
        login: { user: "roam6", password: SECRET },
      }),
    );
    const watching = watchStream(
      { bus, clock: hostClock, instance: "a" },
      { entry: (entry) => entries.push(entry), problem: (text) => problems.push(text) },
      stop.signal,
    );
    owned.defer(() => watching);
  });
  afterEach(async () => {
    stop.abort();
    proxy.release();
    await owned.disposeAsync();
    await proxy[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
  });

  const write = async (home: number, sequence: number): Promise<void> => {
    const record = bindingRecord(home, hostClock.now(), { sequence, epoch: owner.epoch });
    expect(await owner.append([record], stop.signal)).toMatchObject({ ok: true });
  };
  const seen = (): (string | number)[] =>
    entries.map(({ entry }) => (entry.kind === "epoch" ? entry.node : entry.record.sequence));

  const begun = (): Promise<void> => expect.poll(seen).toEqual(["ha1"]);

  it("reads every entry once, in order, with its place and the time at which it was stored", async () => {
    await begun();
    const before = Date.now();
    for (const sequence of [1, 2, 3]) await write(1, sequence);
    await expect.poll(seen).toEqual(["ha1", 1, 2, 3]);
    expect(entries.map(({ sequence, generation }) => [sequence, generation])).toEqual(
      [1, 2, 3, 4].map((at) => [at, 0]),
    );
    for (const { storedAt } of entries.slice(1)) {
      expect(storedAt).toBeGreaterThanOrEqual(before - 1);
      expect(storedAt).toBeLessThanOrEqual(Date.now() + 1);
    }
  });

  it("goes on where it stood after it was cut off; what was replaced meanwhile is a gap in the sequences", async () => {
    await begun();
    await write(1, 1);
    await expect.poll(seen).toEqual(["ha1", 1]);
    proxy.hold();
    await expect.poll(() => problems).toContain("the consumer is silent");
    for (const sequence of [2, 3, 4]) await write(1, sequence);
    proxy.release();
    await expect.poll(seen).toEqual(["ha1", 1, 4]);
    expect(entries.map(({ sequence, generation }) => [sequence, generation])).toEqual([1, 2, 5].map((at) => [at, 0]));
  });
});
