import type { GuardHandlers } from "#edge/cluster.ts";
import { createEdge } from "#edge/edge.ts";
import type { Edge, NodeFacts } from "#edge/edge-contract.ts";
import type { GuardLink } from "#edge/guard-client.ts";
import type { GuardOptions } from "#edge/guard-options.ts";
import type { GuardMessage } from "#edge/guard-protocol.ts";
import type { HelloTransport } from "#edge/hello-transport.ts";
import { createHoldMemory, type Holds } from "#edge/hold-memory.ts";
import type { Clock } from "#ports/clock.ts";
import type { Kernel } from "#ports/kernel.ts";
import { pause } from "#ports/pause.ts";
import type { Random } from "#ports/random.ts";
import { createFakeProcess, type FakeProcess } from "#simulator/fake-process.ts";
import { done } from "#wire/result.ts";
import { millis } from "#wire/time.ts";

/** The guard of a node: a process of its own that outlives the main process (DESIGN §4.6). */
export interface SimulatedGuard {
  readonly process: FakeProcess;
  readonly edge: Edge;
  /** What its main process says. */
  tell(facts: NodeFacts): void;
  /** A main process connects. */
  connect(main: { readonly process: FakeProcess; readonly onMessage: (message: GuardMessage) => void }): void;
  /** The main process died, or let go. */
  disconnect(main: FakeProcess): void;
  /** Work that a message of this main process causes; of another one it is ignored. */
  hear(from: FakeProcess, work: () => void): void;
  /** It ends, or is killed; what it holds stays in the kernel. */
  end(): void;
  readonly hasEnded: boolean;
}

/** Time of one message between the two processes. */
const PASSAGE = millis(0.1);
const PULSE = millis(200);
const WATCH = millis(500);
const RETRY = millis(50);

/** Starts a guard; what the kernel has up is adopted. */
export const startGuard = (
  options: GuardOptions,
  deps: {
    readonly clock: Clock;
    readonly random: Random;
    /** The node's kernel as this process uses it. */
    readonly kernel: (process: FakeProcess) => Pick<Kernel, "activateInstance" | "deactivateInstance">;
    readonly isActive: (instance: number) => boolean;
    /** What the guard before it left, as long as the kernel lives. */
    readonly holds: Holds;
    readonly saveHolds: (holds: Holds) => void;
    readonly transport: (process: FakeProcess) => HelloTransport;
    readonly onAnnounce: (instance: number) => void;
    readonly onEdge: (type: "edge.taken" | "edge.withdrawn", instance: number, term: number) => void;
  },
): SimulatedGuard => {
  const process = createFakeProcess(deps.clock);
  let main: Parameters<SimulatedGuard["connect"]>[0] | undefined;
  let heardAt = process.clock.now();
  let hasEnded = false;

  const say = (message: GuardMessage): void => {
    const to = main;
    // What is on its way to a process arrives, whatever becomes of this one.
    if (to !== undefined) deps.clock.start(PASSAGE, () => to.process.deliver(() => to.onMessage(message)));
  };

  const memory = createHoldMemory(
    new Map([...deps.holds].filter(([number]) => deps.isActive(number))),
    (holds) => process.state === "running" && deps.saveHolds(new Map(holds)),
  );
  const edge = createEdge(
    {
      ...options,
      instances: options.instances.map(({ spec, prefer }) => {
        const held = deps.isActive(spec.number);
        return { spec, prefer, held, ...(held ? (deps.holds.get(spec.number) ?? { term: 1 }) : { term: 0 }) };
      }),
    },
    {
      kernel: deps.kernel(process),
      neighborDiscovery: {
        announce: (device) => {
          const found = options.instances.find(({ spec }) => spec.name === device);
          if (found !== undefined) deps.onAnnounce(found.spec.number);
          return done;
        },
      },
      announceDevice: (spec) => spec.name,
      transport: deps.transport(process),
      clock: process.clock,
      random: deps.random,
      onEvent: (event) => {
        if (process.state === "dead") return;
        memory.heard(event);
        if (event.type === "peer.changed") say({ type: "peers", peers: edge.peers() });
        else if (event.type === "edge.refused") say({ type: "problem", message: event.message });
        else {
          deps.onEdge(event.type, event.instance, event.term);
          say(event);
        }
      },
    },
  );

  const watch = (): void => {
    if (hasEnded) return;
    if (main !== undefined && process.clock.now() - heardAt > options.mainTimeout) edge.setMainAlive(false);
    say({ type: "peers", peers: edge.peers() });
    process.clock.start(WATCH, watch);
  };
  watch();

  const end = (): void => {
    hasEnded = true;
    process.kill();
    void edge[Symbol.asyncDispose]();
  };

  return {
    process,
    edge,
    tell: (facts) => {
      memory.told(facts);
      edge.tell(facts);
    },
    get hasEnded() {
      return hasEnded;
    },
    connect: (next) => {
      main = next;
      heardAt = process.clock.now();
      say({ type: "welcome", digest: "", pid: 1, edges: edge.held() });
      say({ type: "peers", peers: edge.peers() });
    },
    disconnect: (former) =>
      process.deliver(() => {
        if (main?.process !== former) return;
        main = undefined;
        edge.setMainAlive(false);
      }),
    hear: (from, work) =>
      void deps.clock.start(PASSAGE, () =>
        process.deliver(() => {
          if (main?.process !== from) return;
          heardAt = process.clock.now();
          work();
        }),
      ),
    end,
  };
};

/** A main process's link to the guard of its node, as `connectGuard` makes it over the socket: found or started, kept alive. */
export const openGuardLink = (
  deps: {
    readonly process: FakeProcess;
    readonly present: () => SimulatedGuard | undefined;
    readonly launch: () => void;
  },
  handlers: GuardHandlers,
): GuardLink => {
  const { process } = deps;
  const stopped = new AbortController();
  let guard: SimulatedGuard | undefined;
  let facts: Parameters<GuardLink["tell"]>[0] | undefined;
  let onHandedOver: (() => void) | undefined;

  const tell = (): void => {
    const [to, said] = [guard, facts];
    if (to === undefined || said === undefined) return;
    to.hear(process, () => {
      to.tell(said);
      to.edge.setMainAlive(true);
    });
  };
  const keep = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (guard?.hasEnded === true) {
        guard = undefined;
        if (onHandedOver !== undefined) return;
        handlers.onProblem("the guard is gone; another is started");
      }
      const present = deps.present();
      if (present === undefined) deps.launch();
      else if (guard !== present) {
        guard = present;
        present.connect({ process, onMessage: handlers.onMessage });
        tell();
      }
      await pause(process.clock, RETRY, stopped.signal);
    }
  };
  const pulse = (): void => {
    if (stopped.signal.aborted) return;
    tell();
    process.clock.start(PULSE, pulse);
  };
  const keeping = keep();
  pulse();

  return {
    tell: (next) => {
      facts = next;
      tell();
    },
    handOver: (limit) =>
      new Promise((resolve) => {
        const to = guard;
        if (to === undefined) return resolve();
        const timer = process.clock.start(millis(limit * 2), resolve);
        onHandedOver = () => {
          timer.cancel();
          resolve();
        };
        to.hear(process, () => {
          void to.edge.handOver(millis(limit)).then(() => {
            to.end();
            process.deliver(() => onHandedOver?.());
          });
        });
      }),
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      guard?.disconnect(process);
      await keeping;
    },
  };
};
