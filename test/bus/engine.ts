import { type ChildProcess, spawn } from "node:child_process";
import { access, mkdtemp, open, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { poll } from "#lab/run.ts";
import { failed, ok, type Result } from "#wire/result.ts";

/** A container engine that answers. */
export interface Engine extends AsyncDisposable {
  /** Where, as DOCKER_HOST names it. */
  readonly host: string;
}

const START_DEADLINE = 60_000;
const STOP_DEADLINE = 30_000;
const SYSTEM_SOCKET = "/var/run/docker.sock";

const answers = (socket: string): Promise<boolean> =>
  new Promise((resolve) => {
    const connection = connect({ path: socket });
    const answer = (value: boolean) => {
      connection.destroy();
      resolve(value);
    };
    connection.once("connect", () => connection.write("GET /_ping HTTP/1.0\r\n\r\n"));
    connection.once("data", (data) => answer(/^HTTP\/1\.. 200/.test(String(data))));
    connection.once("error", () => answer(false));
    connection.setTimeout(5_000, () => answer(false));
  });

/** Folders in which deploy/setup/fetch-engine leaves an engine. */
const fetched = (): string[] => {
  const { env } = process;
  const cache = env["ROAM6_CACHE"] ?? join(env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "roam6");
  return ["docker.io/usr/sbin", "containerd/usr/bin", "runc/usr/sbin", "runc/usr/bin"].map((folder) =>
    join(cache, "engine", folder),
  );
};

const find = async (program: string, folders: readonly string[]): Promise<string | undefined> => {
  for (const folder of folders) {
    const path = join(folder, program);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  return undefined;
};

/** No bridge and no packet filter rules: only containers in the network of this machine, which stays as it is. */
const networkOptions = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"];

const ended = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** The daemon's own words at its end. */
const lastWords = async (log: string): Promise<string> => {
  const lines = (await readFile(log, "utf8").catch(() => "")).trim().split("\n");
  return lines.findLast((line) => /level=(?:fatal|error)|failed/.test(line)) ?? lines.at(-1) ?? "";
};

/** Starts a daemon of the tests' own: its data, state and socket lie in a folder that ends with it. */
const startEngine = async (): Promise<Result<Engine, string>> => {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin", ...fetched()];
  const dockerd = await find("dockerd", folders);
  if (dockerd === undefined)
    return failed("no Docker daemon answers and there is no dockerd: run deploy/setup/setup --test");
  if (process.getuid?.() !== 0) return failed("no Docker daemon answers, and starting one needs root");
  const folder = await mkdtemp(join(tmpdir(), "roam6-engine-"));
  const socket = join(folder, "socket");
  const logFile = join(folder, "log");
  const log = await open(logFile, "w");
  const options = [
    ...networkOptions,
    ...["--data-root", join(folder, "data"), "--exec-root", join(folder, "state")],
    ...["--pidfile", join(folder, "pid"), "--host", `unix://${socket}`],
  ];
  // Its mounts are its own and end with it; it must not outlive the tests, whatever ends them.
  const child = spawn("unshare", ["--mount", "--", "setpriv", "--pdeathsig", "TERM", dockerd, ...options], {
    stdio: ["ignore", log.fd, log.fd],
    env: { ...process.env, PATH: folders.join(delimiter) },
  });
  let refusal = "";
  child.on("error", (error) => {
    refusal = error.message;
  });
  await log.close();
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await poll(() => (ended(child) || child.pid === undefined ? true : undefined), { deadline: STOP_DEADLINE });
    if (!ended(child)) child.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  const up = await poll(
    async () => {
      if (refusal !== "" || ended(child)) return false;
      return (await answers(socket)) ? true : undefined;
    },
    { deadline: START_DEADLINE, interval: 50 },
  );
  if (up !== true) {
    const why = refusal || (await lastWords(logFile)) || `no answer in ${START_DEADLINE / 1000} s`;
    await stop();
    return failed(`dockerd does not start: ${why}`);
  }
  return ok({ host: `unix://${socket}`, [Symbol.asyncDispose]: stop });
};

/** The engine that DOCKER_HOST names, that of this machine, or one of the tests' own; else why there is none. */
export const openEngine = async (): Promise<Result<Engine, string>> => {
  const present = async () => undefined;
  const named = process.env["DOCKER_HOST"];
  if (named !== undefined) return ok({ host: named, [Symbol.asyncDispose]: present });
  if (await answers(SYSTEM_SOCKET)) return ok({ host: `unix://${SYSTEM_SOCKET}`, [Symbol.asyncDispose]: present });
  return startEngine();
};
