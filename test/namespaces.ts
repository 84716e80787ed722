import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";

/** Network namespaces of one test file; their names start with a prefix and the process that made them. */
export interface Namespaces extends Disposable {
  /** Makes a namespace with its loopback up. */
  add(label: string): string;
  /** Runs `ip -n NAMESPACE …`. */
  ip(namespace: string, ...args: string[]): string;
  /** Runs a program inside. @throws when it fails */
  run(namespace: string, program: string, ...args: string[]): string;
  /** Joins two namespaces by a veth pair, both ends up and usable at once (no duplicate address detection). */
  join(a: { namespace: string; device: string }, b: { namespace: string; device: string }): void;
}

const run = (program: string, args: string[]): string =>
  execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const isAlive = (process: string): boolean => existsSync(`/proc/${process}`);

/** Deletes what a test that was killed left behind. */
const deleteLeftovers = (prefix: string): void => {
  if (!existsSync("/run/netns")) return;
  for (const name of readdirSync("/run/netns")) {
    const owner = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isAlive(owner)) run("ip", ["netns", "delete", name]);
  }
};

/** @param prefix letters of the test file's own; namespaces are deleted when disposed of and when the process ends */
export const createNamespaces = (prefix: string): Namespaces => {
  deleteLeftovers(prefix);
  const names: string[] = [];
  const deleteAll = () => {
    for (const name of names.splice(0)) run("ip", ["netns", "delete", name]);
  };
  process.once("exit", deleteAll);
  const ip = (namespace: string, ...args: string[]) => run("ip", ["-n", namespace, ...args]);
  const inside = (namespace: string, program: string, ...args: string[]) =>
    run("ip", ["netns", "exec", namespace, program, ...args]);
  return {
    add: (label) => {
      const name = `${prefix}${process.pid}-${label}`;
      run("ip", ["netns", "add", name]);
      names.push(name);
      ip(name, "link", "set", "lo", "up");
      return name;
    },
    ip,
    run: inside,
    join: (a, b) => {
      run("ip", [
        "link",
        "add",
        a.device,
        "netns",
        a.namespace,
        "type",
        "veth",
        "peer",
        "name",
        b.device,
        "netns",
        b.namespace,
      ]);
      for (const { namespace, device } of [a, b]) {
        inside(namespace, "sh", "-c", `echo 0 > /proc/sys/net/ipv6/conf/${device}/accept_dad`);
        inside(namespace, "sh", "-c", `echo 0 > /proc/sys/net/ipv6/conf/${device}/router_solicitations`);
        ip(namespace, "link", "set", device, "up");
      }
    },
    [Symbol.dispose]: () => {
      process.off("exit", deleteAll);
      deleteAll();
    },
  };
};
