import type { PlacementReport } from "#control/reports.ts";
import type { AskCluster } from "./cluster-ask.ts";
import { reachCluster } from "./cluster-ask.ts";
import { type Command, EXIT } from "./command.ts";
import { parseArguments } from "./options.ts";
import { formatTable } from "./table.ts";

const POLL_INTERVAL = 100;
/** Every move may take some seconds where nodes are busy. */
const BASIC_LIMIT = 10_000;
const LIMIT_PER_MOVE = 5_000;

const HEADINGS = ["INSTANCE", "ON", "WANTED ON", "ORDER", "MOVE"];

/** Where nothing is to be moved: whether all is on the first of its order, or that one may not hold it now. */
const restText = ({ placement }: PlacementReport): string => {
  const elsewhere = placement.filter(({ holder, order }) => holder !== order[0]).map(({ instance }) => instance);
  return elsewhere.length === 0
    ? "everything is where it belongs"
    : `nothing to move now; not on the first of its order: ${elsewhere.join(", ")}`;
};

const describe = (report: PlacementReport): string => {
  const rows = report.placement.map(({ instance, holder, wanted, order }) => [
    instance,
    holder ?? "nobody",
    wanted ?? "nobody can",
    order.join(" "),
    holder !== undefined && wanted !== undefined && holder !== wanted ? `${holder} -> ${wanted}` : "",
  ]);
  const away = report.nodes.flatMap(({ node, heard, drained, clockOff, placementAgrees }) => [
    ...(heard ? [] : [`${node} is not heard`]),
    ...(drained ? [`${node} is drained`] : []),
    ...(clockOff ? [`${node} has a wrong clock`] : []),
    ...(heard && !placementAgrees ? [`${node} places instances otherwise: compare the configs`] : []),
  ]);
  const count = report.moves.length;
  const verdict = count === 0 ? restText(report) : `${count} ${count === 1 ? "move" : "moves"}`;
  return `${formatTable(HEADINGS, rows)}${[...away, verdict].join("\n")}\n`;
};

/** Asks until nothing is left to be moved. */
const awaitMoves = async (ask: AskCluster, first: PlacementReport, signal: AbortSignal): Promise<PlacementReport> => {
  const deadline = performance.now() + BASIC_LIMIT + first.moves.length * LIMIT_PER_MOVE;
  let last = first;
  while (last.moves.length > 0 && performance.now() < deadline && !signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    const answer = await ask({ command: "placement" });
    if (answer.ok) last = answer.value;
  }
  return last;
};

/** `roam6 rebalance`. */
export const command: Command = {
  name: "rebalance",
  summary: "show where instances are and belong, and move them there",
  usage: `usage: roam6 rebalance [--dry-run] [--json] [--socket PATH]

Shows for every instance the node that holds it and the one that is wanted: the first of its order (instances[].prefer, then
by the weights of the nodes) that may hold it now. Then moves what is elsewhere, one instance after the other and without a
lost packet, and returns when all is moved. By themselves nodes do the same after cluster.rebalance.settle.

  -n, --dry-run  move nothing
  --json         print placement and moves as JSON
  --socket PATH  ask the home agent with this control socket; without it, one of /run/roam6/*.sock

Exit codes: 0 nothing is left to be moved, or --dry-run; 1 not, or no answer; 2 wrong arguments.`,
  run: async (args, io) => {
    const options = {
      "dry-run": { type: "boolean", short: "n" },
      json: { type: "boolean" },
      socket: { type: "string" },
    } as const;
    const parsed = parseArguments(args, options, { atLeast: 0, atMost: 0 });
    if (!parsed.ok) {
      io.stderr.write(`roam6 rebalance: ${parsed.error}\n`);
      return EXIT.usage;
    }
    const { flags, values } = parsed.value;
    const isDry = flags.has("dry-run");
    const cluster = await reachCluster(values.get("socket"), io.signal);
    const answer = cluster.ok ? await cluster.value.ask({ command: isDry ? "placement" : "rebalance" }) : cluster;
    if (!cluster.ok || !answer.ok) {
      io.stderr.write(`roam6 rebalance: ${answer.ok ? "no answer" : answer.error}\n`);
      return EXIT.failed;
    }
    const before = answer.value;
    if (!flags.has("json")) io.stdout.write(describe(before));
    const after = isDry ? before : await awaitMoves(cluster.value.ask, before, io.signal);
    if (flags.has("json")) io.stdout.write(`${JSON.stringify({ ...after, planned: before.moves })}\n`);
    if (isDry || after.moves.length === 0) {
      if (!isDry && !flags.has("json") && before.moves.length > 0) io.stdout.write("done\n");
      return EXIT.done;
    }
    const left = after.moves.map(({ instance, from, to }) => `${instance} (${from} -> ${to})`).join(", ");
    io.stderr.write(`roam6 rebalance: not moved: ${left}\n`);
    return EXIT.failed;
  },
};
