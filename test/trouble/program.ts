import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseDocument } from "yaml";
import { askControl } from "#control/client.ts";
import { readStatus } from "#control/report-schemas.ts";
import type { StatusReport } from "#control/reports.ts";
import { until } from "#test/poll.ts";

const root = join(import.meta.dirname, "../..");

/** Where a field of the config stands, and its value; undefined removes it. */
export type Change = readonly [path: readonly (string | number)[], value: unknown];

/** A program of roam6 in a network namespace. */
export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  /** All that it has said on standard error so far. */
  said(): string;
  /** @returns its exit code, when it has ended */
  ended(): Promise<number | null>;
  /** Its status, asked not more than some ten times a second; undefined while it does not answer. */
  status(): Promise<StatusReport | undefined>;
  /** Waits until its status is as wanted. @throws Error with what the program has said, after 90 seconds */
  reaches(wanted: (status: StatusReport) => boolean): Promise<void>;
}

/** A folder for configs, state and sockets of one test. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
}

export const makeFolder = async (): Promise<Folder> => {
  const path = await mkdtemp(join(tmpdir(), "roam6-trouble-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
};

/**
 * Writes the config of a home agent that is alone: the example with its state in `folder`, the device home0 and a
 * nats-server of its own on the loopback.
 */
export const writeHomeAgentConfig = async (folder: string, changes: readonly Change[] = []): Promise<string> => {
  const document = parseDocument(await readFile(join(root, "deploy/examples/ha.yaml"), "utf8"));
  const alone: readonly Change[] = [
    [["homeLink", "device"], "home0"],
    [["nats", "embedded"], { store: join(folder, "nats"), listen: "[::1]:4222" }],
    [["cluster"], undefined],
    [["instances"], [{ name: "a", number: 1, address: "2001:db8:1::a1" }]],
    [["control", "socket"], join(folder, "ha.sock")],
    [["stateDirectory"], join(folder, "state")],
  ];
  for (const [path, value] of [...alone, ...changes]) {
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, value);
  }
  const file = join(folder, "ha.yaml");
  await writeFile(file, document.toString());
  return file;
};

/** How a program is started. */
interface Start {
  readonly namespace: string;
  readonly command: readonly string[];
  /** Control socket to ask for its status. */
  readonly socket?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Command line of `roam6` with these arguments. */
export const roam6 = (...args: readonly string[]): readonly string[] => [
  process.execPath,
  join(root, "services/cli/main.ts"),
  ...args,
];

/** Starts a program; disposing ends it and what it has started, all of which runs in its namespace. */
export const startProgram = ({ namespace, command, socket = "", environment = {} }: Start): Program => {
  const child = spawn("ip", ["netns", "exec", namespace, ...command], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text += String(chunk);
  });
  const closed = once(child, "close");
  const status = async (): Promise<StatusReport | undefined> => {
    const answer = await askControl(socket, { command: "status" }, { timeout: 2000 });
    const report = answer.ok ? readStatus(answer.value) : answer;
    if (!report.ok) await delay(100);
    return report.ok ? report.value : undefined;
  };
  return {
    child,
    said: () => text,
    ended: async () => {
      await closed;
      return child.exitCode;
    },
    status,
    reaches: async (wanted) => {
      const deadline = performance.now() + 90_000;
      for (;;) {
        const report = await status();
        if (report !== undefined && wanted(report)) return;
        if (child.exitCode !== null || performance.now() > deadline) {
          throw new Error(`the program did not get there; status ${JSON.stringify(report)}, it said:\n${text}`);
        }
        await delay(100);
      }
    },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGTERM");
      await Promise.race([closed, delay(5000, undefined, { ref: false })]);
      for (const pid of processesIn(namespace)) killIfThere(pid);
      await until(() => processesIn(namespace).length === 0);
    },
  };
};

/** Processes of a namespace: what the program has started and left, such as its guard. */
export const processesIn = (namespace: string): readonly number[] =>
  execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" }).split("\n").filter(Boolean).map(Number);

const killIfThere = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended since it was listed.
  }
};
