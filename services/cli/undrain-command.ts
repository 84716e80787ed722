import { readStatus } from "#control/report-schemas.ts";
import type { StatusReport } from "#control/reports.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type ReachedCluster, reachCluster } from "./cluster-ask.ts";
import { type Command, EXIT } from "./command.ts";
import { parseArguments } from "./options.ts";

const POLL_INTERVAL = 100;
const DEFAULT_TIMEOUT = 120;

/** Why the next node may not be taken down yet; undefined when it may. */
const obstacle = ({ clusterNodes = [], clusterInstances = [] }: StatusReport, name: string): string | undefined => {
  const node = clusterNodes.find((known) => known.node === name);
  if (node === undefined || !node.heard) return `${name} is not heard`;
  if (node.drained) return `${name} is still drained`;
  if (node.clockOff) return `the clock of ${name} is wrong`;
  for (const { name: instance, edge, eligible, replicas } of clusterInstances) {
    if (edge === undefined) return `nobody holds instance ${instance}`;
    if (!eligible.includes(name)) return `${name} is not level with instance ${instance}`;
    const late = replicas.find(({ current }) => !current);
    if (late !== undefined) return `the copy of instance ${instance} on ${late.server} is not current`;
  }
  return undefined;
};

/** Asks until the node serves and every copy is current. */
const awaitLevel = async (
  cluster: ReachedCluster,
  name: string,
  options: { readonly seconds: number; readonly signal: AbortSignal },
): Promise<Result<void, string>> => {
  const deadline = performance.now() + options.seconds * 1000;
  for (;;) {
    const answer = await cluster.askRaw({ command: "status" });
    const report = answer.ok ? readStatus(answer.value) : answer;
    const problem = report.ok ? obstacle(report.value, name) : report.error;
    if (problem === undefined) return ok(undefined);
    if (performance.now() >= deadline || options.signal.aborted)
      return failed(`not within ${options.seconds} s: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
  }
};

/** `roam6 undrain`. */
export const command: Command = {
  name: "undrain",
  summary: "let a drained node take instances again",
  usage: `usage: roam6 undrain NODE [--wait] [--timeout SECONDS] [--socket PATH]

Ends what 'roam6 drain NODE' began: the node may take instances again. What it is wanted for comes back by itself, or at
'roam6 rebalance'.

  -w, --wait         return when the node could take every instance and every copy of every stream is current, so that the
                     next node may be restarted; also of use where nothing was drained
  --timeout SECONDS  with --wait: give up after so long (default ${DEFAULT_TIMEOUT})
  --socket PATH      ask the home agent with this control socket; without it, one of /run/roam6/*.sock

Exit codes: 0 done, 1 refused, unreachable, or --wait took too long, 2 wrong arguments.`,
  run: async (args, io) => {
    const options = {
      wait: { type: "boolean", short: "w" },
      timeout: { type: "string" },
      socket: { type: "string" },
    } as const;
    const parsed = parseArguments(args, options, { atLeast: 1, atMost: 1 });
    if (!parsed.ok) {
      io.stderr.write(`roam6 undrain: ${parsed.error}\n`);
      return EXIT.usage;
    }
    const { flags, values, operands } = parsed.value;
    const [node = ""] = operands;
    const seconds = Number(values.get("timeout") ?? DEFAULT_TIMEOUT);
    if (!(seconds > 0)) {
      io.stderr.write(`roam6 undrain: --timeout is a number of seconds, not '${values.get("timeout")}'\n`);
      return EXIT.usage;
    }
    const cluster = await reachCluster(values.get("socket"), io.signal);
    const undrained = cluster.ok ? await cluster.value.ask({ command: "undrain", node }) : cluster;
    const done =
      cluster.ok && undrained.ok && flags.has("wait")
        ? await awaitLevel(cluster.value, node, { seconds, signal: io.signal })
        : undrained;
    if (done.ok) {
      io.stdout.write(`${node} may take instances again\n`);
      return EXIT.done;
    }
    io.stderr.write(`roam6 undrain: ${done.error}\n`);
    return EXIT.failed;
  },
};
