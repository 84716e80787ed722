import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bus, connectBus } from "#nats/bus.ts";
import { type NatsServer, startNatsServer } from "#nats/server.ts";
import type { EmbeddedOptions } from "#nats/server-config.ts";
import type { Clock } from "#ports/clock.ts";
import { instantOf, type Milliseconds } from "#wire/time.ts";

/** Node's clocks for tests that talk to real servers. */
export const hostClock: Clock = {
  now: () => instantOf(performance.now()),
  wall: () => Date.now(),
  start: (delay: Milliseconds, callback) => {
    const timer = setTimeout(callback, delay);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Ports that are free now, chosen by the system. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<{ port: number; close: () => Promise<void> }>((resolve) => {
          const server = createServer().listen({ host: "::1", port: 0 }, () => {
            const bound = server.address();
            resolve({
              port: typeof bound === "object" && bound ? bound.port : 0,
              close: () => new Promise((closed) => server.close(() => closed())),
            });
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => server.close()));
  return servers.map((server) => server.port);
};

/** Servers of one test with folders of their own; everything ends with it. */
export interface TestServers extends AsyncDisposable {
  readonly options: readonly EmbeddedOptions[];
  readonly servers: readonly NatsServer[];
  /** A client of one of the servers, of the first when none is named. */
  readonly connect: (index?: number) => Bus;
}

/** What each server of a cluster of `count` is told; stores lie in `folder`. */
export const clusterOptions = async (count: number, folder: string, secret: string): Promise<EmbeddedOptions[]> => {
  const ports = await freePorts(count * 2);
  const at = (index: number) => `[::1]:${ports[index] ?? 0}`;
  return Array.from({ length: count }, (_, index): EmbeddedOptions => {
    const routes = Array.from({ length: count }, (_, other) => at(count + other)).filter((_, other) => other !== index);
    return {
      node: `ha${index + 1}`,
      store: join(folder, `ha${index + 1}`),
      listen: at(index),
      secret,
      ...(count > 1 ? { cluster: { name: "test", listen: at(count + index), routes } } : {}),
    };
  });
};

/** Start one server, or a cluster of `count`. */
export const startServers = async (count: number, secret = "test"): Promise<TestServers> => {
  const folder = await mkdtemp(join(tmpdir(), "roam6-bus-"));
  const options = await clusterOptions(count, folder, secret);
  const servers: NatsServer[] = [];
  const buses: Bus[] = [];
  const dispose = async () => {
    await Promise.all(buses.map((bus) => bus[Symbol.asyncDispose]()));
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    await rm(folder, { recursive: true, force: true });
  };
  const started = await Promise.all(options.map((option) => startNatsServer(option)));
  for (const result of started) if (result.ok) servers.push(result.value);
  const refused = started.find((result) => !result.ok);
  if (refused && !refused.ok) {
    await dispose();
    throw new Error(refused.error.message);
  }
  return {
    options,
    servers,
    connect: (index = 0) => {
      const url = servers[index]?.url ?? "";
      const bus = connectBus({
        servers: [url],
        name: `test${index}`,
        ownServerOnly: true,
        login: { user: "roam6", password: secret },
      });
      buses.push(bus);
      return bus;
    },
    [Symbol.asyncDispose]: dispose,
  };
};
