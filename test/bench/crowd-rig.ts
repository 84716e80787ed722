import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { askControl } from "#control/client.ts";
import { askSim } from "#crowd/control-requests.ts";
import type { SimReport, SimSet, SimStatus } from "#crowd/report.ts";
import { ip } from "./home-agent-rig.ts";

const main = fileURLToPath(new URL("../../services/cli/main.ts", import.meta.url));
const MASTER_KEY = "5a".repeat(32);
const TICKS_PER_SECOND = 100;

/** `roam6 ha` with a nats-server of its own and `roam6 sim`, each in a namespace, on one link. */
export interface CrowdRig extends AsyncDisposable {
  status(): Promise<SimStatus>;
  set(change: SimSet): Promise<void>;
  report(): Promise<SimReport>;
  /** Processor time used so far, seconds. */
  spent(): Promise<{ readonly homeAgent: number; readonly nats: number; readonly crowd: number }>;
}

/** User and system time of a process, from /proc (proc(5)), seconds. */
const processorTime = async (pid: number): Promise<number> => {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
};

const childrenOf = async (pid: number): Promise<number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text.split(" ").filter(Boolean).map(Number);
};

/** Asks until there is an answer. */
const ask = async <T>(question: () => Promise<T | undefined>, limit = 60_000): Promise<T> => {
  const deadline = performance.now() + limit;
  for (;;) {
    const answer = await question();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`no answer within ${limit} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** @param count home addresses */
export const openCrowdRig = async (options: {
  readonly count: number;
  readonly duplicateAddressDetection: "normal" | "off";
}): Promise<CrowdRig> => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "roam6-crowd-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const here = `bsha${process.pid}`;
  const there = `bsmn${process.pid}`;
  for (const name of [here, there]) {
    ip("netns", "add", name);
    stack.defer(() => ip("netns", "del", name));
    ip("-n", name, "link", "set", "lo", "up");
  }
  ip("link", "add", "home0", "netns", here, "type", "veth", "peer", "name", "eth0", "netns", there);
  ip("netns", "exec", here, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
  for (const [name, device, own] of [
    [here, "home0", "2001:db8:1::11/64"],
    [there, "eth0", "2001:db8:1::fe/64"],
  ] as const) {
    ip("-n", name, "address", "add", own, "dev", device, "nodad");
    ip("-n", name, "link", "set", device, "up");
  }
  ip("-n", here, "route", "add", "2001:db8:c0::/48", "via", "2001:db8:1::fe");
  ip("-n", there, "route", "add", "2001:db8:c0::/48", "dev", "lo", "metric", "1024");
  const homeAddresses = { first: "2001:db8:1::1:0:0", count: options.count };
  const sockets = { agent: join(folder, "ha.sock"), crowd: join(folder, "sim.sock") };
  const files = { agent: join(folder, "ha.yaml"), crowd: join(folder, "sim.yaml") };
  await writeFile(
    files.agent,
    stringify({
      node: "bench",
      homeLink: {
        device: "home0",
        prefix: "2001:db8:1::/64",
        duplicateAddressDetection: options.duplicateAddressDetection,
        routerAdvertisements: { enabled: false },
      },
      instances: [{ name: "a", number: 1, address: "2001:db8:1::a1" }],
      mobileNodes: [{ homeAddresses, spi: 256, masterKey: MASTER_KEY }],
      control: { socket: sockets.agent },
      stateDirectory: join(folder, "state"),
      log: { level: "warn" },
    }),
  );
  await writeFile(
    files.crowd,
    stringify({
      homeAgents: [{ name: "a", address: "2001:db8:1::a1" }],
      homeAddresses,
      spi: 256,
      masterKey: MASTER_KEY,
      careOfPrefix: "2001:db8:c0::/48",
      mobileNodes: 0,
      lifetime: 3600,
      control: { socket: sockets.crowd },
    }),
  );
  const start = (namespace: string, args: readonly string[]) => {
    const child = spawn("ip", ["netns", "exec", namespace, process.execPath, main, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
    stack.defer(async () => {
      child.kill("SIGKILL");
      await ended;
    });
    return child.pid ?? 0;
  };
  const agent = start(here, ["ha", "-c", files.agent]);
  // What it has started ends with its namespace's processes.
  stack.defer(async () => {
    for (const child of await childrenOf(agent)) process.kill(child, "SIGKILL");
  });
  await ask(async () => {
    const status = await askControl(sockets.agent, { command: "instances" });
    return status.ok && JSON.stringify(status.value).includes('"owner"') ? true : undefined;
  });
  const crowd = start(there, ["sim", "-c", files.crowd, "--keep"]);
  await ask(() => askSim.status(sockets.crowd));
  const nats = await ask(async () => {
    for (const child of await childrenOf(agent)) {
      const name = await readFile(`/proc/${child}/comm`, "utf8").catch(() => "");
      if (name.startsWith("nats-server")) return child;
    }
    return undefined;
  });
  const owned = stack.move();
  return {
    status: () => ask(() => askSim.status(sockets.crowd)),
    set: async (change) => void (await ask(() => askSim.set(sockets.crowd, change))),
    report: () => ask(() => askSim.report(sockets.crowd)),
    spent: async () => ({
      homeAgent: await processorTime(agent),
      nats: await processorTime(nats),
      crowd: await processorTime(crowd),
    }),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
};
