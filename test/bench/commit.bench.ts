import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBindingLog } from "#nats/binding-log.ts";
import { connectBus } from "#nats/bus.ts";
import { findNatsServer } from "#nats/server-binary.ts";
import { serverConfig } from "#nats/server-config.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import { freePorts, hostClock } from "#test/bus/servers.ts";
import type { Bench } from "./bench.ts";

/** When a server writes to its disk: before each acknowledgement, as ours do, or every two minutes, as NATS does by itself. */
type Sync = "always" | "default";

const SECONDS = 3;
const GROUP = 100;

/** What one series of commits came to. */
interface Measured {
  /** Mean milliseconds of a commit of one record, one after the other. */
  readonly latency: number;
  /** Thousands of records a second in groups of 100, one group in flight. */
  readonly rate: number;
}

const measure = async (count: number, sync: Sync): Promise<Measured> => {
  const binary = await findNatsServer();
  if (!binary.ok) throw new Error(binary.error.message);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "roam6-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const ports = await freePorts(count * 2);
  const at = (index: number) => `[::1]:${ports[index] ?? 0}`;
  for (let index = 0; index < count; index++) {
    const store = join(folder, `ha${index}`);
    const routes = Array.from({ length: count }, (_, other) => at(count + other)).filter((_, other) => other !== index);
    const cluster = count > 1 ? { cluster: { name: "bench", listen: at(count + index), routes } } : {};
    const text = serverConfig({ node: `ha${index}`, store, listen: at(index), ...cluster });
    const file = join(folder, `ha${index}.conf`);
    await mkdir(store);
    await writeFile(file, sync === "always" ? text : text.replace(", sync_interval: always", ""));
    const child = spawn(binary.value.path, ["-c", file], { stdio: "ignore" });
    stack.defer(async () => {
      child.kill("SIGKILL");
      if (child.exitCode === null) await once(child, "exit");
    });
  }
  const bus = stack.use(connectBus({ servers: [`nats://${at(0)}`], name: "bench", ownServerOnly: true }));
  const log = createBindingLog({ replicas: count }, { bus, clock: hostClock });
  const stop = new AbortController();
  stack.defer(() => stop.abort());
  await new Promise<void>((resolve) => {
    void log.follow("a", { entry: () => {}, caughtUp: () => resolve() }, stop.signal);
  });
  const claim = async () => {
    for (;;) {
      const claimed = await log.claim("a", "bench", stop.signal);
      if (claimed.ok) return claimed.value;
    }
  };
  const owner = await claim();
  /** Commits for some seconds; gives commits a second. */
  const commit = async (size: number): Promise<number> => {
    const group = Array.from({ length: size }, (_, home) => bindingRecord(home, hostClock.now()));
    const start = performance.now();
    let commits = 0;
    for (; performance.now() - start < SECONDS * 1000; commits++) {
      const result = await owner.append(group, stop.signal);
      if (!result.ok) throw new Error(JSON.stringify(result.error));
    }
    return commits / ((performance.now() - start) / 1000);
  };
  await commit(GROUP / 10);
  return { latency: 1000 / (await commit(1)), rate: ((await commit(GROUP)) * GROUP) / 1000 };
};

const known = new Map<string, Promise<Measured>>();

/** Each series is run once for the two figures it gives. */
const measured = (count: number, sync: Sync): Promise<Measured> => {
  const key = `${count} ${sync}`;
  const running = known.get(key) ?? measure(count, sync);
  known.set(key, running);
  return running;
};

const nameOf = (what: string, count: number, sync: Sync): string =>
  `commit: ${what}, ${count === 1 ? "one server" : "three servers, three copies"}, ${sync === "always" ? "on disk before it is acknowledged" : "disk left to NATS"}`;

const LATENCY = "one record";
const RATE = `groups of ${GROUP} records`;

export const benches: Bench[] = [1, 3].flatMap((count) =>
  (["default", "always"] as const).flatMap((sync): Bench[] => [
    {
      name: nameOf(LATENCY, count, sync),
      unit: "ms",
      ...(sync === "always" ? { baseline: nameOf(LATENCY, count, "default") } : {}),
      run: async () => (await measured(count, sync)).latency,
    },
    {
      name: nameOf(RATE, count, sync),
      unit: "k records/s",
      ...(sync === "always" ? { baseline: nameOf(RATE, count, "default") } : {}),
      run: async () => (await measured(count, sync)).rate,
    },
  ]),
);
