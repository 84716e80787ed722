import { spawn } from "node:child_process";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { NodeFacts } from "./edge-contract.ts";
import { type GuardOptions, guardDigest, writeGuardOptions } from "./guard-options.ts";
import { type GuardMessage, type MainMessage, messageChannel } from "./guard-protocol.ts";

/** The guard of this node as its main process has it: found or started, and started again when it dies. */
export interface GuardLink extends AsyncDisposable {
  /** Tells the newest facts; the guard hears them again at a steady pace as a sign of life. */
  tell(facts: NodeFacts): void;
  /** Asks the guard to give everything to peers and to end; resolves when it has, or after twice `limit` milliseconds. */
  handOver(limit: number): Promise<void>;
}

export interface GuardLinkDeps {
  readonly onMessage: (message: GuardMessage) => void;
  readonly onProblem: (message: string) => void;
  /** Starts a guard and calls `onEnd` when it has ended; the real one runs `roam6 guard`. */
  readonly launch?: (options: GuardOptions, onEnd: () => void) => void;
}

/** Pace of the sign of life to the guard. */
const PULSE = 200;
const RETRY_PAUSE = 50;
/**
 * How long a started guard that has not ended may take to open its socket, the first thing it does, before another is
 * started; on a busy machine it takes seconds, and one more would only take its time away. Of two, one finds the socket
 * served and ends.
 */
const START_LIMIT = 60_000;
/** A hand-over waits so long for a guard that was started and has not answered yet: it would outlive this process. */
const ANSWER_LIMIT = 10_000;
/** Between the end of a guard and the start of the next. */
const RESTART_PAUSE = 200;

const entryPoint = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

/**
 * Start `roam6 guard` as a process of its own session, so that it outlives this one; the options go through its
 * standard input.
 */
const launchGuard = (options: GuardOptions, onProblem: (message: string) => void, onEnd: () => void): void => {
  const child = spawn(process.execPath, [entryPoint, "guard", "--socket", options.socket], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  child.once("error", (error) => {
    onProblem(`cannot start the guard: ${error.message}`);
    onEnd();
  });
  child.once("exit", onEnd);
  child.stdin.on("error", (error) => onProblem(`the guard did not take its options: ${error.message}`));
  child.stdin.end(`${writeGuardOptions(options)}\n`);
  child.unref();
};

const factsMessage = (facts: NodeFacts): MainMessage => ({ type: "facts", pid: process.pid, ...facts });

const open = (path: string): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", () => resolve(undefined));
  });

/** Find the guard on its socket, or start one; a guard that runs with other options is retired, and its edges are kept up where the options still have them. */
export const connectGuard = (options: GuardOptions, deps: GuardLinkDeps): GuardLink => {
  const digest = guardDigest(options);
  const launch =
    deps.launch ?? ((wanted: GuardOptions, onEnd: () => void) => launchGuard(wanted, deps.onProblem, onEnd));
  const stopped = new AbortController();
  let facts: NodeFacts | undefined;
  let send: ((message: MainMessage) => void) | undefined;
  let ending: (() => void) | undefined;
  /** A guard was started that has neither answered nor ended. */
  let isStarting = false;

  const serve = async (socket: Socket): Promise<void> => {
    let accepted = false;
    const write = messageChannel<GuardMessage, MainMessage>(socket, (message) => {
      if (message.type === "welcome") {
        if (message.digest !== digest)
          return write({ type: "retire", keep: options.instances.map(({ spec }) => spec.number) });
        accepted = true;
        isStarting = false;
        send = write;
        if (facts) write(factsMessage(facts));
      }
      if (message.type === "handed-over") ending?.();
      if (accepted) deps.onMessage(message);
      return undefined;
    });
    const pulse = setInterval(() => {
      if (facts && accepted) write(factsMessage(facts));
    }, PULSE);
    await new Promise<void>((resolve) => {
      const cut = () => socket.destroy();
      stopped.signal.addEventListener("abort", cut, { once: true });
      socket.on("error", (error) => deps.onProblem(`the guard's socket: ${error.message}`));
      socket.once("close", () => {
        stopped.signal.removeEventListener("abort", cut);
        resolve();
      });
    });
    clearInterval(pulse);
    send = undefined;
    if (accepted && !stopped.signal.aborted && !ending) deps.onProblem("the guard is gone; another is started");
  };

  const keep = async (): Promise<void> => {
    let launchedAt = Number.NEGATIVE_INFINITY;
    while (!stopped.signal.aborted) {
      const socket = await open(options.socket);
      if (socket && !stopped.signal.aborted) {
        await serve(socket);
        launchedAt = Number.NEGATIVE_INFINITY;
        if (ending) return;
        continue;
      }
      socket?.destroy();
      if (stopped.signal.aborted) return;
      if (performance.now() - launchedAt > START_LIMIT) {
        const now = performance.now();
        launchedAt = now;
        isStarting = true;
        launch(options, () => {
          isStarting = false;
          if (launchedAt === now) launchedAt = performance.now() - START_LIMIT + RESTART_PAUSE;
        });
      }
      await delay(RETRY_PAUSE, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const keeping = keep();

  return {
    tell: (next) => {
      facts = next;
      send?.(factsMessage(next));
    },
    handOver: async (limit) => {
      const patience = () => (isStarting ? ANSWER_LIMIT : limit);
      for (let waited = 0; !send && waited < patience() && !stopped.signal.aborted; waited += RETRY_PAUSE)
        await delay(RETRY_PAUSE);
      if (!send) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limit * 2 + RETRY_PAUSE);
        ending = () => {
          clearTimeout(timer);
          resolve();
        };
        send?.({ type: "hand-over", limit });
      });
    },
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await keeping;
    },
  };
};
