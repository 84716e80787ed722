import { execFileSync, spawnSync } from "node:child_process";

/** One network namespace of a test. */
export interface Host {
  /** Name below /run/netns. */
  readonly namespace: string;
  /** Runs a program in it. @throws Error with what it printed when it fails */
  run(program: string, ...args: string[]): string;
  /** Runs a program in it; the exit status and all output. */
  attempt(program: string, ...args: string[]): { readonly status: number; readonly output: string };
}

/** Namespaces joined by links, all deleted at the end. */
export interface Network extends Disposable {
  host(name: string): Host;
  /** Joins two hosts by a veth pair, both ends up. */
  link(a: Host, deviceA: string, b: Host, deviceB: string): void;
}

const text = (output: Buffer): string => output.toString("utf8");

const createHost = (namespace: string): Host => {
  const attempt: Host["attempt"] = (program, ...args) => {
    const done = spawnSync("ip", ["netns", "exec", namespace, program, ...args]);
    return { status: done.status ?? -1, output: text(done.stdout) + text(done.stderr) };
  };
  return {
    namespace,
    attempt,
    run: (program, ...args) => {
      const { status, output } = attempt(program, ...args);
      if (status !== 0) throw new Error(`${namespace}: ${program} ${args.join(" ")}: ${output}`);
      return output;
    },
  };
};

/** @param prefix of the names of all namespaces, with the process number so that two runs do not meet */
export const createNetwork = (prefix: string): Network => {
  const hosts: Host[] = [];
  return {
    host: (name) => {
      const namespace = `${prefix}${process.pid}-${name}`;
      execFileSync("ip", ["netns", "add", namespace]);
      const host = createHost(namespace);
      hosts.push(host);
      host.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0");
      host.run("ip", "link", "set", "lo", "up");
      return host;
    },
    link: (a, deviceA, b, deviceB) => {
      a.run("ip", "link", "add", deviceA, "type", "veth", "peer", "name", deviceB, "netns", b.namespace);
      a.run("ip", "link", "set", deviceA, "up");
      b.run("ip", "link", "set", deviceB, "up");
    },
    [Symbol.dispose]: () => {
      for (const host of hosts) spawnSync("ip", ["netns", "del", host.namespace]);
    },
  };
};
