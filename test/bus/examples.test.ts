import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatProblems, loadConfig } from "#control/config.ts";
import { type HomeAgentConfig, configSchema as homeAgent } from "#home-agent/config-schema.ts";
import { type EdgeConfig, configSchema as edge } from "#home-agent/edge-config-schema.ts";
import { natsPassword } from "#home-agent/nats-password.ts";
import { createBindingLog } from "#nats/binding-log.ts";
import { connectBus } from "#nats/bus.ts";
import { startNatsServer } from "#nats/server.ts";
import { NATS_USER } from "#nats/server-config.ts";
import { followLog } from "#ports/binding-log.compliance.ts";
import { freePorts, hostClock } from "./servers.ts";

const examples = join(import.meta.dirname, "../../deploy/examples");

/** What a sample says of NATS. */
const natsOf = async (name: "ha" | "edge") => {
  const file = join(examples, `${name}.yaml`);
  const read = await loadConfig<HomeAgentConfig | EdgeConfig>(file, name === "ha" ? homeAgent : edge);
  if (!read.ok) throw new Error(formatProblems(read.error));
  const { node, nats, cluster } = read.value.value;
  const embedded = nats.embedded?.cluster;
  if (embedded === undefined || cluster.key === undefined) throw new Error(`${name}.yaml has no cluster`);
  return { node, cluster: embedded, secret: natsPassword(cluster.key), replicas: cluster.replicas };
};

it("an edge by its sample has the streams of the home agents by theirs, whose servers do not name its server", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "roam6-examples-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [first, forwarder] = [await natsOf("ha"), await natsOf("edge")];
  const endpoints = [first.cluster.listen, ...first.cluster.routes];
  expect(endpoints).not.toContain(forwarder.cluster.listen);
  // The other home agents have the same with places exchanged.
  const homeAgents = endpoints.map((listen, at) => ({
    ...first,
    node: at === 0 ? first.node : `${first.node}-${at}`,
    cluster: { ...first.cluster, listen, routes: endpoints.filter((other) => other !== listen) },
  }));
  const all = [...homeAgents, forwarder];
  const ports = await freePorts(2 * all.length);
  const onLoopback = new Map(all.map(({ cluster }, at) => [cluster.listen, `[::1]:${ports[all.length + at]}`]));
  const here = (endpoint: string): string => onLoopback.get(endpoint) ?? "";
  const started = all.map(async ({ node, secret, cluster: { name, listen, routes } }, at) => {
    const server = await startNatsServer({
      node,
      store: join(folder, node),
      listen: `[::1]:${ports[at]}`,
      secret,
      cluster: { name, listen: here(listen), routes: routes.map(here) },
    });
    if (!server.ok) throw new Error(server.error.message);
    stack.use(server.value);
    return server.value.url;
  });
  const urls = await Promise.all(started);
  const logOf = ({ node, secret, replicas }: typeof first, url = "") => {
    const login = { user: NATS_USER, password: secret };
    const bus = stack.use(connectBus({ servers: [url], name: node, ownServerOnly: true, login }));
    return createBindingLog({ replicas }, { bus, clock: hostClock });
  };
  const stop = new AbortController();
  stack.defer(() => stop.abort());
  const owner = logOf(first, urls[0]);
  await followLog(owner, "a", stop.signal).caughtUp;
  expect(await owner.claim("a", first.node, stop.signal)).toMatchObject({ ok: true });
  const followed = followLog(logOf(forwarder, urls.at(-1)), "a", stop.signal);
  await expect.poll(() => followed.entries).toMatchObject([{ kind: "epoch", epoch: 1, node: first.node }]);
}, 120_000);
