import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBindingLog } from "#nats/binding-log.ts";
import { bindingRecord, followLog } from "#ports/binding-log.compliance.ts";
import type { LogEntry, Ownership } from "#ports/binding-log.ts";
import { until } from "#test/poll.ts";
import { type HoldingProxy, openHoldingProxy } from "./holding-proxy.ts";
import { hostClock, startServers, type TestServers } from "./servers.ts";

const SECRET = "test";
const LONG = 40_000;
const PROGRAM = fileURLToPath(new URL("writer.ts", import.meta.url));

/** What the writer said. */
interface Told {
  readonly claimed?: number;
  readonly acknowledged?: number;
  readonly at?: number;
  readonly refused?: string;
}

/** A former owner, whatever it was doing when its ownership ended, changes nothing any more (DESIGN §4.4). */
describe("a former owner in a cluster of three servers", () => {
  let servers: TestServers;
  let stop: AbortController;
  const owned: AsyncDisposable[] = [];
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    stop = new AbortController();
    servers = await startServers(3, SECRET);
  });
  afterEach(async () => {
    stop.abort();
    for (const child of children.splice(0)) child.kill("SIGKILL");
    for (const each of owned.splice(0)) await each[Symbol.asyncDispose]();
    await servers[Symbol.asyncDispose]();
  });

  const node = async (index: number) => {
    const log = createBindingLog({ replicas: 3 }, { bus: servers.connect(index), clock: hostClock });
    const follower = followLog(log, "a", stop.signal);
    await follower.caughtUp;
    return { log, follower };
  };
  type Node = Awaited<ReturnType<typeof node>>;

  /** Starts the process that owns and writes. */
  const writer = (url: string, size = 1) => {
    const child = spawn(process.execPath, [PROGRAM, url, SECRET, "former", "3", String(size)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const told: Told[] = [];
    if (!child.stdout) throw new Error("no output");
    createInterface({ input: child.stdout }).on("line", (line) => told.push(JSON.parse(line)));
    return {
      child,
      told,
      acknowledged: () => told.filter((each) => each.acknowledged !== undefined).length,
      ended: () => (child.exitCode === null ? once(child, "exit") : Promise.resolve()),
    };
  };

  const own = async (from: Node, as: string): Promise<Ownership> => {
    for (;;) {
      const claimed = await from.log.claim("a", as, stop.signal);
      if (claimed.ok) return claimed.value;
      stop.signal.throwIfAborted();
    }
  };

  /** The stream's leader is moved to this server. */
  const leadAt = async (from: Node, index: number): Promise<void> => {
    const wanted = `ha${index + 1}`;
    const leader = async () => {
      const state = await from.log.state("a", stop.signal);
      return state.ok ? state.value.leader : undefined;
    };
    await expect
      .poll(
        async () => {
          const present = await leader();
          if (present !== wanted && present !== undefined) await from.log.moveLeader("a", wanted, stop.signal);
          return leader();
        },
        { timeout: LONG, interval: 300 },
      )
      .toBe(wanted);
  };

  /** Entries as they stand in the stream: none of an owner behind the epoch entry of its successor. */
  const expectFenced = (entries: readonly LogEntry[]): void => {
    let epoch = 0;
    const ordered = entries.toSorted((a, b) => a.sequence - b.sequence);
    for (const entry of ordered) {
      if (entry.kind === "epoch") epoch = Math.max(epoch, entry.epoch);
      else expect(entry.record.epoch, `record at ${entry.sequence}`).toBe(epoch);
    }
  };

  /** The new owner writes, then the former one is let go on and must be told that it is fenced. */
  const expectRefusal = async (former: ReturnType<typeof writer>, owner: Ownership, from: Node, letGo: () => void) => {
    const taken = await owner.append([bindingRecord(100, hostClock.now())], stop.signal);
    if (!taken.ok) throw new Error(JSON.stringify(taken.error));
    letGo();
    await until(() => former.told.some(({ refused }) => refused === "fenced"), LONG);
    await former.ended();
    const last = await owner.append([bindingRecord(101, hostClock.now())], stop.signal);
    if (!last.ok) throw new Error(JSON.stringify(last.error));
    await from.follower.reached(last.value.sequence);
    expect(last.value.sequence, "nobody wrote in between").toBe(taken.value.sequence + 1);
    expectFenced(from.follower.entries);
    const claimedAt = from.follower.entries.find((e) => e.kind === "epoch" && e.epoch === owner.epoch)?.sequence ?? 0;
    for (const { at } of former.told) expect(at ?? 0, "acknowledged to the former owner").toBeLessThan(claimedAt);
  };

  /** Stops a server in bursts, so that each write waits as it would for a slow disk; heals it when disposed of. */
  const slowDown = (pid: number): Disposable => {
    let isStopped = false;
    let timer: NodeJS.Timeout | undefined;
    const turn = () => {
      isStopped = !isStopped;
      process.kill(pid, isStopped ? "SIGSTOP" : "SIGCONT");
      timer = setTimeout(turn, isStopped ? 100 : 20);
    };
    turn();
    return {
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        process.kill(pid, "SIGCONT");
      },
    };
  };

  for (const size of [1, 50])
    it(`is refused when its process was stopped amid groups of ${size} and goes on after another claimed`, async () => {
      const two = await node(1);
      const former = writer(servers.servers[0]?.url ?? "", size);
      await until(() => former.acknowledged() > 20, LONG);
      former.child.kill("SIGSTOP");
      const owner = await own(two, "ha2");
      await expectRefusal(former, owner, two, () => former.child.kill("SIGCONT"));
    });

  it("is refused when the network held its writes back and delivers them late", async () => {
    const two = await node(1);
    await leadAt(two, 2);
    const proxy: HoldingProxy = await openHoldingProxy(servers.servers[0]?.url ?? "");
    owned.push(proxy);
    const former = writer(proxy.url, 20);
    await until(() => former.acknowledged() > 20, LONG);
    proxy.hold();
    const owner = await own(two, "ha2");
    await expectRefusal(former, owner, two, proxy.release);
  });

  it("is refused when the stream's leader stood still with its writes and goes on after the election", async () => {
    const two = await node(1);
    await leadAt(two, 2);
    const former = writer(servers.servers[0]?.url ?? "", 20);
    await until(() => former.acknowledged() > 20, LONG);
    const leader = servers.servers[2]?.pid ?? 0;
    process.kill(leader, "SIGSTOP");
    try {
      // Who writes in the old epoch goes on doing so until the claim: both wait for the election.
      const owner = await own(two, "ha2");
      await expectRefusal(former, owner, two, () => process.kill(leader, "SIGCONT"));
    } finally {
      process.kill(leader, "SIGCONT");
    }
  });

  it("is refused when its writes waited for a slow disk of the stream's leader while another claimed", async () => {
    const two = await node(1);
    await leadAt(two, 2);
    const former = writer(servers.servers[0]?.url ?? "", 20);
    await until(() => former.acknowledged() > 20, LONG);
    using slow = new DisposableStack();
    slow.use(slowDown(servers.servers[2]?.pid ?? 0));
    const owner = await own(two, "ha2");
    // It is still slow when the former owner is told.
    await expectRefusal(former, owner, two, () => undefined);
  });
});
