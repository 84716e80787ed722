import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type Command, type CommandIo, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import { formatTable } from "#cli/table.ts";
import { nearestName } from "#control/nearest.ts";
import { MOST_HOME_AGENTS } from "#lab/topology.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { chooseAtRandom } from "./random-faults.ts";
import { summaryLines } from "./report/console-text.ts";
import { reportHtml } from "./report/report-html.ts";
import { runChaos } from "./run-chaos.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

const usage = `usage: roam6 chaos list
       roam6 chaos run SCENARIO[,SCENARIO]...|--random [OPTION]...

Builds a network of namespaces on this machine, lets a cluster of home agents serve a mobile node through 1 ms probes, and
injects faults, one after the other. Needs root. Exit code 0 only if every goal was reached and no invariant was violated.

  --random      faults of many kinds, some of them together, by the seed
  --runs N      so many injections of each scenario (default: the scenario's own; --random: until the time is over)
  --minutes M   no injection begins after so long (default: --random 10; else 3 for each injection); too few fail the run
  --seed S      the same seed chooses the same faults, lengths and moments (default: by the clock, and printed); the target
                is who owns the probed instance then
  --nodes K     home agents, 3 to 5 (default 3)
  --bindings B  simulated mobile nodes beside the one that is probed (default 100)
  --html FILE   the report (default reports/chaos-SCENARIO.html)
  --json FILE   the same as data (default: beside the HTML file)
`;

const list = (io: CommandIo): number => {
  const rows = SCENARIOS.map(({ name, summary, runs }) => [name, String(runs), summary]);
  io.stdout.write(formatTable(["SCENARIO", "RUNS", "WHAT HAPPENS"], rows));
  return EXIT.done;
};

const wholeNumber = (text: string | undefined, fallback: number, from: number, to: number): number | undefined => {
  if (text === undefined) return fallback;
  const value = Number(text);
  return Number.isInteger(value) && value >= from && value <= to ? value : undefined;
};

const refuse = (io: CommandIo, problem: string): number => {
  io.stderr.write(`roam6 chaos: ${problem}\n`);
  return EXIT.usage;
};

const LONGEST_TITLE = 80;
/** Three NATS servers are the least that may lose one. */
const LEAST_HOME_AGENTS = 3;

/** @param names with commas between; none gives none */
const scenariosOf = (names: string | undefined): Result<Scenario[], string> => {
  const found: Scenario[] = [];
  for (const name of names?.split(",") ?? []) {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (scenario === undefined) {
      const near = nearestName(
        name,
        SCENARIOS.map((one) => one.name),
      );
      return failed(`unknown scenario '${name}'${near === undefined ? "" : `; did you mean '${near}'?`}`);
    }
    found.push(scenario);
  }
  return ok(found);
};

const RANDOM_MINUTES = 10;
/** No fault takes longer, with the time until all is level again. */
const MINUTES_EACH = 3;
const MOST_RUNS = 10_000;
const MOST_MINUTES = 24 * 60;

export const command: Command = {
  name: "chaos",
  summary: "break a cluster in the lab, and judge what it lost",
  usage,
  run: async (args, io) => {
    const parsed = parseArguments(
      args,
      {
        random: { type: "boolean" },
        runs: { type: "string" },
        minutes: { type: "string" },
        seed: { type: "string" },
        nodes: { type: "string" },
        bindings: { type: "string" },
        html: { type: "string" },
        json: { type: "string" },
      },
      { atLeast: 1, atMost: 2 },
    );
    if (!parsed.ok) return refuse(io, parsed.error);
    const { flags, values, operands } = parsed.value;
    const [verb, name] = operands;
    if (verb === "list") return list(io);
    if (verb !== "run") return refuse(io, `unknown verb '${verb}': list or run`);
    const isRandom = flags.has("random");
    if (isRandom === (name !== undefined)) return refuse(io, "run needs a scenario, or --random");
    const chosen = scenariosOf(name);
    if (!chosen.ok) return refuse(io, chosen.error);
    const each = wholeNumber(values.get("runs"), 0, 1, MOST_RUNS);
    if (each === undefined) return refuse(io, `--runs is a whole number from 1 to ${MOST_RUNS}`);
    const order = chosen.value.flatMap((scenario) => Array.from({ length: each || scenario.runs }, () => scenario));
    const minutes = wholeNumber(
      values.get("minutes"),
      isRandom ? RANDOM_MINUTES : Math.min(MOST_MINUTES, order.length * MINUTES_EACH),
      1,
      MOST_MINUTES,
    );
    const nodes = wholeNumber(values.get("nodes"), LEAST_HOME_AGENTS, LEAST_HOME_AGENTS, MOST_HOME_AGENTS);
    const bindings = wholeNumber(values.get("bindings"), 100, 0, 100_000);
    const seed = wholeNumber(values.get("seed"), Date.now() % 1_000_000, 0, 2 ** 32 - 1);
    if (minutes === undefined) return refuse(io, `--minutes is a whole number from 1 to ${MOST_MINUTES}`);
    if (nodes === undefined) return refuse(io, `--nodes is a number from ${LEAST_HOME_AGENTS} to ${MOST_HOME_AGENTS}`);
    if (bindings === undefined) return refuse(io, "--bindings is a whole number from 0 to 100000");
    if (seed === undefined) return refuse(io, "--seed is a whole number from 0 to 4294967295");
    for (const scenario of chosen.value) {
      const problem = await scenario.unavailable?.();
      if (problem === undefined) continue;
      io.stderr.write(`roam6 chaos: ${scenario.name} cannot be done here: ${problem}\n`);
      return EXIT.failed;
    }
    const title = name?.replaceAll(",", "+").slice(0, LONGEST_TITLE) ?? "random";
    const html = resolve(values.get("html") ?? `reports/chaos-${title}.html`);
    const json = resolve(values.get("json") ?? html.replace(/(?:\.html)?$/, ".json"));
    const say = (line: string): void => void io.stderr.write(`${line}\n`);
    say(`chaos ${title}, seed ${seed}, ${nodes} nodes`);
    const report = await runChaos({
      name: title,
      next: isRandom ? await chooseAtRandom() : (_, injected) => order[injected],
      runs: isRandom ? each || MOST_RUNS : order.length,
      least: isRandom ? each : order.length,
      limit: minutes * 60_000,
      nodes,
      bindings,
      seed,
      // What a random run loses depends on what else is broken; its invariants do not.
      goalOf: (kind) => (isRandom ? {} : (SCENARIOS.find((one) => one.name === kind)?.goal ?? {})),
      say,
      signal: io.signal,
      logs: join(dirname(html), `chaos-${title}-logs`),
    });
    await mkdir(dirname(html), { recursive: true });
    await mkdir(dirname(json), { recursive: true });
    await writeFile(html, reportHtml(report));
    await writeFile(json, `${JSON.stringify(report, undefined, 1)}\n`);
    io.stdout.write(`${summaryLines(report).join("\n")}\n`);
    say(`report: ${html}, ${json}`);
    return report.verdict.passed ? EXIT.done : EXIT.failed;
  },
};
