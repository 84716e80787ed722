import { spawn } from "node:child_process";
import { type Command, type CommandIo, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import { askControl } from "#control/client.ts";
import { isRaised, noLabText, openLab } from "#lab/lab.ts";
import { configFile, controlSocket } from "#lab/program-configs.ts";
import { roam6 } from "#lab/programs.ts";
import { parseSet } from "./control-requests.ts";
import { farEnd, farEndUsage } from "./far-end-command.ts";
import { runSim } from "./run.ts";
import { parseRunOptions } from "./run-options.ts";

const NODE = "crowd";

const usage = `usage: roam6 sim (--lab ID | -c FILE) [OPTION]...
       roam6 sim set    (--lab ID | --control PATH) [--mobile-nodes N] [--rate R] [--ramp S] [--move-rate R] [--move-within S]
       roam6 sim status|report|end (--lab ID | --control PATH)
       roam6 sim far-end ...

Plays very many mobile nodes (RFC 6275, RFC 4285) against home agents: real packets, a care-of address each out of a prefix
that is routed to this host. They register, stay registered, move and return. Exit code 0: all criteria met.

  -c, --config FILE      config file (YAML); 'roam6 config-schema sim' prints its schema
      --lab ID           in the network lab ID ('roam6 lab up'), on its node crowd, with its config
      --home-agents A,B  only these home agent instances of the config
      --mobile-nodes N   how many register
      --ramp S           seconds over which they do
      --rate R           Binding Updates a second to offer; what the rest needs is filled up with refreshes
      --move-rate R      moves a second, of mobile nodes chosen at random
      --lifetime S       lifetime to ask for
      --duration S       then all return and it ends; without it: at a signal, key q or 'roam6 sim end'
      --first-timeout S  until the first Binding Update is sent again (1.5)
      --answer-within S  an answer that takes longer fails the run (30)
      --allowed-gap S    probes of a tunnel may be missing for so long, in seconds (0: none may be lost)
      --keep             leave the bindings at the end
      --seed N           of all choices at random
      --json             print the report as JSON
      --history FILE     write each Binding Update, acknowledgement and run of probes as a line of JSON
      --control PATH     control socket: status, report, set, end

On a terminal: ${"+ - rate, > < mobile nodes, ] [ moves, m all move within 10 s, q end"}. Probes that come through a tunnel are answered
by reverse tunnel and are part of the verdict:

${farEndUsage}`;

const problem = (io: CommandIo, text: string, code: number): number => {
  io.stderr.write(`roam6 sim: ${text}\n`);
  return code;
};

/** Runs a command line to its end, with this process's own streams; a signal is passed on. */
const pass = (argv: readonly string[], io: CommandIo): Promise<number> => {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { stdio: "inherit" });
  io.signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? EXIT.failed));
  });
};

const run = async (args: readonly string[], io: CommandIo): Promise<number> => {
  const options = parseRunOptions(args);
  if (!options.ok) return problem(io, options.error, EXIT.usage);
  const { lab: id, config } = options.value;
  if (id !== undefined && config === undefined) {
    const lab = openLab(id);
    if (!isRaised(id)) return problem(io, noLabText(id), EXIT.failed);
    const rest = args.filter((arg, at) => arg !== "--lab" && args[at - 1] !== "--lab" && !arg.startsWith("--lab="));
    return pass(lab.inside(NODE, roam6("sim", "-c", configFile(lab, NODE), ...rest)), io);
  }
  if (config === undefined || id !== undefined)
    return problem(io, "give either a config file with -c FILE or a lab with --lab ID", EXIT.usage);
  return runSim(config, options.value, io);
};

const SETTINGS = {
  "mobile-nodes": "mobileNodes",
  rate: "rate",
  ramp: "ramp",
  "move-rate": "moveRate",
  "move-within": "moveWithin",
} as const;

const value = { type: "string" } as const;
const ASKING = {
  lab: value,
  control: value,
  "mobile-nodes": value,
  rate: value,
  ramp: value,
  "move-rate": value,
  "move-within": value,
};

const isSetting = (name: string): name is keyof typeof SETTINGS => Object.hasOwn(SETTINGS, name);

const ask = async (verb: string, args: readonly string[], io: CommandIo): Promise<number> => {
  const parsed = parseArguments(args, ASKING, { atLeast: 0, atMost: 0 });
  if (!parsed.ok) return problem(io, parsed.error, EXIT.usage);
  const { values } = parsed.value;
  const lab = values.get("lab");
  const socket = values.get("control") ?? (lab === undefined ? undefined : controlSocket(openLab(lab), NODE));
  if (socket === undefined) return problem(io, "give --control PATH or --lab ID", EXIT.usage);
  const fields = Object.fromEntries(
    [...values].flatMap(([name, text]) => (isSetting(name) ? [[SETTINGS[name], Number(text)] as const] : [])),
  );
  const change = parseSet(fields);
  if (!change.ok) return problem(io, change.error, EXIT.usage);
  if (verb === "set" && Object.keys(fields).length === 0) return problem(io, "set needs a setting", EXIT.usage);
  const answer = await askControl(socket, { ...change.value, command: verb }, { signal: io.signal });
  if (!answer.ok) return problem(io, answer.error.message, EXIT.failed);
  io.stdout.write(`${JSON.stringify(answer.value, undefined, 2)}\n`);
  return EXIT.done;
};

/** `roam6 sim`. */
export const command: Command = {
  name: "sim",
  summary: "play very many mobile nodes",
  usage,
  run: (args, io) => {
    const [verb = "", ...rest] = args;
    if (verb === "far-end") return farEnd(rest, io);
    return ["set", "status", "report", "end"].includes(verb) ? ask(verb, rest, io) : run(args, io);
  },
};
