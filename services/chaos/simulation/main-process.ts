import { createCluster } from "#edge/cluster.ts";
import type { GuardLink } from "#edge/guard-client.ts";
import type { GuardOptions } from "#edge/guard-options.ts";
import type { RebalanceOptions } from "#edge/rebalancer.ts";
import { createAuditor } from "#home-agent/auditor.ts";
import { createHomeAgent } from "#home-agent/home-agent.ts";
import type { HomeAgent, HomeAgentOptions } from "#home-agent/home-agent-contract.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import type { Digests } from "#mip6/digests.ts";
import type { BindingLog } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import type { Cluster, ClusterEvent } from "#ports/cluster.ts";
import type { Kernel } from "#ports/kernel.ts";
import type { NodeBus } from "#ports/node-bus.ts";
import type { Packets } from "#ports/packets.ts";
import type { Relay } from "#ports/relay.ts";
import type { ReplicaExchange } from "#ports/replica-exchange.ts";
import type { FakeProcess } from "#simulator/fake-process.ts";
import type { SeededRandom } from "#simulator/seeded-random.ts";
import { millis, seconds } from "#wire/time.ts";

/** Parts of a main process that a planted bug replaces by wrong ones; a simulation without one has none. */
export interface MainPlant {
  readonly log?: (log: BindingLog) => BindingLog;
  readonly kernel?: (kernel: Kernel) => Kernel;
  /** The clock of the home agent alone. */
  readonly clock?: (clock: Clock) => Clock;
  readonly onClusterEvent?: (deliver: HomeAgent["onClusterEvent"]) => HomeAgent["onClusterEvent"];
  readonly agentOptions?: (options: HomeAgentOptions) => HomeAgentOptions;
  readonly guardLink?: (link: GuardLink, kernel: Kernel) => GuardLink;
  /** Planned moves of its own. */
  readonly rebalance?: Partial<RebalanceOptions>;
}

/** The outside of one main process. */
export interface MainProcessDeps {
  readonly process: FakeProcess;
  readonly packets: Packets;
  readonly kernel: Kernel;
  readonly random: SeededRandom;
  readonly digests: Digests;
  readonly plant: MainPlant;
  /** @param clock with the wall clock of the cluster */
  readonly openLog: (clock: Clock) => BindingLog;
  readonly openRelay: (clock: Clock) => Relay;
  readonly openExchange: (clock: Clock) => ReplicaExchange;
  readonly nodeBus: NodeBus;
  readonly openGuard: NonNullable<Parameters<typeof createCluster>[1]["openGuard"]>;
  readonly saveDrained: (drained: boolean) => void;
  /** The home agent has taken what the cluster told it. */
  readonly onEvent: (event: ClusterEvent, answer: void | Promise<void>) => void;
}

/** `roam6 ha` as `services/home-agent/program.ts` composes it, over the simulator. */
export interface MainProcess {
  readonly agent: HomeAgent;
  readonly cluster: Cluster;
  /** Hands over and ends, as on SIGTERM. */
  stop(): Promise<void>;
  /** What is left of it in the fakes when it was killed. */
  abandon(): void;
}

/** Paces of the comparisons; the real ones are minutes, longer than a simulation. */
const AUDIT = { digests: millis(500), stream: seconds(8), kernel: seconds(3) };
/** Short, so that moves are many. */
/** A node whose wall clock is further off than this gives away what it holds. */
export const CLOCK_BOUND = millis(500);

const REBALANCE = { enabled: true, settle: millis(700), pause: millis(300), clockBound: CLOCK_BOUND };

export const startMainProcess = (
  options: {
    readonly node: string;
    readonly guard: GuardOptions;
    readonly agent: HomeAgentOptions;
    readonly drained: boolean;
  },
  deps: MainProcessDeps,
): MainProcess => {
  const { process, plant, packets, random } = deps;
  const { clock } = process;
  const kernel = plant.kernel?.(deps.kernel) ?? deps.kernel;
  const stopped = new AbortController();
  let joined: Cluster | undefined;
  const clusterClock: Clock = {
    ...clock,
    wall: () => clock.wall() + (joined?.balance?.clockCorrection ?? 0),
  };
  const opened = deps.openLog(clusterClock);
  const log = plant.log?.(opened) ?? opened;
  const ownRelay = deps.openRelay(clusterClock);
  const agent = createHomeAgent(
    {
      packets,
      neighborDiscovery: createNeighborDiscovery({ packets, clock }),
      kernel,
      clock: plant.clock?.(clock) ?? clock,
      random,
      digests: deps.digests,
      log: { info: () => undefined, warn: () => undefined },
      relay: ownRelay,
    },
    { ...(plant.agentOptions?.(options.agent) ?? options.agent), node: options.node },
  );
  const auditor = createAuditor(AUDIT, {
    instances: agent.instances,
    log,
    exchange: deps.openExchange(clusterClock),
    kernel,
    clock,
    alarm: { error: () => undefined, warn: () => undefined },
  });
  const cluster = createCluster(
    {
      guard: options.guard,
      rebalance: { ...REBALANCE, drained: options.drained, boot: random.below(2 ** 31), ...plant.rebalance },
    },
    {
      log,
      clock,
      onProblem: () => undefined,
      nodes: {
        bus: deps.nodeBus,
        saveDrained: async (drained) => deps.saveDrained(drained),
      },
      openGuard: (guard, handlers) => {
        const link = deps.openGuard(guard, handlers);
        return plant.guardLink?.(link, kernel) ?? link;
      },
    },
  );
  joined = cluster;
  const deliver = plant.onClusterEvent?.(agent.onClusterEvent) ?? agent.onClusterEvent;
  const run = async (): Promise<void> => {
    const started = await agent.start();
    if (!started.ok)
      throw new Error(`the home agent of ${options.node} does not start: ${started.error.error.message}`);
    await cluster.start((event) => {
      auditor.onClusterEvent(event);
      const answer = deliver(event);
      deps.onEvent(event, answer);
      return answer;
    });
    await auditor.run(stopped.signal);
  };
  void run();

  return {
    agent,
    cluster,
    stop: async () => {
      stopped.abort();
      await cluster[Symbol.asyncDispose]();
      await agent[Symbol.asyncDispose]();
      await ownRelay[Symbol.asyncDispose]();
    },
    abandon: () => {
      stopped.abort();
      void ownRelay[Symbol.asyncDispose]();
    },
  };
};
