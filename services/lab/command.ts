import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { type Command, type CommandIo, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import type { BindingReport, InstanceReport } from "#control/reports.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { NotReadyError, prepareScene } from "./demo/scene.ts";
import { startPrograms } from "./demo/start-programs.ts";
import { isLabId, isRaised, type Lab, listLabs, noLabText, openLab, raiseLab, removeLab } from "./lab.ts";
import { ask, askBindings } from "./programs.ts";
import { LAB } from "./topology.ts";

const DEFAULT_ID = "lab";

const usage = `usage: roam6 lab up [--id ID] [--bare]
       roam6 lab exec ID NODE [--] COMMAND...
       roam6 lab move ID LINK
       roam6 lab status [ID]
       roam6 lab list
       roam6 lab down [ID] [--all]

A network of namespaces on this machine: home link with three home agents, a router and a neighbour; two foreign links
with their routers; a correspondent. Needs root. The default ID is ${DEFAULT_ID}.

  up      builds it, starts roam6 on the home agents, the mobile node and the correspondent, and waits until they serve
          (--bare: only the network)
  exec    runs a command on a node: core hr fr1 fr2 ha1 ha2 ha3 nb cn mn crowd
  move    takes the mobile node off its link and plugs it into another: home f1 f2
  status  tells who owns which instance, and the bindings
  list    names the labs of this machine
  down    ends all processes of the lab and removes it (--all: of every lab)
`;

/** What a verb does with its arguments. @returns the exit code */
type Verb = (args: readonly string[], io: CommandIo) => Promise<number>;

const problem = (io: CommandIo, text: string, code: number = EXIT.usage): number => {
  io.stderr.write(`roam6 lab: ${text}\n`);
  return code;
};

/** The one id among those given, or the default one. */
const idOf = (...given: readonly (string | undefined)[]): Result<string, string> => {
  const [id = DEFAULT_ID, surplus] = given.filter((one) => one !== undefined);
  if (surplus !== undefined) return failed(`unexpected argument '${surplus}'`);
  return isLabId(id) ? ok(id) : failed(`a lab's id is 1 to 12 of [a-z0-9], not '${id}'`);
};

const up: Verb = async (args, io) => {
  const parsed = parseArguments(args, { id: { type: "string" }, bare: { type: "boolean" } }, { atLeast: 0, atMost: 1 });
  if (!parsed.ok) return problem(io, parsed.error);
  const { flags, values, operands } = parsed.value;
  const id = idOf(values.get("id"), ...operands);
  if (!id.ok) return problem(io, id.error);
  const lab = await raiseLab({ id: id.value, lasting: true });
  const scene = await prepareScene(lab, "auto");
  try {
    if (!flags.has("bare")) await startPrograms(scene);
  } catch (error) {
    if (!(error instanceof NotReadyError)) throw error;
    return problem(io, `${error.message}; 'roam6 lab down ${lab.id}' removes the lab`, EXIT.failed);
  }
  io.stdout.write(`lab ${lab.id} is up; logs and configs: ${lab.directory}\n`);
  return EXIT.done;
};

const execute = (lab: Lab, node: string, argv: readonly string[]): Promise<number> => {
  const [program = "", ...args] = lab.inside(node, argv);
  const child = spawn(program, args, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(code ?? (signal === null ? EXIT.failed : 128)));
  });
};

const exec: Verb = async (args, io) => {
  const [given, node, ...more] = args;
  const argv = more[0] === "--" ? more.slice(1) : more;
  if (given === undefined || node === undefined || argv.length === 0)
    return problem(io, "exec needs an id, a node and a command");
  const id = idOf(given);
  if (!id.ok) return problem(io, id.error);
  const lab = openLab(id.value);
  const nodes = lab.topology.nodes.map(({ name }) => name);
  if (!nodes.includes(node)) return problem(io, `a lab has no node '${node}'; its nodes are ${nodes.join(" ")}`);
  if (!isRaised(lab.id)) return problem(io, noLabText(lab.id), EXIT.failed);
  return execute(lab, node, argv);
};

const isMobileLink = (link: string | undefined): boolean => ["home", "f1", "f2"].includes(String(link));

const move: Verb = async (args, io) => {
  const parsed = parseArguments(args, {}, { atLeast: 0, atMost: 2 });
  if (!parsed.ok) return problem(io, parsed.error);
  const [given, link = ""] = parsed.value.operands;
  if (given === undefined || !isMobileLink(link))
    return problem(io, "move needs an id and one of the links home, f1, f2");
  const id = idOf(given);
  if (!id.ok) return problem(io, id.error);
  if (!isRaised(id.value)) return problem(io, noLabText(id.value), EXIT.failed);
  await openLab(id.value).move("mn", "eth0", link);
  return EXIT.done;
};

const instanceLine = (node: string, one: InstanceReport): string =>
  `${node}  instance ${one.name}  ${one.role.padEnd(8)}  term ${one.term}  epoch ${one.epoch}  ${one.level ? "level" : "not level"}  ${one.bindings} bindings`;

const bindingLine = (node: string, one: BindingReport): string =>
  `${node}  ${one.homeAddress} at ${one.careOfAddress}  ${one.state}  sequence ${one.sequence}  ${one.remainingSeconds} s left`;

const tell = async (lab: Lab, out: Writable): Promise<void> => {
  const mobile = await ask(lab, "mn", "status");
  out.write(`mn   ${mobile === undefined ? "no answer" : JSON.stringify(mobile.mobility)}\n`);
  for (const { node } of LAB.homeAgents) {
    const instances = await ask(lab, node, "instances");
    const bindings = await askBindings(lab, node);
    if (instances === undefined) out.write(`${node}  no answer\n`);
    for (const one of instances?.instances ?? []) out.write(`${instanceLine(node, one)}\n`);
    for (const one of bindings ?? []) out.write(`${bindingLine(node, one)}\n`);
  }
};

const status: Verb = async (args, io) => {
  const parsed = parseArguments(args, { id: { type: "string" } }, { atLeast: 0, atMost: 1 });
  if (!parsed.ok) return problem(io, parsed.error);
  const id = idOf(parsed.value.values.get("id"), ...parsed.value.operands);
  if (!id.ok) return problem(io, id.error);
  if (!isRaised(id.value)) return problem(io, noLabText(id.value), EXIT.failed);
  await tell(openLab(id.value), io.stdout);
  return EXIT.done;
};

const list: Verb = async (args, io) => {
  const parsed = parseArguments(args, {}, { atLeast: 0, atMost: 0 });
  if (!parsed.ok) return problem(io, parsed.error);
  for (const id of await listLabs()) io.stdout.write(`${id}\n`);
  return EXIT.done;
};

const down: Verb = async (args, io) => {
  const parsed = parseArguments(args, { id: { type: "string" }, all: { type: "boolean" } }, { atLeast: 0, atMost: 1 });
  if (!parsed.ok) return problem(io, parsed.error);
  const { flags, values, operands } = parsed.value;
  const id = idOf(values.get("id"), ...operands);
  if (!id.ok) return problem(io, id.error);
  const there = await listLabs();
  if (!flags.has("all") && !there.includes(id.value)) return problem(io, noLabText(id.value), EXIT.failed);
  for (const one of flags.has("all") ? there : [id.value]) await removeLab(one);
  return EXIT.done;
};

const verbs: Readonly<Record<string, Verb>> = { up, exec, move, status, list, down };

export const command: Command = {
  name: "lab",
  summary: "build, use and remove the network lab",
  usage,
  ownArguments: (args) => (args[0] === "exec" ? args.slice(0, 3) : args),
  run: async ([name, ...args], io) => {
    const verb = name !== undefined && Object.hasOwn(verbs, name) ? verbs[name] : undefined;
    if (verb !== undefined) return verb(args, io);
    const what = name === undefined ? "a verb is missing" : `unknown verb '${name}'`;
    return problem(io, `${what}: up, exec, move, status, list or down`);
  },
};
