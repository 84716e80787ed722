import type { Edge, EdgeEvent, EdgeOptions, NodeFacts } from "#edge/edge-contract.ts";
import type { EdgePlanner } from "#linux/kernel/edge-plan.ts";
import { type NativeGuardReport, native } from "#linux/native.ts";
import type { Random } from "#ports/random.ts";
import type { Milliseconds } from "#wire/time.ts";

export interface NativeEdgeOptions extends EdgeOptions {
  readonly key: Uint8Array;
  readonly hello: EdgeOptions["hello"] & { readonly port: number };
  /** Silence of the main process after which it counts as hung; four times as long for one that is busy. */
  readonly mainTimeout: Milliseconds;
}

export interface NativeEdgeDeps {
  readonly planner: EdgePlanner;
  readonly random: Random;
  readonly onEvent: (event: EdgeEvent) => void;
  /** The main process counts as living, or as dead or hung. */
  readonly onMain: (alive: boolean) => void;
  readonly onProblem: (message: string) => void;
}

/** The edges of a node in a native thread of its own; it also judges whether the main process is hung. */
export interface NativeEdge extends Edge {
  /** `pid` is that of the main process that says so, where it is known. */
  tell(facts: NodeFacts & { readonly pid?: number }): void;
  /** How its thread runs. */
  readonly scheduling: string;
}

/**
 * Start the edges of this node. Hellos, takeover and withdrawal run in the native thread (services/linux/native), which
 * asks JavaScript nothing; the plans of what is done to the kernel are made here and now.
 */
export const openNativeEdge = async (options: NativeEdgeOptions, deps: NativeEdgeDeps): Promise<NativeEdge> => {
  const { planner } = deps;
  const handed = Promise.withResolvers<void>();
  let stopped = false;

  const planOf = async (number: number) => {
    const plan = await planner.plan(number);
    if (!plan.ok) deps.onProblem(`instance ${number} cannot be taken: ${plan.error.message}`);
    return plan.ok ? plan.value : undefined;
  };

  /** After a refusal: the device may be another one by now. */
  const renewPlan = async (number: number): Promise<void> => {
    const plan = await planOf(number);
    const index = options.instances.findIndex(({ spec }) => spec.number === number);
    if (plan && !stopped) guard.setPlan(index, plan);
  };

  const complete = async (number: number): Promise<void> => {
    const result = await planner.complete(number);
    if (!result.ok) deps.onProblem(`instance ${number}: ${result.error.message}`);
  };

  const onReport = (report: NativeGuardReport): void => {
    if (stopped) return;
    const { type: kind, instance, term } = report;
    switch (kind) {
      case "edge.taken":
        deps.onEvent({ type: kind, instance, term });
        void complete(instance);
        break;
      case "edge.withdrawn":
        deps.onEvent({ type: kind, instance, term });
        break;
      case "edge.refused":
        deps.onEvent({ type: kind, instance, message: `${report.message} (errno ${report.errno})` });
        void renewPlan(instance);
        break;
      case "peer.changed":
        deps.onEvent({ type: kind, node: report.node, alive: report.alive });
        break;
      case "main.changed":
        deps.onMain(report.alive);
        break;
      case "handed-over":
        handed.resolve();
        break;
      case "problem":
        deps.onProblem(report.message);
        break;
      default:
        kind satisfies never;
    }
  };

  for (const { spec } of options.instances) {
    const settled = await planner.settle(spec.number);
    if (!settled.ok) deps.onProblem(`instance ${spec.number}: ${settled.error.message}`);
  }
  const instances = await Promise.all(
    options.instances.map(async ({ spec, prefer, term, held, epoch = 0, lastSequence = 0 }) => ({
      number: spec.number,
      prefer,
      term,
      held,
      epoch,
      lastSequence,
      plan: await planOf(spec.number),
    })),
  );
  const guard = native().openGuard(
    {
      node: options.node,
      boot: deps.random.bytes(6).reduce((sum, octet) => sum * 256 + octet, 0),
      port: options.hello.port,
      key: options.key,
      interval: options.hello.interval,
      missed: options.hello.missed,
      startupPatience: options.startupPatience,
      commitPatience: options.commitPatience,
      mainTimeout: options.mainTimeout,
      peers: options.peers,
      instances,
    },
    onReport,
  );

  return {
    tell: (facts) => guard.tell(facts),
    setMainAlive: (alive) => guard.setMainAlive(alive),
    handOver: (limit) => {
      guard.handOver(limit);
      return handed.promise;
    },
    held: () => guard.state().edges,
    peers: () =>
      guard.state().peers.map(({ silence, ...peer }) => ({ ...peer, lastHeardMilliseconds: Math.round(silence) })),
    isEngaged: () => guard.state().engaged,
    get ignored() {
      return guard.state().ignored;
    },
    get scheduling() {
      return guard.state().scheduling;
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      guard.stop();
    },
  };
};
