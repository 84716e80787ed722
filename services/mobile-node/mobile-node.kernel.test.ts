import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askControl } from "#control/client.ts";
import { readStatus } from "#control/report-schemas.ts";
import {
  address,
  formatAddress,
  inPrefix,
  isUnspecified,
  linkLocalOf,
  type MacAddress,
  parseMac,
  parsePrefix,
} from "#ipv6/address.ts";
import { createClock } from "#linux/clock.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { createPackets } from "#linux/packets.ts";
import { createNamespaces } from "#test/namespaces.ts";
import { until } from "#test/poll.ts";
import { createScriptedHomeAgent, routerAdvertisement } from "#test/scripted-home-agent.ts";

const HOME = "2001:db8:1::100";
const KEY = "000102030405060708090a0b0c0d0e0f";
const LINKS = { home: "2001:db8:1::/64", f1: "2001:db8:f1::/64", f2: "2001:db8:f2::/64" } as const;
type LinkName = keyof typeof LINKS;

const prefixOf = (link: LinkName) => {
  const parsed = parsePrefix(LINKS[link]);
  if (!parsed.ok) throw new RangeError(link);
  return parsed.value;
};

/**
 * Two namespaces: `mn` with the real program, and `net`, where each link is a bridge whose own end is the router and, on the
 * home link, the scripted home agent. The mobile node's cable is moved between the bridges.
 */
const openNet = async () => {
  const cleanup = new AsyncDisposableStack();
  const namespaces = cleanup.use(createNamespaces("mnod"));
  const directory = mkdtempSync(join(tmpdir(), "roam6-mn-"));
  cleanup.defer(() => rmSync(directory, { recursive: true, force: true }));
  const [mn, net] = [namespaces.add("mn"), namespaces.add("net")];
  const set = (namespace: string, name: string, value: number) =>
    namespaces.run(namespace, "sh", "-c", `echo ${value} > /proc/sys/net/ipv6/${name}`);
  set(net, "conf/all/forwarding", 1);
  for (const [at, link] of Object.keys(LINKS).entries()) {
    // An address of its own: else a bridge takes that of its first port.
    const own = `02:00:00:00:0a:0${at}`;
    namespaces.ip(net, "link", "add", link, "address", own, "type", "bridge", "mcast_snooping", "0");
    set(net, `conf/${link}/accept_dad`, 0);
    namespaces.ip(net, "link", "set", link, "up");
  }
  namespaces.ip(net, "address", "add", "2001:db8:1::a1/64", "dev", "home", "nodad");
  for (const link of ["f1", "f2"])
    namespaces.ip(net, "address", "add", `2001:db8:${link}::fe/64`, "dev", link, "nodad");
  namespaces.join({ namespace: mn, device: "eth0" }, { namespace: net, device: "cable" });
  namespaces.ip(net, "link", "set", "cable", "down");
  // As a person would set a fast mobile node up: optimistic duplicate address detection (RFC 4429).
  for (const [name, value] of [
    ["accept_dad", 1],
    ["accept_ra", 1],
    ["optimistic_dad", 1],
    ["use_optimistic", 1],
  ] as const)
    set(mn, `conf/eth0/${name}`, value);

  const macOf = (link: LinkName): MacAddress => {
    const text = /link\/ether (\S+)/.exec(namespaces.ip(net, "-o", "link", "show", "dev", link))?.[1] ?? "";
    const parsed = parseMac(text);
    if (!parsed.ok) throw new Error(`no address on ${link}`);
    return parsed.value;
  };
  const opened = createPackets({ namespace: net });
  if (!opened.ok) throw new Error(opened.error.message);
  const packets = cleanup.use(opened.value);
  const clock = createClock();
  const neighborDiscovery = cleanup.use(createNeighborDiscovery({ packets, clock }));
  /** When routers advertised last, and how long after that a care-of address was first probed; milliseconds. */
  let advertisedAt = 0;
  const probedAfter: number[] = [];
  const advertise = (link: LinkName) => {
    advertisedAt = performance.now();
    const mac = macOf(link);
    packets.send([routerAdvertisement(linkLocalOf(mac), mac, prefixOf(link))], { device: link });
  };
  for (const link of ["home", "f1", "f2"] as const) {
    const tap = packets.openTap({
      device: link,
      filter: { kind: "icmpv6", types: [133] },
      promiscuousMulticast: true,
      ignoreOutgoing: true,
      onPackets: () => advertise(link),
    });
    if (!tap.ok) throw new Error(tap.error.message);
    cleanup.use(tap.value);
  }
  for (const link of ["f1", "f2"] as const) {
    const tap = packets.openTap({
      device: link,
      filter: { kind: "icmpv6", types: [135] },
      promiscuousMulticast: true,
      ignoreOutgoing: true,
      onPackets: (batch) => {
        for (const { bytes } of batch)
          if (isUnspecified(bytes.subarray(8, 24)) && inPrefix(bytes.subarray(48, 64), prefixOf(link)))
            probedAfter.push(performance.now() - advertisedAt);
      },
    });
    if (!tap.ok) throw new Error(tap.error.message);
    cleanup.use(tap.value);
  }
  const homeAgent = createScriptedHomeAgent({
    packets,
    neighborDiscovery,
    device: "home",
    linkLayerAddress: macOf("home"),
    homeAgent: address("2001:db8:1::a1"),
    homeAddress: address(HOME),
    key: Uint8Array.from({ length: 16 }, (_, i) => i),
    clock,
  });
  const advertisements: string[] = [];
  const heard = packets.openTap({
    device: "home",
    filter: { kind: "icmpv6", types: [136] },
    ignoreOutgoing: true,
    promiscuousMulticast: true,
    onPackets: (batch) => {
      for (const { bytes } of batch)
        advertisements.push(
          `${formatAddress(bytes.subarray(24, 40))} ${formatAddress(bytes.subarray(48, 64))} ${(bytes[44] ?? 0).toString(16)}`,
        );
    },
  });
  if (!heard.ok) throw new Error(heard.error.message);
  cleanup.use(heard.value);
  return {
    mn,
    directory,
    homeAgent,
    advertisements,
    probedAfter,
    setOptimistic: (isOptimistic: boolean) => {
      for (const name of ["optimistic_dad", "use_optimistic"]) set(mn, `conf/eth0/${name}`, isOptimistic ? 1 : 0);
    },
    advertise,
    ip: (...args: string[]) => namespaces.ip(mn, ...args),
    plug: (link: LinkName | undefined) => {
      namespaces.ip(net, "link", "set", "cable", "down");
      namespaces.ip(net, "link", "set", "cable", "nomaster");
      if (link === undefined) return;
      namespaces.ip(net, "link", "set", "cable", "master", link);
      namespaces.ip(net, "link", "set", "cable", "up");
    },
    /** Another bridge, and the carrier stays. */
    move: (link: LinkName) => namespaces.ip(net, "link", "set", "cable", "master", link),
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
};

let net: Awaited<ReturnType<typeof openNet>>;
let program: ChildProcess | undefined;
let log = "";

const start = async (changes: object = {}): Promise<void> => {
  const file = join(net.directory, "mn.json");
  const config = {
    homeAddress: HOME,
    homePrefix: LINKS.home,
    homeAgent: "2001:db8:1::a1",
    devices: ["eth0"],
    authentication: { spi: 256, key: KEY },
    control: { socket: join(net.directory, "mn.sock") },
    log: { level: "debug" },
    ...changes,
  };
  writeFileSync(file, JSON.stringify(config));
  log = "";
  const child = spawn("ip", ["netns", "exec", net.mn, process.execPath, "services/cli/main.ts", "mn", "-c", file], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  child.stderr.on("data", (chunk: Uint8Array) => {
    log += new TextDecoder().decode(chunk);
  });
  program = child;
  await until(() => log.includes('"msg":"ready"') || child.exitCode !== null, 15_000);
};

const status = async () => {
  const answer = await askControl(join(net.directory, "mn.sock"), { command: "status" });
  const report = answer.ok ? readStatus(answer.value) : undefined;
  // The details are the mobile node's own.
  return report?.ok === true ? (report.value.mobility as unknown as Record<string, unknown>) : {};
};

const reaches = (state: string, within?: number) => until(async () => (await status())["state"] === state, within);

const stop = async (): Promise<number | null> => {
  const child = program;
  program = undefined;
  if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  return ended;
};

beforeEach(async () => {
  net = await openNet();
});

afterEach(async ({ task }) => {
  await stop();
  if (task.result?.state === "fail") process.stderr.write(`${log}\n`);
  await net[Symbol.asyncDispose]();
});

describe("roam6 mn on the native kernel", () => {
  it("registers, moves and returns home (S-7-01, R-11.7.1-01, R-11.5.4-02, R-11.5.5-01, R-11.5.5-13)", async () => {
    net.plug("f1");
    await start();
    await reaches("registered");
    const first = await status();
    expect(first).toMatchObject({ atHome: false, device: "eth0", lastMove: { type: "HL to FL" } });
    expect(net.homeAgent.binding()).toBe(first["careOfAddress"]);
    expect(net.homeAgent.updates.at(-1)?.authentic).toBe(true);
    // S-4-06: the rules of a mobile node with a binding.
    await until(() => net.ip("-6", "rule").includes(`from ${HOME} lookup 252`));
    expect(net.ip("-6", "rule")).toContain("1001:");
    expect(net.ip("-o", "-6", "address", "show", "dev", "eth0")).not.toContain(HOME);

    net.plug("f2");
    await until(async () => String((await status())["careOfAddress"]).startsWith("2001:db8:f2:"));
    await reaches("registered");
    expect(net.homeAgent.binding()).toBe((await status())["careOfAddress"]);
    expect(net.ip("-o", "-6", "address", "show", "dev", "eth0")).not.toContain("2001:db8:f1:");

    net.plug("home");
    await reaches("at home");
    expect(net.homeAgent.binding()).toBeUndefined();
    expect(net.homeAgent.updates.at(-1)?.packet.homeAddress).toBeUndefined();
    expect(net.ip("-o", "-6", "address", "show", "dev", "eth0")).toContain(HOME);
    expect(net.ip("-6", "rule")).not.toContain("1001:");
    // Multicast to all nodes, Override without Solicited.
    await until(() => net.advertisements.includes(`ff02::1 ${HOME} 20`));

    net.plug("f1");
    await reaches("registered");
    expect((await status())["lastMove"]).toMatchObject({ type: "HL to FL" });
  });

  /** How long after the router's advertisement each of some new care-of addresses is probed first; ms, in growing order. */
  const probesOf = async (moves: number, changes: object = {}): Promise<readonly number[]> => {
    net.plug("f1");
    await start(changes);
    for (let i = 1; i <= moves; i++) {
      await until(() => net.probedAfter.length >= i);
      await reaches("registered");
      if (i < moves) net.plug(i % 2 === 0 ? "f1" : "f2");
    }
    return net.probedAfter.toSorted((a, b) => a - b);
  };

  it("begins duplicate address detection of a care-of address at once (R-11.5.3-05)", async () => {
    const sorted = await probesOf(9);
    expect(sorted[4]).toBeLessThan(200);
  });

  it("begins it after a random delay of up to 1 s where optimistic detection is off (R-11.5.3-06)", async () => {
    net.setOptimistic(false);
    const sorted = await probesOf(5, { duplicateAddressDetection: "normal" });
    expect(sorted.at(-1)).toBeGreaterThan(200);
  });

  it("notices a move that the carrier does not show (RFC 6275 §11.5.1)", async () => {
    net.plug("f1");
    await start();
    await reaches("registered");
    net.move("f2");
    net.advertise("f2");
    await until(async () => String((await status())["careOfAddress"]).startsWith("2001:db8:f2:"));
    await reaches("registered");
  });

  it("survives a home agent that does not answer, and interfaces that flap", async () => {
    net.homeAgent.script.silent = true;
    net.plug("f1");
    await start();
    await until(() => net.homeAgent.updates.length >= 2);
    for (let i = 0; i < 5; i++) net.plug(i % 2 === 0 ? "f2" : "f1");
    net.plug(undefined);
    await reaches("nowhere");
    net.homeAgent.script.silent = false;
    net.plug("f2");
    await reaches("registered", 20_000);
  });

  it("gives the host its ordinary networking back at the end", async () => {
    net.plug("f1");
    const before = net.ip("-6", "rule");
    await start();
    await reaches("registered");
    expect(await stop()).toBe(0);
    expect(net.ip("-6", "rule")).toBe(before);
    expect(net.ip("-o", "-6", "address", "show")).not.toContain(HOME);
  });

  it("keeps its key out of the log", async () => {
    net.plug("f1");
    await start();
    await reaches("registered");
    expect(log).not.toContain(KEY);
    expect(readFileSync(join(net.directory, "mn.json"), "utf8")).toContain(KEY);
  });
});
