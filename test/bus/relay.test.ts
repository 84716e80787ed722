import { connectBus } from "#nats/bus.ts";
import { createRelay } from "#nats/relay.ts";
import { startNatsServer } from "#nats/server.ts";
import { relayCompliance } from "#ports/relay.compliance.ts";
import { until } from "#test/poll.ts";
import { hostClock, startServers } from "./servers.ts";

relayCompliance("core NATS", async () => {
  const servers = await startServers(1);
  const [options] = servers.options;
  if (options === undefined) throw new Error("no server");
  const login = { user: "roam6", password: options.secret ?? "" };
  const url = servers.servers[0]?.url ?? "";
  const buses = ["edge1", "ha1"].map((name) => connectBus({ servers: [url], name, ownServerOnly: true, login }));
  const [edge, owner] = buses.map((bus, at) =>
    createRelay({ node: at === 0 ? "edge1" : "ha1" }, { bus, clock: hostClock }),
  );
  if (edge === undefined || owner === undefined) throw new Error("no relays");
  let running = servers.servers[0];
  return {
    edge,
    owner,
    now: () => hostClock.now(),
    until,
    setAvailable: async (available) => {
      if (available) {
        const started = await startNatsServer(options);
        if (!started.ok) throw new Error(started.error.message);
        running = started.value;
      } else await running?.[Symbol.asyncDispose]();
      await until(() => buses.every(({ connected }) => connected === available));
    },
    [Symbol.asyncDispose]: async () => {
      for (const relay of [edge, owner]) await relay[Symbol.asyncDispose]();
      for (const bus of buses) await bus[Symbol.asyncDispose]();
      await running?.[Symbol.asyncDispose]();
      await servers[Symbol.asyncDispose]();
    },
  };
});
