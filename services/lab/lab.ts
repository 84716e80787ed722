import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  bridgeOf,
  namesOf,
  nodeCommands,
  nodeSysctls,
  portCommands,
  portOf,
  radvdConfig,
  switchCommands,
} from "./network-commands.ts";
import { type Finished, finish, mustFinish, poll } from "./run.ts";
import { homeNetwork, type NodeSpec, type Topology } from "./topology.ts";

/** A program running on a node of the lab. */
export interface LabProcess {
  readonly node: string;
  readonly name: string;
  readonly pid: number;
  /** Its standard output and error. */
  readonly logFile: string;
  /** True until its end has been seen. */
  readonly running: boolean;
  /** Its exit code, or the number of the signal that ended it plus 128. */
  readonly ended: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

/** When a node's power went, as the clock of the probes (CLOCK_REALTIME) has it, in milliseconds. */
export interface PowerOff {
  readonly at: number;
  /** How long it took to kill all processes and to cut all links, in milliseconds. */
  readonly took: number;
  readonly killed: number;
}

/**
 * A network of namespaces on this machine. Everything of it bears the id in its name, so that several exist side by side
 * and any of them can be removed later, also by another process. Needs root.
 */
export interface Lab {
  readonly id: string;
  /** Config files, logs, records and state of the lab's programs. */
  readonly directory: string;
  readonly topology: Topology;
  namespace(node: string): string;
  /** Command line that runs `argv` on a node. */
  inside(node: string, argv: readonly string[]): string[];
  /** Runs a program on a node to its end. */
  run(node: string, argv: readonly string[]): Promise<Finished>;
  /** Starts a program on a node; it goes on when this process ends. */
  start(node: string, name: string, argv: readonly string[]): Promise<LabProcess>;
  /**
   * Pulls a device's cable out and plugs it into another link: it has no carrier for `CARRIER_LOSS` milliseconds.
   * @returns when it was pulled out, by the clock of the probes (CLOCK_REALTIME), in milliseconds
   */
  move(node: string, device: string, link: string): Promise<number>;
  /**
   * Kills all processes of a node and cuts its links in one instant. What its kernel had is removed with the lab: to take down
   * very many routes keeps the one kernel of all nodes busy just when they have to act. Files it has written stay.
   */
  powerOff(node: string): Promise<PowerOff>;
  /** Makes a node that is off anew, as at the start; its programs are not started. */
  powerOn(node: string): Promise<void>;
  /** Ends all processes of the lab and removes its namespaces; the folder too unless `keepFiles`. Never throws for what is gone. */
  down(options?: { readonly keepFiles?: boolean }): Promise<void>;
}

/** A person needs longer to replug a cable; a radio about so long. Milliseconds. */
const CARRIER_LOSS = 10;

/** Folder of the native programs; `deploy/setup/build-lab` makes them. */
export const nativeProgram = (
  name: "udp-probe" | "fan-probe" | "tcp-probe" | "power-off" | "replug" | "link-relay" | "clock-step.so",
): string => {
  const path = fileURLToPath(new URL(`./native/build/${name}`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: run deploy/setup/build-lab (npm run setup does it too)`);
  return path;
};

const labsDirectory = (): string => join(tmpdir(), "roam6-lab");

/** Names of namespaces, devices and the lab's folder are made of it. */
export const isLabId = (text: string): boolean => /^[a-z0-9]{1,12}$/.test(text);

/** The lab's folder, which goes with the lab: what is no id leads to no folder. */
const directoryOf = (id: string): string => {
  if (!isLabId(id)) throw new Error(`a lab's id is 1 to 12 of [a-z0-9], not '${id}'`);
  return join(labsDirectory(), id);
};

const batch = (namespace: string, lines: readonly string[]): Promise<string> =>
  mustFinish(["ip", "-6", "-n", namespace, "-batch", "-"], `${lines.join("\n")}\n`);

const namespacesOf = async (id: string): Promise<string[]> => {
  const listed = await readdir("/run/netns").catch(() => []);
  return listed.filter((name) => name.startsWith(`roam6-${id}-`));
};

/** Whether the network of a lab is there. */
export const isRaised = (id: string): boolean => existsSync(`/run/netns/${namesOf(id).switchNamespace}`);

/** What to say, and what to do, where it is not. */
export const noLabText = (id: string): string =>
  `there is no lab '${id}'; 'roam6 lab list' names those of this machine, 'roam6 lab up --id ${id}' raises it`;

/** Ids of all labs on this machine, whoever made them. */
export const listLabs = async (): Promise<string[]> => {
  const listed = await readdir("/run/netns").catch(() => []);
  const ids = listed.flatMap((name) => /^roam6-(?<id>[a-z0-9]+)-[a-z0-9]+$/.exec(name)?.groups?.["id"] ?? []);
  const folders = await readdir(labsDirectory()).catch(() => []);
  return [...new Set([...ids, ...folders])].filter(isLabId).sort();
};

const processesOf = async (namespace: string): Promise<number[]> => {
  const { stdout } = await finish(["ip", "netns", "pids", namespace]);
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [Number(line)]));
};

const signal = (pid: number, name: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
};

const killAll = async (namespace: string): Promise<void> => {
  await poll(
    async () => {
      const pids = await processesOf(namespace);
      for (const pid of pids) signal(pid, "SIGKILL");
      return pids.length === 0 ? true : undefined;
    },
    { deadline: 3000 },
  );
};

/** Removes the lab `id`, whatever is left of it; what is not there is no error. */
export const removeLab = async (id: string, options: { readonly keepFiles?: boolean } = {}): Promise<void> => {
  const directory = directoryOf(id);
  const namespaces = await namespacesOf(id);
  await Promise.all(namespaces.map(killAll));
  // Ports first, from the switch: a namespace that dies removes its devices later, on its own time.
  for (const namespace of namespaces.sort((a, b) => Number(b.endsWith("-switch")) - Number(a.endsWith("-switch")))) {
    await finish(["ip", "netns", "del", namespace]);
  }
  if (options.keepFiles !== true) await rm(directory, { recursive: true, force: true });
};

/** Removes labs whose maker is dead and did not ask to keep them. */
const removeDeadLabs = async (): Promise<void> => {
  for (const id of await listLabs()) {
    const maker = Number(await readFile(join(directoryOf(id), "maker"), "utf8").catch(() => "0"));
    if (maker > 0 && !signal(maker, 0)) await removeLab(id);
  }
};

const startProcess = (
  argv: readonly string[],
  about: { node: string; name: string; logFile: string },
): Promise<LabProcess> =>
  new Promise((resolve, reject) => {
    const log = openSync(about.logFile, "a");
    const [program = "", ...args] = argv;
    const child = spawn(program, args, { detached: true, stdio: ["ignore", log, log] });
    closeSync(log);
    child.on("error", reject);
    const ended = new Promise<number>((end) => {
      child.on("exit", (code, name) => end(code ?? 128 + (name === "SIGKILL" ? 9 : 15)));
    });
    child.on("spawn", () => {
      child.unref();
      const pid = child.pid ?? 0;
      resolve({
        ...about,
        pid,
        get running() {
          return child.exitCode === null && child.signalCode === null;
        },
        ended,
        kill: (name) => {
          // From here on somebody waits for its end.
          child.ref();
          if (child.exitCode === null && child.signalCode === null) signal(pid, name);
        },
      });
    });
  });

/** Not every kernel has RFC 4429, nor a limit of TCP's retransmission timeout. */
const OPTIONAL_SYSCTLS = /optimistic|tcp_rto_max_ms/;

/** Gives the namespace of a node that is off, and its ports, other names: they go with the lab. @returns how many of it there are */
const putAside = async (id: string, node: NodeSpec): Promise<number> => {
  const names = namesOf(id);
  const namespace = names.namespace(node.name);
  const before = (await namespacesOf(id)).filter((name) => name.startsWith(`${namespace}off`)).length;
  const aside = `/run/netns/${namespace}off${before + 1}`;
  await writeFile(aside, "");
  const bound = await finish(["mount", "--bind", `/run/netns/${namespace}`, aside]);
  if (bound.code !== 0) {
    await rm(aside, { force: true });
    throw new Error(`the namespace of ${node.name} cannot be put aside: ${bound.stderr.trim()}`);
  }
  await mustFinish(["ip", "netns", "del", namespace]);
  for (const [at, device] of node.devices.entries()) {
    const port = portOf(node.name, device.name);
    const other = `off${before + 1}-${node.name}-${at}`;
    const renamed = await finish(["ip", "-n", names.switchNamespace, "link", "set", port, "nomaster", "name", other]);
    // Before Linux 6.2 only a device that is down can be given another name.
    if (renamed.code !== 0)
      await batch(names.switchNamespace, [`link set ${port} nomaster down`, `link set ${port} name ${other}`]);
  }
  return before + 1;
};

/** @param life how often it was made before */
const buildNode = async (
  id: string,
  topology: Topology,
  node: NodeSpec,
  directory: string,
  life = 0,
): Promise<void> => {
  const names = namesOf(id);
  const namespace = names.namespace(node.name);
  await mustFinish(["ip", "netns", "add", namespace]);
  await batch(names.switchNamespace, portCommands(names, topology, node, life));
  const settings = nodeSysctls(node).map((line) => {
    const [key = "", value = ""] = line.split("=");
    const file = `/proc/sys/net/${key.replaceAll(".", "/")}`;
    return OPTIONAL_SYSCTLS.test(key) ? `[ ! -e ${file} ] || echo ${value} >${file}` : `echo ${value} >${file}`;
  });
  await mustFinish(["ip", "netns", "exec", namespace, "sh", "-e"], `${settings.join("\n")}\n`);
  await batch(namespace, nodeCommands(node));
  if (node.advertisements.length > 0) {
    const config = join(directory, node.name, "radvd.conf");
    await writeFile(config, radvdConfig(node));
    const pidFile = join(directory, node.name, "radvd.pid");
    await startProcess(["ip", "netns", "exec", namespace, "radvd", "-n", "-C", config, "-p", pidFile, "-m", "stderr"], {
      node: node.name,
      name: "radvd",
      logFile: join(directory, node.name, "radvd.log"),
    });
  }
};

/** Builds a lab and starts the routers' radvd; what an earlier one of this id left behind is removed first. */
export const raiseLab = async (
  options: {
    /** Letters and digits; default: made up. */
    readonly id?: string;
    readonly topology?: Topology;
    /** The lab stays when this process dies; otherwise the next one that is raised removes it. */
    readonly lasting?: boolean;
  } = {},
): Promise<Lab> => {
  const id = options.id ?? `t${randomBytes(3).toString("hex")}`;
  const topology = options.topology ?? homeNetwork;
  const lab = openLab(id, topology);
  if (process.getuid?.() !== 0) throw new Error("the lab makes network namespaces and needs root");
  await removeDeadLabs();
  await removeLab(id);
  for (const { name } of topology.nodes) await mkdir(join(lab.directory, name), { recursive: true });
  await writeFile(join(lab.directory, "maker"), options.lasting === true ? "0" : String(process.pid));
  try {
    await mustFinish(["ip", "netns", "add", namesOf(id).switchNamespace]);
    await batch(namesOf(id).switchNamespace, switchCommands(topology));
    for (const node of topology.nodes) await buildNode(id, topology, node, lab.directory);
  } catch (error) {
    await removeLab(id);
    throw error;
  }
  return lab;
};

/** A lab that was raised before, also by another process. */
export const openLab = (id: string, topology: Topology = homeNetwork): Lab => {
  const names = namesOf(id);
  const directory = directoryOf(id);
  const specOf = (node: string): NodeSpec => {
    const spec = topology.nodes.find(({ name }) => name === node);
    if (spec === undefined) throw new RangeError(`the lab has no node '${node}'`);
    return spec;
  };
  const inside = (node: string, argv: readonly string[]): string[] => [
    "ip",
    "netns",
    "exec",
    names.namespace(specOf(node).name),
    ...argv,
  ];
  return {
    id,
    directory,
    topology,
    namespace: names.namespace,
    inside,
    run: (node, argv) => finish(inside(node, argv)),
    start: async (node, name, argv) => {
      await mkdir(join(directory, node), { recursive: true });
      return startProcess(inside(node, argv), { node, name, logFile: join(directory, node, `${name}.log`) });
    },
    move: async (node, device, link) => {
      const others = topology.links.filter(({ name }) => name !== link);
      const printed = await mustFinish([
        nativeProgram("replug"),
        `/run/netns/${names.switchNamespace}`,
        portOf(specOf(node).name, device),
        String(CARRIER_LOSS),
        bridgeOf(link),
        ...others.map(({ name }) => bridgeOf(name)),
      ]);
      const { outNs }: { outNs: string } = JSON.parse(printed);
      return Number(outNs) / 1e6;
    },
    powerOff: async (node) => {
      const ports = specOf(node).devices.map((device) => portOf(node, device.name));
      const file = (namespace: string): string => `/run/netns/${namespace}`;
      const printed = await mustFinish([
        nativeProgram("power-off"),
        file(names.namespace(node)),
        file(names.switchNamespace),
        ...ports,
      ]);
      const { startNs, endNs, killed }: { startNs: string; endNs: string; killed: number } = JSON.parse(printed);
      return { at: Number(startNs) / 1e6, took: Number(BigInt(endNs) - BigInt(startNs)) / 1e6, killed };
    },
    powerOn: async (node) => {
      const spec = specOf(node);
      await buildNode(id, topology, spec, directory, await putAside(id, spec));
    },
    down: (downOptions) => removeLab(id, downOptions),
  };
};
