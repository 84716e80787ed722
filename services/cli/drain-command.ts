import type { ClusterNodeReport, PlacementReport } from "#control/reports.ts";
import { type AskCluster, reachCluster } from "./cluster-ask.ts";
import { type Command, type CommandIo, EXIT } from "./command.ts";
import { parseArguments } from "./options.ts";

const OPTIONS = {
  wait: { type: "boolean" },
  timeout: { type: "string" },
  json: { type: "boolean" },
  socket: { type: "string" },
} as const;

const POLL_INTERVAL = 100;
const DEFAULT_TIMEOUT = 60;

const nodeOf = (report: PlacementReport, name: string): ClusterNodeReport | undefined =>
  report.nodes.find(({ node }) => node === name);

/** Why an instance stays on the node: nobody takes it, or it is on its way. */
const leftOver = (report: PlacementReport, name: string): string =>
  (nodeOf(report, name)?.holds ?? [])
    .map((instance) => {
      const wanted = report.placement.find((placed) => placed.instance === instance)?.wanted;
      return wanted === undefined ? `${instance} (no other node may take it now)` : `${instance} (goes to ${wanted})`;
    })
    .join(", ");

/** Asks until the node holds nothing. @returns the last answer; undefined where there was none */
const awaitEmpty = async (
  ask: AskCluster,
  name: string,
  options: { readonly deadline: number; readonly signal: AbortSignal },
): Promise<PlacementReport | undefined> => {
  let last: PlacementReport | undefined;
  while (!options.signal.aborted) {
    const answer = await ask({ command: "placement" });
    if (answer.ok) last = answer.value;
    const node = last && nodeOf(last, name);
    if ((node?.drained && node.holds.length === 0) || performance.now() >= options.deadline) return last;
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
  return last;
};

const drain = async (
  name: string,
  ask: AskCluster,
  options: { readonly io: CommandIo; readonly wait: boolean; readonly json: boolean; readonly seconds: number },
): Promise<number> => {
  const { io, wait, json, seconds } = options;
  const asked = await ask({ command: "drain", node: name });
  if (!asked.ok) {
    io.stderr.write(`roam6 drain: ${asked.error}\n`);
    return EXIT.failed;
  }
  const deadline = performance.now() + seconds * 1000;
  const report = wait ? ((await awaitEmpty(ask, name, { deadline, signal: io.signal })) ?? asked.value) : asked.value;
  const left = leftOver(report, name);
  if (json) io.stdout.write(`${JSON.stringify({ node: name, holds: nodeOf(report, name)?.holds ?? [] })}\n`);
  else if (!wait)
    io.stdout.write(`${name} is drained${left === "" ? "; it holds nothing" : `; still there: ${left}`}\n`);
  else if (left === "") io.stdout.write(`${name} is drained and holds nothing\n`);
  if (!wait || left === "") return EXIT.done;
  io.stderr.write(`roam6 drain: after ${seconds} s ${name} still holds ${left}; it goes on giving them away\n`);
  return EXIT.failed;
};

/** `roam6 drain`. */
export const command: Command = {
  name: "drain",
  summary: "move all instances of a node to others, and keep it free",
  usage: `usage: roam6 drain NODE [--wait] [--timeout SECONDS] [--json] [--socket PATH]

Moves the instances of a home agent to the nodes that are placed next, one after the other and without a lost packet. The
node stays up and follows the streams, but takes nothing, also after a restart, until 'roam6 undrain NODE'.
Any home agent of the cluster may be asked.

  -w, --wait         return when the node holds nothing
  --timeout SECONDS  with --wait: give up after so long (default ${DEFAULT_TIMEOUT})
  --json             print the node and what it holds as JSON
  --socket PATH      ask the home agent with this control socket; without it, one of /run/roam6/*.sock

Exit codes: 0 done, 1 refused, unreachable, or --wait took too long, 2 wrong arguments.`,
  run: async (args, io) => {
    const options = { ...OPTIONS, wait: { ...OPTIONS.wait, short: "w" } };
    const parsed = parseArguments(args, options, { atLeast: 1, atMost: 1 });
    if (!parsed.ok) {
      io.stderr.write(`roam6 drain: ${parsed.error}\n`);
      return EXIT.usage;
    }
    const { flags, values, operands } = parsed.value;
    const seconds = Number(values.get("timeout") ?? DEFAULT_TIMEOUT);
    if (!(seconds > 0)) {
      io.stderr.write(`roam6 drain: --timeout is a number of seconds, not '${values.get("timeout")}'\n`);
      return EXIT.usage;
    }
    const cluster = await reachCluster(values.get("socket"), io.signal);
    if (!cluster.ok) {
      io.stderr.write(`roam6 drain: ${cluster.error}\n`);
      return EXIT.failed;
    }
    return drain(operands[0] ?? "", cluster.value.ask, {
      io,
      wait: flags.has("wait"),
      json: flags.has("json"),
      seconds,
    });
  },
};
