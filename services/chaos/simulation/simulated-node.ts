import type { GuardOptions } from "#edge/guard-options.ts";
import type { HelloTransport } from "#edge/hello-transport.ts";
import type { Holds } from "#edge/hold-memory.ts";
import type { HomeAgent, HomeAgentOptions } from "#home-agent/home-agent-contract.ts";
import { addressEquals, addressKey } from "#ipv6/address.ts";
import type { Digests } from "#mip6/digests.ts";
import type { BindingLog } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import type { Cluster } from "#ports/cluster.ts";
import type { Kernel } from "#ports/kernel.ts";
import type { NodeBus, NodeRequestError } from "#ports/node-bus.ts";
import type { Packets } from "#ports/packets.ts";
import { pause } from "#ports/pause.ts";
import type { FakeCoreBus } from "#simulator/fake-core-bus.ts";
import { createFakeKernel, createFakeKernelHost, type FakeKernelHost } from "#simulator/fake-kernel.ts";
import type { FakeNode } from "#simulator/fake-network.ts";
import type { FakeNodeBuses } from "#simulator/fake-node-bus.ts";
import { createFakeProcess, type FakeProcess } from "#simulator/fake-process.ts";
import type { SeededRandom } from "#simulator/seeded-random.ts";
import { failed } from "#wire/result.ts";
import { after, instantOf, type Milliseconds, millis } from "#wire/time.ts";
import type { HomeLink } from "./home-link.ts";
import { type MainPlant, type MainProcess, startMainProcess } from "./main-process.ts";
import type { Recorder } from "./recorder.ts";
import { openGuardLink, type SimulatedGuard, startGuard } from "./simulated-guard.ts";

/** Parts of a simulation that a planted bug replaces by wrong ones. */
export interface Plant extends MainPlant {
  /** The bus takes every write, whatever it expects. */
  readonly unfencedLog?: boolean;
}

/** One host of the simulated cluster: kernel, guard and main process. Its NATS server is the bus's part. */
export interface SimulatedNode {
  readonly name: string;
  readonly hasPower: boolean;
  /** The clock of the host. */
  readonly clock: Clock;
  readonly kernel: FakeKernelHost;
  readonly guard: SimulatedGuard | undefined;
  readonly main: FakeProcess | undefined;
  readonly agent: HomeAgent | undefined;
  readonly cluster: Cluster | undefined;
  /** Every instance is level, and the main process runs. */
  readonly isLevel: boolean;
  /** It was told to give away what it holds, and to take nothing. */
  readonly isDrained: boolean;
  /** The main process was told to end, and has not yet. */
  readonly isStopping: boolean;
  startMain(): void;
  killMain(): void;
  killGuard(): void;
  /** Hands over and ends, as on SIGTERM. */
  stopMain(): Promise<void>;
  /** Everything of it ends; its kernel forgets. */
  cutPower(): void;
  restorePower(): void;
  /** How far its wall clock is off. */
  readonly clockOffset: Milliseconds;
  /** Steps its wall clock. */
  stepClock(by: Milliseconds): void;
}

/** What all nodes of a simulation share. */
export interface NodeWorld {
  readonly clock: Clock;
  readonly link: HomeLink;
  readonly recorder: Recorder;
  readonly digests: Digests;
  readonly agentOptions: HomeAgentOptions;
  readonly plant: Plant;
  readonly openLog: (node: string, process: FakeProcess, clock: Clock, random: SeededRandom) => BindingLog;
  readonly coreBus: FakeCoreBus;
  readonly nodeBuses: FakeNodeBuses;
  readonly guardOf: (node: string) => SimulatedGuard | undefined;
  /** Something changed that others may have to know: who runs, who hears whom. */
  readonly onChange: () => void;
  /** A hello reached the guard of this node. */
  readonly onHello: (node: string) => void;
}

/** A request that is not answered by then never is. */
const REQUEST_LIMIT = millis(2_000);

export const createSimulatedNode = (
  options: { readonly name: string; readonly guard: GuardOptions; readonly clockOffset: Milliseconds },
  deps: NodeWorld & { readonly random: SeededRandom; readonly network: FakeNode },
): SimulatedNode => {
  const { name } = options;
  const { random, recorder, link, network } = deps;
  const instances = options.guard.instances.map(({ spec }) => spec);
  let hasPower = true;
  let kernel = createFakeKernelHost();
  let guard: SimulatedGuard | undefined;
  let main: FakeProcess | undefined;
  let running: MainProcess | undefined;
  /** What the file says that outlives the process (services/home-agent/drain-mark.ts). */
  let drained = false;
  /** And what is gone with the kernel (services/guard/hold-file.ts). */
  let holds: Holds = new Map();
  let clockOffset = options.clockOffset;
  let bootedAt = -random.between(1_000, 100_000);
  let isLaunching = false;
  let stopping: FakeProcess | undefined;

  const clock: Clock = {
    now: () => instantOf(deps.clock.now() - bootedAt),
    wall: () => deps.clock.wall() + clockOffset,
    start: deps.clock.start,
  };

  const tellState = (state: "down" | "joining" | "level" | "paused"): void =>
    recorder.note({ type: "node.changed", node: name, state });

  /** A call of the kernel takes time, is carried out though its caller dies, and answers only who still runs. */
  const callKernel = <T>(process: FakeProcess, call: () => Promise<T>, longest: number): Promise<T> =>
    new Promise((resolve) => {
      deps.clock.start(millis(random.between(0.05, longest)), () => {
        void call().then((result) => process.deliver(() => resolve(result)));
      });
    });
  const kernelOf = (process: FakeProcess): Kernel => {
    const host = kernel;
    const base = createFakeKernel({ host });
    return {
      ...base,
      prepare: () => callKernel(process, () => base.prepare(), 5),
      adopt: () => callKernel(process, () => base.adopt(), 5),
      openInstance: (spec) => callKernel(process, () => base.openInstance(spec), 5),
      closeInstance: (number) => callKernel(process, () => base.closeInstance(number), 5),
      activateInstance: (number) => callKernel(process, () => base.activateInstance(number), 3),
      deactivateInstance: (number) => callKernel(process, () => base.deactivateInstance(number), 3),
      apply: (number, changes) => callKernel(process, () => base.apply(number, changes), 2),
    };
  };

  const speak = (number: number): void => {
    if (hasPower && kernel.instances.get(number)?.active === true) link.speak(name, number);
  };

  const transportOf = (process: FakeProcess): HelloTransport => {
    let listener: (message: Uint8Array) => void = () => undefined;
    receivers.set(process, (message) => process.deliver(() => listener(message)));
    return {
      counters: { strangers: 0, unsent: 0 },
      send: (message, to) => {
        const peer = options.guard.peers.find(({ address }) => addressEquals(address, to));
        if (peer === undefined || !hasPower) return;
        for (const delay of link.ways(name, peer.node))
          deps.clock.start(delay, () => {
            const target = deps.guardOf(peer.node);
            if (target === undefined) return;
            deps.onHello(peer.node);
            receivers.get(target.process)?.(message);
          });
      },
      sendFrom: ({ number }) => speak(number),
      onMessage: (next) => {
        listener = next;
      },
      [Symbol.asyncDispose]: async () => void receivers.delete(process),
    };
  };

  const launchGuard = (): void => {
    if (isLaunching || !hasPower) return;
    isLaunching = true;
    deps.clock.start(millis(random.between(50, 400)), () => {
      isLaunching = false;
      if (!hasPower || (guard !== undefined && !guard.hasEnded)) return;
      for (const spec of instances)
        if (!kernel.instances.has(spec.number))
          kernel.instances.set(spec.number, { spec, active: false, entries: new Map(), allowed: new Map() });
      guard = startGuard(options.guard, {
        clock,
        random,
        kernel: kernelOf,
        isActive: (number) => kernel.instances.get(number)?.active === true,
        holds,
        saveHolds: (next) => {
          holds = next;
        },
        transport: transportOf,
        onAnnounce: speak,
        onEdge: (type, number, term) => {
          const spec = instances.find((instance) => instance.number === number);
          if (spec !== undefined) recorder.note({ type, node: name, instance: spec.name, term });
        },
      });
      deps.onChange();
    });
  };

  /** The tap sees what is addressed to this host: the home agent address is its own only while it is the edge. */
  const packetsOf = (process: FakeProcess, closers: AsyncDisposable[]): Packets => ({
    ...network.packets,
    openTap: (tap) => {
      const opened = network.packets.openTap({
        ...tap,
        onPackets: (batch) => {
          const own = batch.filter(({ bytes }) => {
            const destination = addressKey(bytes.subarray(24, 40));
            const spec = instances.find(({ homeAgentAddress }) => addressKey(homeAgentAddress) === destination);
            return hasPower && (spec === undefined || kernel.instances.get(spec.number)?.active === true);
          });
          if (own.length > 0) process.deliver(() => tap.onPackets(own));
        },
      });
      if (opened.ok) closers.push(opened.value);
      return opened;
    },
  });

  let closers: AsyncDisposable[] = [];
  let wasLevel = false;
  const forgetMain = (): void => {
    const former = main;
    if (former === undefined) return;
    running?.abandon();
    main = undefined;
    running = undefined;
    wasLevel = false;
    former.kill();
    for (const closer of closers.splice(0)) void closer[Symbol.asyncDispose]();
    guard?.disconnect(former);
    tellState(hasPower ? "joining" : "down");
    deps.onChange();
  };

  const startMain = (): void => {
    if (main !== undefined || !hasPower) return;
    const process = createFakeProcess(clock);
    main = process;
    closers = [];
    tellState("joining");
    const member = (clusterClock: Clock) => ({ node: name, deliver: process.deliver, clock: clusterClock });
    const tellLevel = (): void => {
      if (wasLevel || main !== process || running?.agent.instances.every(({ level }) => level) !== true) return;
      wasLevel = true;
      tellState("level");
    };
    running = startMainProcess(
      { node: name, guard: options.guard, agent: deps.agentOptions, drained },
      {
        process,
        random,
        packets: packetsOf(process, closers),
        kernel: kernelOf(process),
        digests: deps.digests,
        plant: deps.plant,
        openLog: (clusterClock) => deps.openLog(name, process, clusterClock, random),
        openRelay: (clusterClock) => deps.coreBus.relay(member(clusterClock)),
        openExchange: (clusterClock) => deps.coreBus.exchange(member(clusterClock)),
        nodeBus: nodeBusOf(process, deps.nodeBuses.of(name)),
        openGuard: (_, handlers) =>
          openGuardLink(
            { process, present: () => (guard?.hasEnded === false ? guard : undefined), launch: launchGuard },
            handlers,
          ),
        saveDrained: (wish) => {
          drained = wish;
        },
        onEvent: (event, answer) => {
          if (event.type === "ownership.lost")
            recorder.note({ type: "ownership.ended", node: name, instance: event.instance, epoch: event.epoch });
          if (event.type === "stream.level") void Promise.resolve(answer).then(() => process.deliver(tellLevel));
        },
      },
    );
    deps.onChange();
  };

  return {
    name,
    clock,
    get hasPower() {
      return hasPower;
    },
    get kernel() {
      return kernel;
    },
    get guard() {
      return guard?.hasEnded === false ? guard : undefined;
    },
    get main() {
      return main;
    },
    get agent() {
      return running?.agent;
    },
    get cluster() {
      return running?.cluster;
    },
    get isDrained() {
      return drained;
    },
    get isLevel() {
      return main?.state === "running" && running?.agent.instances.every(({ level }) => level) === true;
    },
    get isStopping() {
      return main !== undefined && main === stopping;
    },
    startMain,
    killMain: forgetMain,
    killGuard: () => {
      guard?.end();
      deps.onChange();
    },
    stopMain: async () => {
      const [process, ending] = [main, running];
      if (process === undefined || stopping === process) return;
      stopping = process;
      await ending?.stop();
      if (main === process) forgetMain();
    },
    cutPower: () => {
      hasPower = false;
      guard?.end();
      kernel = createFakeKernelHost();
      holds = new Map();
      if (main === undefined) tellState("down");
      forgetMain();
      deps.onChange();
    },
    restorePower: () => {
      hasPower = true;
      bootedAt = after(deps.clock.now(), millis(-random.between(1_000, 5_000)));
      deps.onChange();
    },
    get clockOffset() {
      return clockOffset;
    },
    stepClock: (by) => {
      clockOffset = millis(clockOffset + by);
    },
  };
};

/** The bus of nodes as one process of a node sees it. */
const nodeBusOf = (process: FakeProcess, bus: NodeBus): NodeBus => ({
  publish: bus.publish,
  serve: ({ report, command, reached }, signal) =>
    bus.serve(
      {
        report: (said) => process.deliver(() => report(said)),
        command: (asked) => new Promise((resolve) => process.deliver(() => void command(asked).then(resolve))),
        reached: () => process.deliver(reached),
      },
      signal,
    ),
  request: async (to, command, signal) => {
    const late = pause(process.clock, REQUEST_LIMIT, signal).then(() =>
      failed<NodeRequestError>({ code: "unreachable", message: `${to} does not answer` }),
    );
    return await Promise.race([bus.request(to, command, signal), late]);
  },
});

/** Where the hellos for a guard's process go. */
const receivers = new WeakMap<FakeProcess, (message: Uint8Array) => void>();
