import { readFile } from "node:fs/promises";
import type { Stage } from "#chaos/stage.ts";
import { now } from "#lab/demo/clock.ts";
import { finish, poll } from "#lab/run.ts";

/** The kernel carries a signal out at once, but on a busy machine. */
const STRIKE_DEADLINE = 5000;

/** What runs on a home agent's node. */
export type Part = "main" | "guard" | "nats-server" | "other";

/** A process of a node of the lab. */
export interface NodeProcess {
  readonly pid: number;
  readonly part: Part;
}

const partOf = (argv: readonly string[]): Part => {
  if (argv.some((word) => /(?:^|\/)nats-server$/.test(word))) return "nats-server";
  const at = argv.findIndex((word) => word.endsWith("/cli/main.ts"));
  const verb = at < 0 ? undefined : argv[at + 1];
  return verb === "guard" ? "guard" : verb === "ha" || verb === "edge" ? "main" : "other";
};

/** All processes in the namespace of a node. */
export const processesOf = async ({ lab }: Stage, node: string): Promise<NodeProcess[]> => {
  const { stdout } = await finish(["ip", "netns", "pids", lab.namespace(node)]);
  const pids = stdout.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)]));
  return Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return { pid, part: partOf(text.split("\0")) };
    }),
  );
};

/** Sends a signal to processes that may be gone by now. @returns when the first was sent, and to how many */
export const signalAll = (
  processes: readonly NodeProcess[],
  name: NodeJS.Signals,
): { readonly at: number; readonly count: number } => {
  const at = now();
  let count = 0;
  for (const { pid } of processes) {
    try {
      process.kill(pid, name);
      count++;
    } catch {
      // It ended before.
    }
  }
  return { at, count };
};

/** Signals one part of a node. */
export const signalPart = async (
  stage: Stage,
  node: string,
  part: Part,
  name: NodeJS.Signals,
): Promise<{ readonly at: number; readonly count: number }> =>
  signalAll(
    (await processesOf(stage, node)).filter((one) => one.part === part),
    name,
  );

/** A process's state as /proc has it: `T` is stopped; undefined when it is gone. */
const stateOf = async (pid: number): Promise<string | undefined> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const state = text.slice(text.lastIndexOf(")") + 2).charAt(0);
  return state === "" || state === "Z" ? undefined : state;
};

/**
 * Signals one part of a node, and sees it take effect on every process of it.
 * @throws Error when there was none, or one does not come to that
 */
export const strikePart = async (
  stage: Stage,
  { node, part, signal }: { readonly node: string; readonly part: Part; readonly signal: "SIGKILL" | "SIGSTOP" },
): Promise<{ readonly at: number }> => {
  const found = (await processesOf(stage, node)).filter((one) => one.part === part);
  if (found.length === 0) throw new Error(`it did not strike: there was no ${part} on ${node}`);
  const { at } = signalAll(found, signal);
  const wanted = signal === "SIGKILL" ? undefined : "T";
  const struck = await poll(
    async () => {
      const states = await Promise.all(found.map(({ pid }) => stateOf(pid)));
      return states.every((state) => state === wanted) ? true : undefined;
    },
    { deadline: STRIKE_DEADLINE, interval: 5 },
  );
  if (struck === undefined) throw new Error(`it did not strike: ${part} of ${node} goes on after ${signal}`);
  return { at };
};
