import { createWriteStream } from "node:fs";
import type { HistoryEvent } from "#chaos/history/history.ts";
import { createClock } from "#linux/clock.ts";
import { connectBus } from "#nats/bus.ts";
import { NATS_USER } from "#nats/server-config.ts";
import { watchStream } from "#nats/stream-watch.ts";
import { type Witnessed, watchedEvents } from "./watched-events.ts";

/**
 * A witness on the management link of the lab: writes what the streams of all instances take as lines of a history, each as often
 * as there are servers that it asks.
 * usage: main.ts FILE INSTANCE,INSTANCE... PASSWORD SERVER...
 */
const [file = "", names = "", password = "", ...servers] = process.argv.slice(2);
const ending = new AbortController();
process.once("SIGTERM", () => ending.abort());

await using stack = new AsyncDisposableStack();
const out = createWriteStream(file);
const clock = createClock();
const watches = servers.flatMap((server) => {
  // One connection a server: a client of a dead one would wait for its return.
  const login = { user: NATS_USER, password };
  const bus = stack.use(connectBus({ servers: [server], name: "roam6-log-watch", ownServerOnly: true, login }));
  const say = (text: string): void => void process.stderr.write(`${new Date().toISOString()} ${server} ${text}\n`);
  bus.onChange(() => say(bus.problem ?? "connected"));
  return names.split(",").map((instance) => {
    const eventOf = watchedEvents(instance);
    const write = (event: HistoryEvent): void =>
      void out.write(`${JSON.stringify({ ...event, witness: server } satisfies Witnessed)}\n`);
    return watchStream(
      { bus, clock, instance },
      { entry: (watched) => write(eventOf(watched)), problem: (text) => say(`${instance}: ${text}`) },
      ending.signal,
    );
  });
});
await Promise.all(watches);
out.end();
