import { describe, expect, it } from "vitest";
import { createClock } from "#linux/clock.ts";
import { bindingRecord, describeBindingLog, followLog } from "#ports/binding-log.compliance.ts";
import { instantOf, millis } from "#wire/time.ts";
import { createFakeJetStream } from "./fake-jetstream.ts";
import { createFakeJetStreamLog, NAMESPACE } from "./fake-jetstream-log.ts";
import { createFakeProcess } from "./fake-process.ts";
import { createSeededRandom } from "./seeded-random.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const SERVERS = ["s1", "s2", "s3"];

const openServers = (clock = createClock(), isConnected: (a: string, b: string) => boolean = () => true) => {
  const random = createSeededRandom("servers");
  const servers = createFakeJetStream({
    clock,
    random,
    servers: SERVERS,
    replicas: 3,
    isConnected,
    latency: () => millis(1),
    diskDelay: () => millis(1),
    election: [200, 400],
  });
  const log = (server: string) =>
    createFakeJetStreamLog({ servers, server, process: createFakeProcess(clock), random: random.fork(server) });
  return { servers, log };
};

describeBindingLog("fake JetStream", async () => {
  const { log } = openServers();
  let opened = 0;
  return { openLog: () => log(SERVERS[opened++ % SERVERS.length] ?? "s1"), now: () => createClock().now() };
});

describe("fake JetStream", () => {
  const STREAM = `${NAMESPACE}-bindings-a`;
  const begin = async (isConnected?: (a: string, b: string) => boolean) => {
    const clock = createVirtualClock();
    const opened = openServers(clock, isConnected);
    const stop = new AbortController();
    const log = opened.log("s1");
    const follower = followLog(log, "a", stop.signal);
    await clock.advance(millis(100));
    const claimed = log.claim("a", "ha1", stop.signal);
    await clock.advance(millis(100));
    const owner = await claimed;
    if (!owner.ok) throw new Error("no owner");
    return { ...opened, clock, stop, owner: owner.value, follower };
  };

  it("acknowledges nothing without a leader, keeps what was acknowledged, and goes on with the next one", async () => {
    const { servers, clock, owner, stop } = await begin();
    const record = bindingRecord(1, instantOf(0));
    const first = owner.append([record], stop.signal);
    await clock.advance(millis(20));
    expect(await first).toEqual({ ok: true, value: { sequence: 2 } });
    const leader = servers.leaderOf(STREAM);
    if (leader === undefined || leader === "s1") throw new Error("the seed has another leader");
    servers.killServer(leader);
    expect(servers.leaderOf(STREAM)).toBeUndefined();
    let isDone = false;
    const second = owner.append([{ ...record, sequence: 8 }], stop.signal).then((result) => {
      isDone = true;
      return result;
    });
    await clock.advance(millis(150));
    expect(isDone).toBe(false);
    await clock.advance(millis(5_000));
    expect(await second).toEqual({ ok: true, value: { sequence: 3 } });
    expect(servers.messages(STREAM).map(({ sequence }) => sequence)).toEqual([1, 3]);
    stop.abort();
  });

  it("commits nothing on the small side of a partition", async () => {
    let isCut = false;
    const { servers, clock, owner, stop } = await begin((a, b) => !isCut || (a === "s1") === (b === "s1"));
    isCut = true;
    servers.changed();
    const stopped = new AbortController();
    const written = owner.append([bindingRecord(1, instantOf(0))], stopped.signal);
    await clock.advance(millis(2_000));
    expect(servers.messages(STREAM)).toHaveLength(1);
    expect(servers.leaderOf(STREAM)).not.toBe("s1");
    stopped.abort();
    await clock.advance(millis(1_000));
    expect(await written).toMatchObject({ error: { code: "unavailable" } });
    stop.abort();
  });
});
