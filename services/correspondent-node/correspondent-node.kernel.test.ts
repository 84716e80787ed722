import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askControl } from "#control/client.ts";
import { readStatus } from "#control/report-schemas.ts";
import { type Address, ALL_NODES, address } from "#ipv6/address.ts";
import { homeAddressHeader, type2Routing } from "#ipv6/extension-header.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet, encodeIpv6Packet } from "#ipv6/packet.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilityMessage } from "#mip6/packet.ts";
import { openUdpReceiver, udpDatagram } from "#test/kernel/udp.ts";
import { until } from "#test/poll.ts";
import { openVethWorld } from "#test/veth-world.ts";

/** Whether this kernel's IPv6 layer has the Home Address option, built in or loaded. */
const kernelKnowsHomeAddress = (): boolean => readFileSync("/proc/kallsyms", "utf8").includes(" mip6_destopt");

const HOME = address("2001:db8:1::100");

let world: Awaited<ReturnType<typeof openVethWorld>>;
let directory: string;
let program: ChildProcess;
let answers: MobilityMessage[];
let problems: { readonly code: number | undefined; readonly pointer: number }[];

/** The program in namespace a; what it answers is heard in namespace b. */
beforeEach(async () => {
  world = await openVethWorld();
  directory = mkdtempSync(join(tmpdir(), "roam6-cn-"));
  const file = join(directory, "cn.json");
  writeFileSync(file, JSON.stringify({ control: { socket: join(directory, "cn.sock") } }));
  const args = ["netns", "exec", world.names.a, process.execPath, "services/cli/main.ts", "cn", "-c", file];
  program = spawn("ip", args, { stdio: ["ignore", "inherit", "pipe"] });
  let log = "";
  program.stderr?.on("data", (chunk: Uint8Array) => {
    log += new TextDecoder().decode(chunk);
  });
  answers = [];
  problems = [];
  world.b.packets.openTap({
    device: world.b.device,
    filter: { kind: "mobility" },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) {
        const decoded = decodeMobilityPacket(bytes.slice());
        if (decoded.ok) answers.push(decoded.value.message);
      }
    },
  });
  world.b.packets.openTap({
    device: world.b.device,
    filter: { kind: "icmpv6", types: [4] },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) {
        const packet = decodeIpv6Packet(bytes.slice());
        const message = packet.ok ? decodeIcmpv6Packet(packet.value) : undefined;
        if (message?.ok === true && message.value.type === 4)
          problems.push({ code: message.value.code, pointer: message.value.pointer });
      }
    },
  });
  await until(() => log.includes('"msg":"ready"') || program.exitCode !== null, 15_000);
});

const endProgram = async () => {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = new Promise((resolve) => program.once("exit", resolve));
  program.kill("SIGTERM");
  await ended;
};

afterEach(async () => {
  await endProgram();
  rmSync(directory, { recursive: true, force: true });
  await world[Symbol.asyncDispose]();
});

const bindingUpdate = (sequence: number) =>
  encodeMobilityPacket({
    source: world.b.address,
    destination: world.a.address,
    homeAddress: HOME,
    message: {
      type: 5,
      sequence,
      flags: {
        acknowledge: true,
        homeRegistration: true,
        linkLocalCompatibility: false,
        keyManagement: false,
        mobileRouter: false,
      },
      lifetime: 15,
      options: [],
    },
  });

/** A Binding Refresh Request made into MH Type 99, its checksum right. */
const unknownMessage = () => {
  const bytes = encodeMobilityPacket({
    source: world.b.address,
    destination: world.a.address,
    message: { type: 0, options: [] },
  });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint8(42, 99);
  const sum = (~view.getUint16(44) & 0xffff) + (99 << 8);
  view.setUint16(44, ~((sum & 0xffff) + (sum >> 16)));
  return bytes;
};

const PORT = 40_000;

/** A UDP packet, with a Home Address option where a home address is given. */
const udpPacket = (text: string, homeAddress?: Address, destination = world.a.address) =>
  encodeIpv6Packet({
    source: world.b.address,
    destination,
    headers: homeAddress === undefined ? [] : [homeAddressHeader(homeAddress)],
    protocol: 17,
    payload: udpDatagram(homeAddress ?? world.b.address, destination, PORT, text),
  });

describe("roam6 cn on the native kernel", () => {
  it("refuses a home registration with status 131 (R-10.3.1-04, R-10.3.1-05)", async () => {
    world.b.packets.send([bindingUpdate(800)]);
    await until(() => answers.length > 0);
    expect(answers).toMatchObject([{ type: 6, status: 131, sequence: 800, lifetime: 0 }]);
  });

  it("answers an unknown MH Type with Binding Error 2 (R-9.2-03)", async () => {
    world.b.packets.send([unknownMessage()]);
    await until(() => answers.length > 0);
    expect(answers).toMatchObject([{ type: 7, status: 2, homeAddress: new Uint8Array(16) }]);
  });

  it("answers a Home Address option without a binding with Binding Error 1 (R-9.3.1-06, R-9.3.3-02)", async () => {
    world.b.packets.send([
      encodeIpv6Packet({
        source: world.b.address,
        destination: world.a.address,
        headers: [homeAddressHeader(HOME)],
        protocol: 17,
        payload: new Uint8Array(8),
      }),
    ]);
    await until(() => answers.length > 0);
    expect(answers).toMatchObject([{ type: 7, status: 1, homeAddress: HOME }]);
    // A kernel without MIP6 says of the option itself that it does not know it, and nothing else.
    if (kernelKnowsHomeAddress()) return expect(problems).toEqual([]);
    await until(() => problems.length > 0);
    expect(problems).toEqual([{ code: 2, pointer: 46 }]);
  });

  it("delivers nothing with a Home Address option without a binding, and routes to the home address as before (R-9.3.1-03, R-5.5-02, R-6.3-08)", async () => {
    using receiver = openUdpReceiver(world.names.a, PORT);
    world.namespaces.ip(world.names.a, "-6", "route", "add", "default", "via", "2001:db8:aa::b");
    const route = () => world.namespaces.ip(world.names.a, "-6", "route", "get", "2001:db8:1::100");
    const before = route();
    world.b.packets.send([udpPacket("with option", HOME), udpPacket("plain")]);
    await until(() => receiver.texts().includes("plain") && answers.length > 0);
    expect(receiver.texts()).toEqual(["plain"]);
    expect(route()).toBe(before);
  });

  it("answers nothing with a Home Address option at a multicast address (R-6.3-04)", async () => {
    world.b.packets.send([udpPacket("to all", HOME, ALL_NODES)], { device: world.b.device });
    world.b.packets.send([udpPacket("to one", HOME)]);
    // Answers come in order: with those to the second everything about the first is here.
    await until(() => answers.length > 0 && (kernelKnowsHomeAddress() || problems.length > 0));
    expect([answers.length, problems.length]).toEqual([1, kernelKnowsHomeAddress() ? 0 : 1]);
  });

  it("leaves a host without mobility behind: that knows no Mobility Header, type 2 routing header or Home Address option (R-8.1-01, R-6.3-03)", async () => {
    await endProgram();
    const ends = { source: world.b.address, destination: world.a.address };
    world.b.packets.send([unknownMessage()]);
    await until(() => problems.length === 1);
    // Parameter Problem of code 1 at the Next Header octet
    expect(problems).toEqual([{ code: 1, pointer: 6 }]);
    if (!kernelKnowsHomeAddress()) {
      const routed = { ...ends, headers: [type2Routing(HOME)], protocol: 59, payload: new Uint8Array(0) };
      world.b.packets.send([udpPacket("with option", HOME), encodeIpv6Packet(routed)]);
      await until(() => problems.length === 3);
      // The option's type octet, and the routing header's
      expect(problems.slice(1)).toEqual([
        { code: 2, pointer: 46 },
        { code: 0, pointer: 42 },
      ]);
    }
    expect(answers).toEqual([]);
  });

  it.each([
    ["Home Test Init", 1],
    ["Care-of Test Init", 2],
  ] as const)(
    "answers %s with one Parameter Problem of code 1, so that the peer stays with the tunnel (RFC 6275 §11.6.2)",
    async (_, type) => {
      const test = {
        homeInitCookie: new Uint8Array(8).fill(7),
        careOfInitCookie: new Uint8Array(8).fill(7),
        options: [],
      };
      world.b.packets.send([
        encodeMobilityPacket({
          source: world.b.address,
          destination: world.a.address,
          message: { ...test, type },
        }),
        unknownMessage(),
      ]);
      // Answers come in order: with that to the second everything about the first is here.
      await until(() => answers.length > 0 && problems.length > 0);
      expect(answers).toMatchObject([{ type: 7, status: 2 }]);
      expect(problems).toEqual([{ code: 1, pointer: 6 }]);
    },
  );

  it("sends few error replies in a flood of bad packets, and goes on (R-9.3.3-03)", async () => {
    for (let i = 0; i < 10; i++) world.b.packets.send(Array.from({ length: 100 }, unknownMessage));
    const status = async () => {
      const answer = await askControl(join(directory, "cn.sock"), { command: "status" });
      const report = answer.ok ? readStatus(answer.value) : undefined;
      return report?.ok === true ? (report.value.counters ?? {}) : {};
    };
    await until(async () => ((await status())["errorRepliesSuppressed"] ?? 0) >= 900);
    expect(answers.length).toBeLessThan(100);
  });
});
