import { spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { type Command, type CommandIo, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import type { BindingReport, InstanceReport } from "#control/reports.ts";
import { isLabId, type Lab, listLabs, openLab, raiseLab, removeLab } from "./lab.ts";
import { writeConfigs } from "./program-configs.ts";
import { ask, askBindings, startProgram } from "./programs.ts";
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

  up      builds it and starts roam6 on the home agents, the mobile node and the correspondent (--bare: only the network)
  exec    runs a command on a node: core hr fr1 fr2 ha1 ha2 ha3 nb cn mn crowd
  move    takes the mobile node off its link and plugs it into another: home f1 f2
  status  tells who owns which instance, and the bindings
  list    names the labs of this machine
  down    ends all processes of the lab and removes it (--all: of every lab)
`;

const problem = (io: CommandIo, text: string, code: number): number => {
  io.stderr.write(`roam6 lab: ${text}\n`);
  return code;
};

const noId = (id: string, io: CommandIo): number =>
  problem(io, `a lab's id is 1 to 12 of [a-z0-9], not '${id}'`, EXIT.usage);

const up = async (id: string, bare: boolean, io: CommandIo): Promise<number> => {
  const lab = await raiseLab({ id, lasting: true });
  await writeConfigs(lab, "auto");
  const nodes = bare ? [] : [...LAB.homeAgents.map(({ node }) => node), "cn", "mn"];
  for (const node of nodes) await startProgram(lab, node);
  io.stdout.write(`lab ${id} is up; logs and configs: ${lab.directory}\n`);
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

const instanceLine = (node: string, one: InstanceReport): string =>
  `${node}  instance ${one.name}  ${one.role.padEnd(8)}  term ${one.term}  epoch ${one.epoch}  ${one.level ? "level" : "not level"}  ${one.bindings} bindings`;

const bindingLine = (node: string, one: BindingReport): string =>
  `${node}  ${one.homeAddress} at ${one.careOfAddress}  ${one.state}  sequence ${one.sequence}  ${one.remainingSeconds} s left`;

const status = async (lab: Lab, out: Writable): Promise<number> => {
  const mobile = await ask(lab, "mn", "status");
  out.write(`mn   ${mobile === undefined ? "no answer" : JSON.stringify(mobile.mobility)}\n`);
  for (const { node } of LAB.homeAgents) {
    const instances = await ask(lab, node, "instances");
    const bindings = await askBindings(lab, node);
    if (instances === undefined) out.write(`${node}  no answer\n`);
    for (const one of instances?.instances ?? []) out.write(`${instanceLine(node, one)}\n`);
    for (const one of bindings ?? []) out.write(`${bindingLine(node, one)}\n`);
  }
  return EXIT.done;
};

const isMobileLink = (link: string): boolean => ["home", "f1", "f2"].includes(link);

export const command: Command = {
  name: "lab",
  summary: "build, use and remove the network lab",
  usage,
  run: async (args, io) => {
    const [verb, ...rest] = args;
    if (verb === "exec") {
      const [id, node, ...more] = rest;
      const argv = more[0] === "--" ? more.slice(1) : more;
      if (id === undefined || node === undefined || argv.length === 0) {
        return problem(io, "exec needs an id, a node and a command", EXIT.usage);
      }
      if (!isLabId(id)) return noId(id, io);
      return execute(openLab(id), node, argv);
    }
    const parsed = parseArguments(
      rest,
      { id: { type: "string" }, bare: { type: "boolean" }, all: { type: "boolean" } },
      { atLeast: 0, atMost: 2 },
    );
    if (!parsed.ok) return problem(io, parsed.error, EXIT.usage);
    const { flags, values, operands } = parsed.value;
    const id = values.get("id") ?? operands[0] ?? DEFAULT_ID;
    if (!isLabId(id)) return noId(id, io);
    switch (verb) {
      case "up":
        return up(id, flags.has("bare"), io);
      case "down":
        for (const one of flags.has("all") ? await listLabs() : [id]) await removeLab(one);
        return EXIT.done;
      case "list":
        for (const one of await listLabs()) io.stdout.write(`${one}\n`);
        return EXIT.done;
      case "status":
        return status(openLab(id), io.stdout);
      case "move": {
        const link = operands[1] ?? "";
        if (!isMobileLink(link)) return problem(io, "move needs an id and one of the links home, f1, f2", EXIT.usage);
        await openLab(id).move("mn", "eth0", link);
        return EXIT.done;
      }
      default:
        return problem(
          io,
          `${verb === undefined ? "a verb is missing" : `unknown verb '${verb}'`}: up, exec, move, status, list or down`,
          EXIT.usage,
        );
    }
  },
};
