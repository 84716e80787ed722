import { spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { failed, ok, type Result } from "#wire/result.ts";
import { findNatsServer } from "./server-binary.ts";
import { type EmbeddedOptions, isEndpoint, serverConfig } from "./server-config.ts";

/** Why the embedded server does not serve; `message` names the remedy. */
export interface ServerProblem {
  readonly code: "missing" | "too-old" | "invalid" | "store" | "refused";
  readonly message: string;
}

/** What happens to the embedded server while it is watched. */
export type ServerEvent =
  | { readonly type: "started"; readonly pid: number; readonly adopted: boolean }
  | { readonly type: "ended"; readonly reason: string };

/** The nats-server process of this node, started again whenever it ends. */
export interface NatsServer extends AsyncDisposable {
  /** URL for clients on this host. */
  readonly url: string;
  readonly version: string;
  /** The process that serves now; undefined between its end and the next start. */
  readonly pid: number | undefined;
}

/** Time that a server may take to open its port; a store of many streams is recovered first. */
const START_LIMIT = 15_000;
const RESPAWN_PAUSE = 250;
const STOP_LIMIT = 5_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const readText = async (path: string): Promise<string> => {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
};

/** Whether `pid` is a server that runs with this very configuration file. */
const servesConfig = async (pid: number, config: string): Promise<boolean> =>
  (await readText(`/proc/${pid}/cmdline`)).split("\0").includes(config) &&
  !(await readText(`/proc/${pid}/stat`)).includes(") Z ");

const opens = (url: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
    socket.setTimeout(1_000, () => answer(false));
  });

/** The last complaint in a server's log. */
const complaint = (log: string): string =>
  log
    .split("\n")
    .filter((line) => /\[(FTL|ERR)\]|nats-server: |: .*error/.test(line))
    .slice(-2)
    .map((line) => line.replace(/^\[\d+\] \S+ \S+ /, ""))
    .join("; ") || "see its log";

/**
 * Start the embedded nats-server, or take over the one that a former process of this node left running with the same
 * configuration (it outlives `kill -9` of its parent, so that the cluster keeps its quorum). It is started again when it
 * ends, until the handle is disposed of, which ends it.
 * @returns `refused` when the server ends by itself at start: port in use, damaged store (its own words are in the message)
 */
export const startNatsServer = async (
  options: EmbeddedOptions,
  onEvent: (event: ServerEvent) => void = () => {},
): Promise<Result<NatsServer, ServerProblem>> => {
  const endpoints = [options.listen, ...(options.cluster ? [options.cluster.listen, ...options.cluster.routes] : [])];
  const wrong = endpoints.find((text) => !isEndpoint(text));
  if (wrong !== undefined)
    return failed({ code: "invalid", message: `"${wrong}" is not address:port, such as [::1]:4222` });
  const binary = await findNatsServer();
  if (!binary.ok) return binary;

  const config = join(options.store, "nats-server.conf");
  const logFile = join(options.store, "nats-server.log");
  const pidFile = join(options.store, "nats-server.pid");
  const text = serverConfig(options);
  let former: number | undefined;
  try {
    await mkdir(options.store, { recursive: true, mode: 0o700 });
    const pid = Number(await readText(pidFile));
    if (pid > 1 && (await servesConfig(pid, config))) former = pid;
    const same = (await readText(config)) === text;
    if (former !== undefined && !same) {
      await stopProcess(former, config);
      former = undefined;
    }
    if (!same) {
      await rm(config, { force: true });
      await writeFile(config, text, { mode: 0o600 });
    }
  } catch (error) {
    return failed({
      code: "store",
      message: `cannot use the folder ${options.store} (nats.embedded.store): ${reasonOf(error)}`,
    });
  }

  let current: number | undefined;
  let url = `nats://${options.listen}`;
  const stopped = new AbortController();

  /** Waits until the server `pid` has opened its port. */
  const serving = async (pid: number): Promise<Result<string, ServerProblem>> => {
    const portsFile = join(options.store, `nats-server_${pid}.ports`);
    for (let waited = 0; waited < START_LIMIT; waited += 10) {
      const found = /"(nats:\/\/[^"]+)"/.exec(await readText(portsFile))?.[1];
      if (found !== undefined && (await opens(found))) return ok(found);
      if (!(await servesConfig(pid, config)))
        return failed({
          code: "refused",
          message: `nats-server does not start: ${complaint(await readText(logFile))} (log: ${logFile})`,
        });
      await delay(10);
    }
    return failed({
      code: "refused",
      message: `nats-server does not open ${options.listen} within ${START_LIMIT} ms (log: ${logFile})`,
    });
  };

  const launch = async (): Promise<Result<number, ServerProblem>> => {
    try {
      const log = await open(logFile, "w", 0o600);
      const child = spawn(binary.value.path, ["-c", config], {
        detached: true,
        stdio: ["ignore", log.fd, log.fd],
      });
      const pid = await new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("spawn", () => resolve(child.pid ?? 0));
      });
      child.unref();
      await log.close();
      const answer = await serving(pid);
      if (!answer.ok) {
        await stopProcess(pid, config);
        return answer;
      }
      url = answer.value;
      return ok(pid);
    } catch (error) {
      return failed({ code: "refused", message: `cannot start ${binary.value.path}: ${reasonOf(error)}` });
    }
  };

  const first = former === undefined ? await launch() : ok(former);
  if (!first.ok) return first;
  if (former !== undefined) {
    const answer = await serving(former);
    if (!answer.ok) return answer;
    url = answer.value;
  }
  current = first.value;
  onEvent({ type: "started", pid: first.value, adopted: former !== undefined });

  const watch = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      if (current !== undefined && (await servesConfig(current, config))) {
        await pause(100, stopped.signal);
        continue;
      }
      if (current !== undefined) onEvent({ type: "ended", reason: complaint(await readText(logFile)) });
      current = undefined;
      await pause(RESPAWN_PAUSE, stopped.signal);
      if (stopped.signal.aborted) return;
      const next = await launch();
      if (!next.ok) {
        onEvent({ type: "ended", reason: next.error.message });
        await pause(1_000, stopped.signal);
        continue;
      }
      current = next.value;
      onEvent({ type: "started", pid: next.value, adopted: false });
    }
  };
  const watching = watch();

  return ok({
    get url() {
      return url;
    },
    version: binary.value.version,
    get pid() {
      return current;
    },
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await watching;
      if (current !== undefined) await stopProcess(current, config);
      current = undefined;
    },
  });
};

const pause = async (milliseconds: number, signal: AbortSignal): Promise<void> => {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch {
    // The wait was cut short by the stop; the caller looks at the signal.
  }
};

const signalProcess = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
};

const stopProcess = async (pid: number, config: string): Promise<void> => {
  if (!(await servesConfig(pid, config))) return;
  signalProcess(pid, "SIGTERM");
  for (let waited = 0; waited < STOP_LIMIT; waited += 20) {
    if (!(await servesConfig(pid, config))) return;
    await delay(20);
  }
  signalProcess(pid, "SIGKILL");
};
