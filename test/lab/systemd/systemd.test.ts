import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { readBindings, readStatus } from "#control/report-schemas.ts";
import type { StatusReport } from "#control/reports.ts";
import { ping } from "#test/kernel/ping.ts";
import { until } from "#test/poll.ts";
import { enginesAreRequired } from "#test/required.ts";
import { makeFolder, writeHomeAgentConfig } from "#test/trouble/program.ts";
import { bootMachine, type Machine } from "./machine.ts";

const ROAM6 = "/opt/roam6/services/cli/roam6";
const UNIT = "roam6-ha@ha1.service";
const HOME = "2001:db8:1::100";
/** What the mobile node makes of its link-layer address and the foreign link's prefix (RFC 4862 §5.5.3). */
const CARE_OF = "2001:db8:f1::ff:fe00:f1";
const FOREIGN_MAC = "02:00:00:00:00:f1";
const FOREIGN_ROUTER = `interface out0 {
  AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;
  prefix 2001:db8:f1::/64 { AdvOnLink on; AdvAutonomous on; };
};
`;

const root = join(import.meta.dirname, "../../..");
const examples = join(root, "deploy/examples");
const kept = join(root, ".cache/lab/systemd");

const booted = await bootMachine();

/**
 * A home agent host between its home link (a neighbour in the namespace `link`) and a foreign link (the mobile node in the
 * namespace `far`): `deploy/README.md` word for word.
 */
const install = async (machine: Machine): Promise<void> => {
  const { run } = machine;
  const ip = (...args: string[]) => run(["ip", ...args]);
  await using folder = await makeFolder();
  const homeAgent = await writeHomeAgentConfig(folder.path, [
    [["nats"], {}],
    [["control"], undefined],
    [["stateDirectory"], "/var/lib/roam6"],
    [["homeLink", "duplicateAddressDetection"], "off"],
  ]);
  const edge = parseDocument(await readFile(join(examples, "edge.yaml"), "utf8"));
  edge.deleteIn(["cluster"]);
  edge.setIn(["nats"], {});
  edge.setIn(["instances"], [{ name: "a", number: 1, address: "2001:db8:1::a1" }]);
  await run(["install", "-d", "-m", "0750", "/etc/roam6"]);
  const write = (name: string, text: string) => run(["tee", `/etc/roam6/${name}.yaml`], text);
  await write("ha1", await readFile(homeAgent, "utf8"));
  await write("mn", await readFile(join(examples, "mn.yaml"), "utf8"));
  await write("cn", await readFile(join(examples, "cn.yaml"), "utf8"));
  await write("edge1", edge.toString());
  await run(["sh", "-c", "cp /opt/roam6/deploy/systemd/* /etc/systemd/system/"]);
  await run([
    "sh",
    "-c",
    "cp /opt/roam6/deploy/sysctl/* /etc/sysctl.d/ && sysctl -q -e -p /etc/sysctl.d/60-roam6.conf",
  ]);
  // The mobile node and the edge are hosts of their own.
  for (const [unit, namespace] of [
    ["roam6-mn.service", "far"],
    ["roam6-edge@edge1.service", "link"],
  ] as const) {
    await run(["mkdir", `/etc/systemd/system/${unit}.d`]);
    const text = `[Service]\nNetworkNamespacePath=/run/netns/${namespace}\n`;
    await run(["tee", `/etc/systemd/system/${unit}.d/host.conf`], text);
  }
  await run(["systemctl", "daemon-reload"]);
  for (const namespace of ["link", "far"]) {
    await ip("netns", "add", namespace);
    await ip("-n", namespace, "link", "set", "lo", "up");
  }
  await ip("link", "set", "lo", "up");
  await ip("link", "add", "out0", "type", "veth", "peer", "name", "eth0", "netns", "far");
  await ip("address", "add", "2001:db8:f1::1/64", "dev", "out0", "nodad");
  await ip("link", "set", "out0", "up");
  await ip("-n", "far", "link", "set", "eth0", "address", FOREIGN_MAC, "up");
  await run(["tee", "/etc/radvd.conf"], FOREIGN_ROUTER);
  await run(["systemd-run", "--quiet", "--unit=foreign-router", "radvd", "-n", "-C", "/etc/radvd.conf"]);
};

/** The device of the home link comes late, as it may while a host boots. */
const plugIntoHomeLink = async ({ run }: Machine): Promise<void> => {
  const ip = (...args: string[]) => run(["ip", ...args]);
  await ip("link", "add", "home0", "type", "veth", "peer", "name", "eth0", "netns", "link");
  await ip("address", "add", "2001:db8:1::11/64", "dev", "home0", "nodad");
  await ip("link", "set", "home0", "up");
  await ip("-n", "link", "address", "add", "2001:db8:1::200/64", "dev", "eth0", "nodad");
  await ip("-n", "link", "link", "set", "eth0", "up");
};

/** Keeps what systemd and its units have said, for the one who reads a failure. */
const keepJournal = async ({ ask }: Machine): Promise<void> => {
  await mkdir(kept, { recursive: true });
  await writeFile(join(kept, "journal.log"), (await ask(["journalctl", "--output=short-precise"])).stdout);
};

const tellStory = (machine: Machine): void => {
  const { run, ask } = machine;

  const property = async (unit: string, name: string): Promise<string> =>
    (await run(["systemctl", "show", "--value", `--property=${name}`, unit])).trim();
  const mainProcess = async (unit: string): Promise<number> => Number(await property(unit, "MainPID"));
  /** Processes of a unit, by number. */
  const processes = async (unit: string): Promise<ReadonlyMap<number, string>> => {
    const group = await property(unit, "ControlGroup");
    const listed = group === "" ? "" : (await ask(["cat", `/sys/fs/cgroup${group}/cgroup.procs`])).stdout;
    const numbers = listed.split("\n").filter(Boolean);
    const commands = numbers.map(async (number) => {
      const { stdout } = await ask(["cat", `/proc/${number}/cmdline`]);
      return [Number(number), stdout.replaceAll("\0", " ").trim()] as const;
    });
    return new Map(await Promise.all(commands));
  };
  const processOf = async (unit: string, what: string): Promise<number | undefined> =>
    [...(await processes(unit))].find(([, command]) => command.includes(what))?.[0];
  const statusOf = async (node: string): Promise<StatusReport | undefined> => {
    const { code, stdout } = await ask([ROAM6, "status", "--json", "--socket", `/run/roam6/${node}.sock`]);
    const report = code === 0 ? readStatus(JSON.parse(stdout)) : undefined;
    return report?.ok === true ? report.value : undefined;
  };
  const bindings = async (): Promise<readonly string[]> => {
    const { code, stdout } = await ask([ROAM6, "bindings", "--json", "--socket", "/run/roam6/ha1.sock"]);
    const report = code === 0 ? readBindings(JSON.parse(stdout)) : undefined;
    return report?.ok === true
      ? report.value.bindings.map(({ homeAddress, careOfAddress }) => `${homeAddress} at ${careOfAddress}`)
      : [];
  };
  /** Command lines of roam6 and what it has started, of any unit or none. */
  const programs = async (): Promise<readonly string[]> => {
    const { stdout } = await ask(["sh", "-c", "for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$file; echo; done"]);
    return stdout.split("\n").filter((line) => /^\/opt\/roam6/.test(line));
  };
  /** A neighbour on the home link reaches the mobile node. */
  const reachesMobileNode = async (): Promise<boolean> =>
    (await ping(machine.namespace("link"), HOME)).outcome === "answered";
  const capabilities = async (process: number): Promise<string> =>
    /CapBnd:\t(\w+)/.exec(await run(["cat", `/proc/${process}/status`]))?.[1] ?? "";
  const states = async (unit: string) => [await property(unit, "ActiveState"), await property(unit, "SubState")];

  it("a unit whose device comes late is started again, and active when it answers", async () => {
    await run(["systemctl", "enable", UNIT]);
    const refused = await ask(["systemctl", "start", UNIT]);
    expect(refused.code).not.toBe(0);
    await until(async () => Number(await property(UNIT, "NRestarts")) > 0);
    await plugIntoHomeLink(machine);
    await until(async () => (await property(UNIT, "ActiveState")) === "active");
    const status = await statusOf("ha1");
    expect(status).toMatchObject({ node: "ha1", role: "home-agent", processId: await mainProcess(UNIT) });
  });

  it("a hardened home agent registers a hardened mobile node and forwards to it", async () => {
    await run(["systemctl", "start", "roam6-mn"]);
    await until(async () => (await bindings()).includes(`${HOME} at ${CARE_OF}`));
    await until(reachesMobileNode);
    // CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_NICE.
    expect(await capabilities(await mainProcess(UNIT))).toBe("0000000000803000");
    expect(await capabilities(await mainProcess("roam6-mn"))).toBe("0000000000003000");
  });

  it("systemd starts a killed main process again; its guard lives on, and nothing is lost", async () => {
    const before = await mainProcess(UNIT);
    const guard = await processOf(UNIT, " guard");
    expect(guard).toBeDefined();
    const restarts = Number(await property(UNIT, "NRestarts"));
    await run(["systemctl", "kill", "--kill-who=main", "-s", "KILL", UNIT]);
    expect(await reachesMobileNode()).toBe(true);
    await until(async () => Number(await property(UNIT, "NRestarts")) === restarts + 1);
    await until(async () => (await property(UNIT, "ActiveState")) === "active");
    expect(await mainProcess(UNIT)).not.toBe(before);
    expect(await processOf(UNIT, " guard")).toBe(guard);
    await until(async () => (await statusOf("ha1"))?.ready === true);
    expect(await bindings()).toEqual([`${HOME} at ${CARE_OF}`]);
    expect(await reachesMobileNode()).toBe(true);
  });

  it("a stop between death and restart leaves guard and nats-server, which `systemctl kill` ends", async () => {
    // However busy this machine is, the stop comes before the restart.
    const folder = `/run/systemd/system/${UNIT}.d`;
    await run(["mkdir", "-p", folder]);
    await run(["tee", `${folder}/later.conf`], "[Service]\nRestartSec=60\n");
    await run(["systemctl", "daemon-reload"]);
    await run(["systemctl", "kill", "--kill-who=main", "-s", "KILL", UNIT]);
    await until(async () => (await property(UNIT, "SubState")) === "auto-restart");
    await run(["systemctl", "stop", UNIT]);
    expect(await states(UNIT)).toEqual(["inactive", "dead"]);
    const left = async () => (await programs()).filter((command) => / guard |nats-server/.test(command));
    expect(await left()).toHaveLength(2);
    await run(["systemctl", "kill", "-s", "TERM", UNIT]);
    await until(async () => (await left()).length === 0);
    await run(["rm", "-r", folder]);
    await run(["systemctl", "daemon-reload"]);
    await run(["systemctl", "start", UNIT]);
    await until(reachesMobileNode);
  });

  it("stop ends them cleanly and leaves no process", async () => {
    for (const unit of ["roam6-mn.service", UNIT]) {
      const group = await property(unit, "ControlGroup");
      await run(["systemctl", "stop", unit]);
      expect(await states(unit)).toEqual(["inactive", "dead"]);
      expect([await property(unit, "Result"), await property(unit, "ExecMainStatus")]).toEqual(["success", "0"]);
      expect((await ask(["cat", `/sys/fs/cgroup${group}/cgroup.procs`])).stdout).toBe("");
    }
    expect(await programs()).toEqual([]);
  });

  it("what a stopped home agent left in the kernel, `roam6 clear` takes away", async () => {
    await run([ROAM6, "clear"]);
    const devices = (await run(["ip", "-o", "link", "show"])).match(/(?<=^\d+: )[^:@]+/gm);
    expect(devices).toEqual(["lo", "out0", "home0"]);
    expect(await run(["ip", "-6", "route", "show", "table", "all"])).not.toMatch(/encap|2001:db8:1::100/);
    expect((await ask(["nft", "list", "tables"])).stdout).not.toMatch(/roam6/);
  });

  it.each([
    ["roam6-edge@edge1.service", "edge1"],
    ["roam6-cn.service", "cn"],
  ])("%s starts, answers and stops", async (unit, node) => {
    await run(["systemctl", "start", unit]);
    expect(await statusOf(node)).toMatchObject({ processId: await mainProcess(unit) });
    await run(["systemctl", "stop", unit]);
    expect([await property(unit, "Result"), await property(unit, "ExecMainStatus")]).toEqual(["success", "0"]);
    expect(await programs()).toEqual([]);
  });
};

if (booted.ok) {
  const machine = booted.value;
  describe("units under a systemd of their own", () => {
    beforeAll(() => install(machine));
    afterEach(async ({ task }) => {
      if (task.result?.state === "fail") await keepJournal(machine);
    });
    afterAll(() => machine[Symbol.asyncDispose]());
    tellStory(machine);
  });
} else {
  describe("units under a systemd of their own", () => {
    if (enginesAreRequired) it("can be had here", () => expect.unreachable(booted.error));
    else it.skip(`cannot be had here: ${booted.error}`);
  });
}
