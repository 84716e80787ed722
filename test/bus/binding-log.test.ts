import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createBindingLog } from "#nats/binding-log.ts";
import { bindingRecord, describeBindingLog, followLog } from "#ports/binding-log.compliance.ts";
import { hostClock, startServers, type TestServers } from "./servers.ts";

for (const count of [1, 3]) {
  let servers: TestServers;
  beforeAll(async () => {
    servers = await startServers(count);
  });
  afterAll(() => servers[Symbol.asyncDispose]());

  describeBindingLog(`JetStream, ${count === 1 ? "one server" : "three servers, three replicas"}`, async () => {
    let opened = 0;
    return {
      openLog: () =>
        createBindingLog({ replicas: count }, { bus: servers.connect(opened++ % count), clock: hostClock }),
      now: () => hostClock.now(),
    };
  });
}

describe("a follower whose wall clock is an hour off the writer's", () => {
  let servers: TestServers;
  let stop: AbortController;
  beforeEach(async () => {
    stop = new AbortController();
    servers = await startServers(1);
  });
  afterEach(async () => {
    stop.abort();
    await servers[Symbol.asyncDispose]();
  });

  it.each([1, -1])("ends what it follows live when the writer does: %i (DESIGN §4.8)", async (sign) => {
    const log = (off: number) =>
      createBindingLog(
        { replicas: 1 },
        { bus: servers.connect(), clock: { ...hostClock, wall: () => hostClock.wall() + off } },
      );
    const writer = log(0);
    const reader = log(sign * 3_600_000);
    const [there, here] = [followLog(writer, "a", stop.signal), followLog(reader, "a", stop.signal)];
    await Promise.all([there.caughtUp, here.caughtUp]);
    const owner = await writer.claim("a", "ha1", stop.signal);
    if (!owner.ok) throw new Error(owner.error.code);
    const record = bindingRecord(1, hostClock.now());
    await owner.value.append([record], stop.signal);
    const followed = () => here.entries.find((entry) => entry.kind === "record");
    await expect.poll(followed, { timeout: 20_000 }).toBeDefined();
    const entry = followed();
    const late = entry?.kind === "record" ? entry.record.expiresAt - record.expiresAt : Number.NaN;
    expect(late).toBeGreaterThanOrEqual(-1);
    // No longer than its way took.
    expect(late).toBeLessThanOrEqual(hostClock.now() - (record.expiresAt - record.lifetime));
  });
});
