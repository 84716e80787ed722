import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { failed, ok, type Result } from "#wire/result.ts";

/** How a program in the machine ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine of its own that a real systemd has booted (`boot`). */
export interface Machine extends AsyncDisposable {
  /** Runs a program beside systemd, with `input` on its standard input, and waits for its end. */
  ask(command: readonly string[], input?: string): Promise<Ended>;
  /** As `ask`. @returns what it wrote to standard output @throws Error when it fails, or after a minute */
  run(command: readonly string[], input?: string): Promise<string>;
  /** The path, seen from here, of a network namespace that `ip netns` made in the machine. */
  namespace(name: string): string;
}

const root = join(import.meta.dirname, "../../..");

/** The longest that a program in the machine may take. */
const LIMIT = 60_000;
const BOOT_LIMIT = 30_000;

const childrenOf = (process: number): readonly number[] => {
  try {
    return readFileSync(`/proc/${process}/task/${process}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

const nameOf = (process: number): string => {
  try {
    return readFileSync(`/proc/${process}/comm`, "utf8").trim();
  } catch {
    return "";
  }
};

/** The machine's first process, once it is systemd. */
const findSystemd = (boot: number): number | undefined => {
  const below = childrenOf(boot).flatMap((child) => [child, ...childrenOf(child)]);
  return below.find((process) => nameOf(process) === "systemd");
};

const execute = (command: readonly string[], input: string): Promise<Ended> =>
  new Promise((resolve) => {
    const [program = "", ...args] = command;
    const child = execFile(program, args, { encoding: "utf8", timeout: LIMIT }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 128;
      resolve({ code, stdout, stderr });
    });
    // A program that reads nothing may have ended before.
    child.stdin?.on("error", () => {}).end(input);
  });

const SPACES = ["--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup", "--root"];
const ENVIRONMENT = [
  "env",
  "--chdir=/",
  "-i",
  "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
  "HOME=/root",
  "LANG=C.UTF-8",
  "SYSTEMD_PAGER=",
];

/**
 * Boots this machine's systemd as the first process of namespaces of its own; the checkout is in /opt/roam6 there.
 * @returns why that cannot be had here, as text for people
 */
export const bootMachine = async (): Promise<Result<Machine, string>> => {
  if (process.getuid?.() !== 0) return failed("needs root");
  if (!existsSync("/lib/systemd/systemd")) return failed("systemd is not installed (apt-get install systemd)");
  const folder = await mkdtemp(join(tmpdir(), "roam6-machine-"));
  const boot = spawn(join(import.meta.dirname, "boot"), [folder, root], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [boot.stdout, boot.stderr]) stream.on("data", (text) => (said += String(text)));
  const closed = once(boot, "close");
  const dispose = async (): Promise<void> => {
    boot.kill("SIGTERM");
    await closed;
    await rm(folder, { recursive: true, force: true });
  };
  const deadline = performance.now() + BOOT_LIMIT;
  let first: number | undefined;
  while (boot.exitCode === null && first === undefined && performance.now() < deadline) {
    first = boot.pid === undefined ? undefined : findSystemd(boot.pid);
    if (first === undefined) await delay(20);
  }
  if (first === undefined) {
    await dispose();
    return failed(said.trim().split("\n").at(-1) || "systemd did not start");
  }
  const inside = ["nsenter", `--target=${first}`, ...SPACES, ...ENVIRONMENT];
  const ask = (command: readonly string[], input = ""): Promise<Ended> => execute([...inside, ...command], input);
  // Its socket for systemctl comes a moment after it has started.
  let state: Ended = { code: 1, stdout: "", stderr: "" };
  while (boot.exitCode === null && state.stdout.trim() !== "running" && performance.now() < deadline) {
    state = await ask(["systemctl", "is-system-running", "--wait"]);
    if (state.stdout.trim() !== "running") await delay(50);
  }
  if (state.stdout.trim() !== "running") {
    await dispose();
    return failed(`systemd did not boot: ${state.stdout.trim()} ${state.stderr.trim()} ${said.trim()}`);
  }
  return ok({
    ask,
    run: async (command, input) => {
      const { code, stdout, stderr } = await ask(command, input);
      if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
      return stdout;
    },
    namespace: (name) => `/proc/${first}/root/run/netns/${name}`,
    [Symbol.asyncDispose]: dispose,
  });
};
