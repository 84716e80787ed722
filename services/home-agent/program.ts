import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { servingOrder } from "#cluster/placement.ts";
import { type Config, formatProblems } from "#control/config.ts";
import type { Log } from "#control/log.ts";
import type { StatusReport } from "#control/reports.ts";
import { type ControlHandler, startControl } from "#control/server.ts";
import { startErrorText } from "#control/start-error.ts";
import { createCluster } from "#edge/cluster.ts";
import type { GuardOptions } from "#edge/guard-options.ts";
import { openMemberGuard } from "#edge/member-guard.ts";
import type { RebalanceOptions } from "#edge/rebalancer.ts";
import { parseAddress, UNSPECIFIED } from "#ipv6/address.ts";
import { createClock } from "#linux/clock.ts";
import { createDigests } from "#linux/digests.ts";
import { createRandom } from "#linux/random.ts";
import { tellServiceManager } from "#linux/service-manager.ts";
import { createBindingLog, type JetStreamLog } from "#nats/binding-log.ts";
import { type Bus, type BusOptions, connectBus } from "#nats/bus.ts";
import { openHelloChannel } from "#nats/hello-channel.ts";
import { createNodeBus } from "#nats/node-bus.ts";
import { createRelay } from "#nats/relay.ts";
import { createReplicaExchange } from "#nats/replica-exchange.ts";
import { startNatsServer } from "#nats/server.ts";
import { NATS_USER } from "#nats/server-config.ts";
import type { Clock } from "#ports/clock.ts";
import type { Cluster } from "#ports/cluster.ts";
import type { Plane } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { millis, seconds } from "#wire/time.ts";
import { createAuditor } from "./auditor.ts";
import { authenticationOf } from "./authentication-config.ts";
import { balanceHandlers, clusterStatus } from "./cluster-control.ts";
import { EMBEDDED_LISTEN } from "./cluster-schema.ts";
import type { HomeAgentConfig } from "./config-schema.ts";
import { openDrainMark } from "./drain-mark.ts";
import { createHomeAgent } from "./home-agent.ts";
import type { HomeAgent, Parts } from "./home-agent-contract.ts";
import { idleFields } from "./idle-fields.ts";
import { loadOf } from "./load.ts";
import { octetsOf } from "./mobile-nodes.ts";
import { namedFileProblems } from "./named-files.ts";
import { natsPassword } from "./nats-password.ts";
import { absentEdge, openNodeEdge } from "./node-edge.ts";
import { bindingsReport, instancesReport } from "./reports.ts";
import type { HomeAgentSettings } from "./settings.ts";

/** Error replies may come in bursts of so many seconds' worth. */
const ERROR_BURST_SECONDS = 1;
/**
 * The main process says five times a second that it lives; silent for longer than this while it stands still, it counts as hung,
 * and another node answers Binding Updates before a second is over. One that is busy, or waits for a processor, has four times as
 * long: to move an edge costs no packet, but work where processors are short.
 */
const MAIN_TIMEOUT = millis(800);
/** A node that is not first in `prefer` waits so long for those before it. */
const STARTUP_PATIENCE = millis(2_000);
/**
 * After so long in which a holder cannot commit and a peer can, the peer takes over (DESIGN §4.5). Longer than two nodes
 * differ in when they notice that an election is over (services/edge/commit-health.ts), or each election would move edges.
 */
const COMMIT_PATIENCE = millis(300);

/** Clusters whose hellos may be missed for longer than this have slower hosts: all patience grows with it. */
const USUAL_DETECTION = 300;

const randomNumber = (): number => new DataView(createRandom().bytes(4).slice().buffer).getUint32(0);

/**
 * Password of an embedded server that has no cluster: made once, so that a server that is found again still takes it. Without
 * one every user of the host could write bindings.
 */
const ownPassword = async (stateDirectory: string): Promise<Result<string, string>> => {
  const file = join(stateDirectory, "nats-password");
  try {
    await writeFile(file, Buffer.from(createRandom().bytes(16)).toString("hex"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    const isThere = error instanceof Error && "code" in error && error.code === "EEXIST";
    if (!isThere) return failed(`cannot write ${file}: ${String(error)}; set another stateDirectory`);
  }
  const password = await readFile(file, "utf8");
  return /^[0-9a-f]{32}$/.test(password) ? ok(password) : failed(`${file} holds no password; delete it`);
};

/** How to reach NATS: the servers of the config, or an embedded one that is started first. */
const openNats = async (
  config: HomeAgentConfig,
  log: Log,
  stack: AsyncDisposableStack,
): Promise<Result<BusOptions, string>> => {
  const { node, nats, cluster } = config;
  if (nats.servers !== undefined) {
    const { tls, credentialsFile } = nats;
    return ok({
      servers: nats.servers,
      name: node,
      ...(tls === undefined ? {} : { tls }),
      ...(credentialsFile === undefined ? {} : { credentialsFile }),
    });
  }
  const embedded = nats.embedded ?? {};
  const known = cluster.key === undefined ? await ownPassword(config.stateDirectory) : ok(natsPassword(cluster.key));
  if (!known.ok) return known;
  const password = known.value;
  const server = await startNatsServer(
    {
      node,
      store: embedded.store ?? join(config.stateDirectory, "nats"),
      listen: embedded.listen ?? EMBEDDED_LISTEN,
      secret: password,
      ...(embedded.cluster === undefined ? {} : { cluster: embedded.cluster }),
    },
    (event) => log.info({ event }, "nats-server"),
  );
  if (!server.ok) return failed(server.error.message);
  stack.use(server.value);
  return ok({
    servers: [server.value.url],
    name: node,
    ownServerOnly: true,
    login: { user: NATS_USER, password },
  });
};

const guardOptionsOf = (config: HomeAgentConfig, settings: HomeAgentSettings, plane: Plane | "none"): GuardOptions => {
  const { cluster } = config;
  const nodes = [{ node: config.node, weight: cluster.weight }, ...cluster.peers];
  const slowness = Math.max(1, (cluster.hello.interval * cluster.hello.missed) / USUAL_DETECTION);
  return {
    node: config.node,
    socket: join(config.stateDirectory, `guard-${config.node}.sock`),
    plane: plane === "none" ? "auto" : plane,
    instances: settings.instances.map((spec, at) => ({
      spec,
      prefer: servingOrder(spec.name, config.instances[at]?.prefer, nodes),
    })),
    peers: cluster.peers.flatMap(({ node, address }) => {
      // Home agents without an edge meet on the bus, and need no address.
      if (address === undefined) return [{ node, address: UNSPECIFIED }];
      const parsed = parseAddress(address);
      return parsed.ok ? [{ node, address: parsed.value }] : [];
    }),
    key: octetsOf(cluster.key ?? ""),
    hello: { ...cluster.hello, interval: millis(cluster.hello.interval) },
    mainTimeout: millis(MAIN_TIMEOUT * slowness),
    startupPatience: STARTUP_PATIENCE,
    commitPatience: millis(COMMIT_PATIENCE * slowness),
    logLevel: config.log.level,
  };
};

const rebalanceOptionsOf = ({ cluster }: HomeAgentConfig, drained: boolean): RebalanceOptions => ({
  enabled: cluster.rebalance.enabled,
  settle: seconds(cluster.rebalance.settle),
  pause: seconds(cluster.rebalance.pause),
  clockBound: millis(cluster.clockBound),
  drained,
  boot: randomNumber(),
});

const withProblem = (problem: string | undefined): { readonly problem?: string } =>
  problem === undefined ? {} : { problem };

const controlHandlers = (
  config: HomeAgentConfig,
  running: {
    readonly agent: HomeAgent;
    readonly cluster: Cluster;
    readonly plane: Plane | "none";
    readonly parts: Parts;
    readonly servers: readonly string[];
    readonly bus: Bus;
    readonly log: JetStreamLog;
  },
): Readonly<Record<string, ControlHandler>> => {
  const { agent, cluster, plane, parts, servers, bus, log } = running;
  const clock = createClock();
  return {
    status: (): StatusReport => ({
      node: config.node,
      role: parts === "edge" ? "edge" : "home-agent",
      plane,
      processId: process.pid,
      uptimeSeconds: Math.round(process.uptime()),
      ready: agent.instances.every(({ level }) => level),
      nats: {
        available: cluster.logAvailable,
        servers,
        ...withProblem(bus.problem ?? log.problem),
      },
      peers: cluster.peers(),
      ...clusterStatus(cluster, parts === "home-agent" ? agent.edgeOf : undefined),
      counters: agent.counters,
    }),
    bindings: (request) => bindingsReport(agent.instances, request, clock),
    instances: () => instancesReport(agent.instances, cluster.instances()),
    metrics: () => agent.counters,
    ...balanceHandlers(cluster),
  };
};

/**
 * Runs a home agent until `signal` aborts, or the part of one that `parts` names.
 * @returns why it could not start, as text for people
 */
export const runHomeAgent = async (
  config: Config<HomeAgentConfig>,
  settings: HomeAgentSettings,
  options: { readonly log: Log; readonly signal: AbortSignal; readonly parts: Parts },
): Promise<Result<void, string>> => {
  const { log, signal, parts } = options;
  const { value } = config;
  for (const idle of idleFields(config)) log.warn({ problem: formatProblems([idle]) }, "config");
  const missing = await namedFileProblems(config);
  if (missing.length > 0) return failed(formatProblems(missing));
  const authentication = await authenticationOf(config, randomNumber());
  if (!authentication.ok) return failed(formatProblems(authentication.error));
  if (authentication.value.kind === "none" && parts !== "edge")
    log.warn("authentication is off: anybody can register and move any mobile node");
  await using stack = new AsyncDisposableStack();
  try {
    await mkdir(value.stateDirectory, { recursive: true, mode: 0o700 });
  } catch (error) {
    return failed(
      `stateDirectory ${value.stateDirectory} cannot be made: ${String(error)}; run as root or set another`,
    );
  }
  const clock = createClock();
  const { instances, policy, limits } = settings;
  const edge =
    parts === "home-agent"
      ? ok(absentEdge)
      : await openNodeEdge({ plane: value.plane, instances }, { log, clock, stack });
  if (!edge.ok) return edge;
  const { kernel, packets, neighborDiscovery, plane } = edge.value;
  const settled = edge.value.settled(signal);
  const reach = await openNats(value, log, stack);
  if (!reach.ok) return reach;
  const bus = stack.use(connectBus(reach.value));
  bus.onChange(() => {
    const { connected, problem } = bus;
    if (problem === undefined) log.info({ connected }, "bus");
    else log.warn({ connected, problem }, "no commits: NATS cannot be used");
  });
  let cluster: Cluster | undefined;
  // Ends of lifetimes are exchanged by the wall clock of the cluster, so that a step of one clock changes none.
  const clusterClock: Clock = {
    ...clock,
    wall: () => clock.wall() + (cluster?.balance?.clockCorrection ?? 0),
  };
  const relay = stack.use(
    createRelay(
      { node: value.node, onProblem: (problem) => log.warn({ problem }, "relay") },
      { bus, clock: clusterClock },
    ),
  );
  const perSecond = value.limits.errorRepliesPerSecond;
  const agent = stack.use(
    createHomeAgent(
      {
        packets,
        neighborDiscovery,
        kernel,
        clock,
        random: createRandom(),
        digests: createDigests(),
        log,
        relay,
      },
      {
        node: value.node,
        parts,
        instances,
        policy,
        authentication: authentication.value,
        limits,
        errorReplies: { rate: perSecond, burst: perSecond * ERROR_BURST_SECONDS },
        ...(settings.routerAdvertisements === undefined ? {} : { routerAdvertisements: settings.routerAdvertisements }),
      },
    ),
  );
  const started = await agent.start();
  if (!started.ok) return failed(startErrorText(started.error));
  const bindingLog = createBindingLog(
    {
      replicas: value.cluster.replicas,
      onProblem: (instance, message) => log.warn({ instance, problem: message }, "binding log"),
    },
    { bus, clock: clusterClock },
  );
  const auditor = createAuditor(
    {},
    {
      instances: agent.instances,
      log: bindingLog,
      exchange: createReplicaExchange({ node: value.node }, { bus, clock: clusterClock }),
      kernel,
      clock,
      alarm: log,
    },
  );
  const mark = await openDrainMark(value.stateDirectory, value.node);
  if (mark.isSet) log.warn(`this node is drained: it takes no instance until 'roam6 undrain ${value.node}'`);
  const running: Cluster = stack.use(
    createCluster(
      {
        guard: guardOptionsOf(value, settings, plane),
        rebalance: rebalanceOptionsOf(value, mark.isSet),
        claims: parts !== "edge",
      },
      {
        log: bindingLog,
        onProblem: (message) => log.warn({ problem: message }, "cluster"),
        clock,
        load: () => loadOf(agent.instances, limits),
        nodes: {
          bus: createNodeBus({ node: value.node }, { bus }),
          saveDrained: mark.save,
          onAlarm: (message) => log.error(message),
        },
        ...(parts === "home-agent"
          ? {
              openGuard: (guard, { onMessage }) =>
                openMemberGuard(guard, {
                  transport: openHelloChannel({}, { bus }),
                  clock,
                  random: createRandom(),
                  onMessage,
                }),
            }
          : {}),
      },
    ),
  );
  cluster = running;
  const { servers } = reach.value;
  const handlers = controlHandlers(value, { agent, cluster, plane, parts, servers, bus, log: bindingLog });
  const control = await startControl(settings.controlSocket, handlers);
  if (!control.ok) return failed(control.error.message);
  stack.use(control.value);
  edge.value.keep();
  // Only then eligible: who takes an instance before its router is resolved loses up to a second of packets.
  await settled;
  await cluster.start((event) => {
    auditor.onClusterEvent(event);
    return agent.onClusterEvent(event);
  });
  const auditing = auditor.run(signal);
  log.info({ plane, parts, instances: instances.length }, "ready");
  tellServiceManager("READY=1", log);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  log.info("ending");
  tellServiceManager("STOPPING=1", log);
  await auditing;
  return ok(undefined);
};
