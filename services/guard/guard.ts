import { rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import type { Log } from "#control/log.ts";
import { type GuardOptions, guardDigest } from "#edge/guard-options.ts";
import { type GuardMessage, type MainMessage, messageChannel } from "#edge/guard-protocol.ts";
import { createHoldMemory, type Holds } from "#edge/hold-memory.ts";
import type { EdgePlanner } from "#linux/kernel/edge-plan.ts";
import type { Kernel } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Random } from "#ports/random.ts";
import { millis } from "#wire/time.ts";
import { type HoldFile, openHoldFile } from "./hold-file.ts";
import { openNativeEdge } from "./native-edge.ts";
import { createProxyAnswers } from "./proxy-answers.ts";

export interface GuardDeps {
  readonly kernel: Kernel;
  readonly planner: EdgePlanner;
  readonly neighborDiscovery: NeighborDiscovery;
  readonly random: Random;
  readonly log: Log;
}

/** Pace at which the main process hears of peers when nothing changes. */
const PEERS_PULSE = 500;
/** A guard that holds nothing and has heard of no main process for so long is of no use, and ends. */
const IDLE_LIMIT = 10_000;
/** Time for peers to take the edges when the guard itself is told to end. */
const HAND_OVER_LIMIT = millis(1_000);

/**
 * Guard the edges of this node until told to end: keep what the kernel has up, speak with peers, take and withdraw, and
 * serve the main process on a unix socket. It needs no main process to keep forwarding alive.
 * @returns when the edges were handed over, at the main process's word or because `signal` aborted, or the guard was retired
 * @throws when another guard already serves the socket
 */
export const runGuard = async (options: GuardOptions, deps: GuardDeps, signal: AbortSignal): Promise<void> => {
  const { kernel, log } = deps;
  // First of all: a second guard finds the socket served, and touches neither kernel nor link.
  const waiting: Socket[] = [];
  let serve = (socket: Socket): void => {
    waiting.push(socket);
  };
  const server = createServer((socket) => serve(socket));
  await listen(server, options.socket);
  const adopted = await kernel.adopt();
  if (!adopted.ok) log.warn({ error: adopted.error }, "cannot read what the kernel holds");
  const active = new Set((adopted.ok ? adopted.value : []).filter((found) => found.active).map(({ number }) => number));
  for (const { spec } of options.instances) {
    const opened = await kernel.openInstance(spec);
    if (!opened.ok) log.warn({ instance: spec.name, error: opened.error }, "cannot open the instance");
  }

  const names = new Map(options.instances.map(({ spec }) => [spec.number, spec.name]));
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  let main: { socket: Socket; send: (message: GuardMessage) => void } | undefined;
  let mainAlive = false;
  const startedAt = performance.now();
  let usefulAt = startedAt;
  let ending = false;

  const file = openFile(`${options.socket}.holds`, log);
  const former: Holds = new Map([...(file?.former ?? [])].filter(([number]) => active.has(number)));
  const memory = createHoldMemory(former, (holds) => {
    try {
      file?.save(holds);
    } catch (error) {
      log.warn({ error }, "cannot keep what a guard after this one needs");
    }
  });
  const edge = await openNativeEdge(
    {
      ...options,
      instances: options.instances.map(({ spec, prefer }) => ({
        spec,
        prefer,
        held: active.has(spec.number),
        ...(active.has(spec.number) ? (former.get(spec.number) ?? { term: 1 }) : { term: 0 }),
      })),
    },
    {
      planner: deps.planner,
      random: deps.random,
      onProblem: (message) => log.warn(message),
      onMain: (alive) => {
        if (!alive && !ending) log.warn("the main process is dead or hung");
        mainAlive = alive;
        answerOrNot();
      },
      onEvent: (event) => {
        memory.heard(event);
        if (event.type === "peer.changed") {
          log.info({ peer: event.node, alive: event.alive }, event.alive ? "peer heard" : "peer silent");
          main?.send({ type: "peers", peers: edge.peers() });
          return;
        }
        const instance = names.get(event.instance);
        if (event.type === "edge.refused") {
          log.error({ instance, message: event.message }, "the kernel refuses the edge");
          main?.send({ type: "problem", message: `instance ${instance}: ${event.message}` });
          return;
        }
        log.info({ instance, term: event.term }, event.type === "edge.taken" ? "edge taken" : "edge withdrawn");
        main?.send(event);
      },
    },
  );

  const answers = createProxyAnswers({
    kernel,
    neighborDiscovery: deps.neighborDiscovery,
    instances: options.instances.map(({ spec }) => spec),
    isHeld: (instance) => edge.held().some((each) => each.instance === instance && each.held),
    onProblem: (message) => log.warn(message),
  });

  /** A main process that only starts has its time before it is answered for. */
  const answerOrNot = (): void =>
    void answers.setMainAlive(mainAlive || (!main && performance.now() - startedAt < options.mainTimeout));

  const leave = (socket: Socket): void => {
    if (main?.socket !== socket) return;
    main = undefined;
    if (ending) return;
    log.warn("the main process is gone");
    edge.setMainAlive(false);
  };

  /** An instance that the config no longer has must not stay up here beside the one of a peer. */
  const closeAllBut = async (keep: readonly number[]): Promise<void> => {
    for (const { spec } of options.instances) {
      if (keep.includes(spec.number)) continue;
      const closed = await kernel.closeInstance(spec.number);
      if (!closed.ok) log.error({ instance: spec.name, error: closed.error }, "cannot close the instance");
    }
  };

  /** The last one that speaks is the main process; who only connects, such as a second guard, is nobody. */
  const welcome = (socket: Socket, send: (message: GuardMessage) => void): void => {
    if (main?.socket === socket) return;
    const former = main;
    main = { socket, send };
    former?.socket.destroy();
  };

  serve = (socket) => {
    const send = messageChannel<MainMessage, GuardMessage>(socket, (message) => {
      welcome(socket, send);
      switch (message.type) {
        case "facts":
          memory.told(message);
          edge.tell(message);
          edge.setMainAlive(true);
          break;
        case "retire":
          ending = true;
          log.info("retired for a guard with other options");
          // Its thread first: what is closed here may be taken elsewhere.
          void edge[Symbol.asyncDispose]()
            .then(() => closeAllBut(message.keep))
            .then(end);
          break;
        case "hand-over":
          ending = true;
          void edge.handOver(millis(message.limit)).then(() => {
            send({ type: "handed-over" });
            socket.end(end);
          });
          break;
        default:
          message satisfies never;
      }
    });
    socket.on("error", () => leave(socket));
    socket.on("close", () => leave(socket));
    send({ type: "welcome", digest: guardDigest(options), pid: process.pid, edges: edge.held() });
    send({ type: "peers", peers: edge.peers() });
  };
  for (const socket of waiting.splice(0)) serve(socket);

  const pulse = setInterval(() => {
    main?.send({ type: "peers", peers: edge.peers() });
    answerOrNot();
    const now = performance.now();
    if (main || edge.isEngaged()) usefulAt = now;
    if (now - usefulAt <= IDLE_LIMIT || ending) return;
    ending = true;
    log.info("no main process and no edge: ending");
    end();
  }, PEERS_PULSE);
  const onAbort = () => void edge.handOver(HAND_OVER_LIMIT).then(() => end());
  signal.addEventListener("abort", onAbort);
  try {
    log.info({ instances: [...names.values()], thread: edge.scheduling }, "ready");
    if (signal.aborted) onAbort();
    await ended;
  } finally {
    signal.removeEventListener("abort", onAbort);
    clearInterval(pulse);
    main?.socket.destroy();
    server.close();
    await edge[Symbol.asyncDispose]();
    await answers[Symbol.asyncDispose]();
    file?.[Symbol.dispose]();
    await kernel[Symbol.asyncDispose]();
  }
};

/** Without the file a guard serves all the same; one after it begins with what the kernel says alone. */
const openFile = (path: string, log: Log): HoldFile | undefined => {
  try {
    return openHoldFile(path);
  } catch (error) {
    log.warn({ error, path }, "cannot keep what a guard after this one needs");
    return undefined;
  }
};

/** Listens on a unix socket; a socket file that nobody serves any more is replaced. */
const listen = async (server: ReturnType<typeof createServer>, path: string): Promise<void> => {
  const attempt = () =>
    new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
      server.once("error", resolve);
      server.listen({ path }, () => {
        server.removeListener("error", resolve);
        resolve(undefined);
      });
    });
  const first = await attempt();
  if (!first) return;
  if (first.code !== "EADDRINUSE" || (await isServed(path))) throw new Error(`cannot serve ${path}: ${first.message}`);
  await rm(path, { force: true });
  const second = await attempt();
  if (second) throw new Error(`cannot serve ${path}: ${second.message}`);
};

const isServed = async (path: string): Promise<boolean> => {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
};
