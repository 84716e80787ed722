import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import type { NodeFacts } from "#edge/edge-contract.ts";
import { connectGuard, type GuardLink } from "#edge/guard-client.ts";
import { type GuardOptions, writeGuardOptions } from "#edge/guard-options.ts";
import type { GuardMessage } from "#edge/guard-protocol.ts";
import { address } from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { millis } from "#wire/time.ts";

export const NODES = ["ha1", "ha2", "ha3"] as const;
/**
 * Silence of its main process, in milliseconds, after which a guard takes it for hung: longer than this process, which
 * plays all of them, is ever kept from speaking.
 */
const MAIN_TIMEOUT = 20_000;

export const ip = (...args: string[]): string =>
  execFileSync("ip", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

export const INSTANCE: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: address("2001:db8:1::a1"),
  homePrefix: { address: address("2001:db8:1::"), length: 64 },
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
  device: "home0",
};

/** Network namespaces of one test file: a bridge with a host on it, and three nodes on that link. */
export const spacesOf = (prefix: string) => ({
  bridge: `${prefix}br`,
  node: (name: string) => `${prefix}${name}`,
});
type Spaces = ReturnType<typeof spacesOf>;

/** The pace is slow enough for a busy machine where none is given: rules are tested with it, not paces. */
export interface MainSettings {
  readonly instances?: readonly InstanceSpec[];
  readonly interval?: number;
  readonly missed?: number;
  readonly mainTimeout?: number;
}

/** A main process as far as its guard can tell. */
export const startMain = (
  spaces: Spaces,
  folder: string,
  node: string,
  { instances = [INSTANCE], interval = 50, missed = 4, mainTimeout = MAIN_TIMEOUT }: MainSettings = {},
) => {
  const options: GuardOptions = {
    node,
    socket: join(folder, `${node}.sock`),
    plane: "auto",
    instances: instances.map((spec) => ({ spec, prefer: NODES })),
    peers: NODES.filter((other) => other !== node).map((other) => ({
      node: other,
      address: address(`2001:db8:1::1${other.slice(2)}`),
    })),
    key: new Uint8Array(32).fill(7),
    hello: { port: 5999, interval: millis(interval), missed },
    mainTimeout: millis(mainTimeout),
    startupPatience: millis(10_000),
    commitPatience: millis(1_000),
    logLevel: "error",
  };
  const messages: GuardMessage[] = [];
  const pids: number[] = [];
  const problems: string[] = [];
  const link: GuardLink = connectGuard(options, {
    onMessage: (message) => {
      messages.push(message);
      if (message.type === "welcome") pids.push(message.pid);
    },
    onProblem: (message) => problems.push(message),
    launch: (_, onEnd) => {
      const child = spawn(
        "ip",
        [
          "netns",
          "exec",
          spaces.node(node),
          process.execPath,
          "services/cli/main.ts",
          "guard",
          "--socket",
          options.socket,
        ],
        { detached: true, stdio: ["pipe", "ignore", "inherit"] },
      );
      child.stdin.end(`${writeGuardOptions(options)}\n`);
      child.once("exit", onEnd);
      child.unref();
    },
  });
  const facts = (more: Partial<NodeFacts["instances"][number]> = {}): NodeFacts => ({
    canCommit: true,
    instances: instances.map(({ number }) => ({ number, eligible: true, epoch: 1, lastSequence: 1, ...more })),
  });
  link.tell(facts());
  return {
    link,
    messages,
    problems,
    socket: options.socket,
    facts,
    pid: () => pids.at(-1) ?? 0,
    guards: () => pids.length,
    kill: (signal: NodeJS.Signals) => {
      const pid = pids.at(-1);
      if (pid) process.kill(pid, signal);
    },
  };
};
export type Main = ReturnType<typeof startMain>;

/** One link with a host and all nodes on it. */
export const makeLink = (spaces: Spaces): void => {
  ip("netns", "add", spaces.bridge);
  ip("-n", spaces.bridge, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0");
  ip("-n", spaces.bridge, "link", "set", "br0", "up");
  ip("-n", spaces.bridge, "addr", "add", "2001:db8:1::99/64", "dev", "br0", "nodad");
  for (const node of NODES) {
    const space = spaces.node(node);
    ip("netns", "add", space);
    ip("-n", space, "link", "set", "lo", "up");
    ip("-n", spaces.bridge, "link", "add", node, "type", "veth", "peer", "name", "home0", "netns", space);
    ip("-n", spaces.bridge, "link", "set", node, "master", "br0", "up");
    ip("-n", space, "link", "set", "home0", "up");
    ip("-n", space, "addr", "add", `2001:db8:1::1${node.slice(2)}/64`, "dev", "home0", "nodad");
  }
};

export const removeLink = (spaces: Spaces): void => {
  for (const space of [...NODES.map(spaces.node), spaces.bridge]) ip("netns", "del", space);
};

/** Kills what runs in the namespaces of the nodes: also a guard that was just started, and one that is stopped. */
export const killAll = (spaces: Spaces): void => {
  for (const node of NODES)
    for (const pid of ip("netns", "pids", spaces.node(node)).split("\n").filter(Boolean))
      try {
        process.kill(Number(pid), "SIGKILL");
      } catch {
        // It has ended meanwhile.
      }
};
