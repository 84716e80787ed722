import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { address, formatAddress } from "#ipv6/address.ts";
import { followHeaders } from "#ipv6/header-chain.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import { mobilityHeaderEnd } from "#mip6/mobility-header.ts";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { until } from "#test/poll.ts";
import { checksumOf, sumWords } from "#wire/checksum.ts";
import { CARE_OF, HOME, HOME_AGENT, openMobileNode, type ScriptedMobileNode } from "./mobile-node.ts";
import { makeFolder, type Program, roam6, startProgram, writeHomeAgentConfig } from "./program.ts";

vi.setConfig({ testTimeout: 120_000 });

/**
 * One home agent, a host on its home link, and a foreign link that an off-path sender shares with the mobile node. The
 * tests are steps of one story: the home agent has to live through all of them.
 */
const cleanup = new AsyncDisposableStack();
let namespaces: Namespaces;
let homeLink: string;
let program: Program;
let mobileNode: ScriptedMobileNode;

const USED = address("2001:db8:1::200");
const FREE = address("2001:db8:1::201");
/** Registers for the first time while others flood. */
const LATE = address("2001:db8:1::202");
const KEY = "00112233445566778899aabbccddeeff";

beforeAll(async () => {
  namespaces = cleanup.use(createNamespaces("trru"));
  const homeAgent = namespaces.add("ha");
  homeLink = namespaces.add("link");
  const foreign = namespaces.add("mn");
  namespaces.join({ namespace: homeAgent, device: "home0" }, { namespace: homeLink, device: "host0" });
  namespaces.join({ namespace: homeAgent, device: "out0" }, { namespace: foreign, device: "eth0" });
  namespaces.ip(homeAgent, "address", "add", "2001:db8:1::11/64", "dev", "home0", "nodad");
  namespaces.ip(homeAgent, "address", "add", "2001:db8:f1::1/64", "dev", "out0", "nodad");
  namespaces.ip(homeLink, "address", "add", "2001:db8:1::200/64", "dev", "host0", "nodad");
  namespaces.ip(foreign, "address", "add", "2001:db8:f1::100/64", "dev", "eth0", "nodad");
  namespaces.ip(foreign, "-6", "route", "add", "default", "via", "2001:db8:f1::1");
  const folder = cleanup.use(await makeFolder());
  const nodes = [HOME, USED, FREE, LATE].map((homeAddress) => ({
    homeAddress: formatAddress(homeAddress),
    spi: 256,
    key: KEY,
  }));
  const file = await writeHomeAgentConfig(folder.path, [[["mobileNodes"], nodes]]);
  const socket = join(folder.path, "ha.sock");
  program = cleanup.use(startProgram({ namespace: homeAgent, command: roam6("ha", "-c", file), socket }));
  mobileNode = cleanup.use(openMobileNode(foreign, "eth0"));
  await program.reaches(({ nats }) => nats?.available === true);
}, 120_000);

afterAll(async () => {
  await cleanup.disposeAsync();
}, 60_000);

const counter = async (name: string): Promise<number> => (await program.status())?.counters?.[name] ?? 0;

/** Kilobytes of memory that the program holds. */
const residentMemory = (): number => {
  const status = readFileSync(`/proc/${program.child.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
};

test("a mobile node registers", async () => {
  expect(await mobileNode.register()).toBe(0);
});

test("a home address that a host on the home link uses is refused with 134 (R-10.3.1-18)", async () => {
  expect(await mobileNode.register({ homeAddress: USED })).toBe(134);
});

test("two mobile nodes with the same key have bindings of their own", async () => {
  expect(await mobileNode.register({ homeAddress: FREE })).toBe(0);
  expect(await mobileNode.register({ homeAddress: HOME })).toBe(0);
});

test("a wrong key is refused with 146 and counted", async () => {
  const before = await counter("authenticationFailures");
  expect(await mobileNode.register({ key: new Uint8Array(16) })).toBe(146);
  expect(await counter("authenticationFailures")).toBeGreaterThan(before);
});

test("a mobile node whose clock was stepped by an hour is refused with 144, and served when it is right again", async () => {
  expect(await mobileNode.register({ clockAhead: 3600 })).toBe(144);
  expect(await mobileNode.register()).toBe(0);
});

/** The checksum over a Mobility Header made right, so that the packet gets as far as its content lets it. */
const withChecksum = (packet: Uint8Array): Uint8Array => {
  const chain = followHeaders(packet);
  if (!chain.ok || chain.value.protocol !== 135) return packet;
  const { offset, homeAddressAt, routingHomeAt } = chain.value;
  const end = mobilityHeaderEnd(packet, offset, chain.value.end);
  if (end < 0) return packet;
  packet.set([0, 0], offset + 4);
  const sum =
    pseudoHeaderSum(
      packet.subarray(homeAddressAt < 0 ? 8 : homeAddressAt).subarray(0, 16),
      packet.subarray(routingHomeAt < 0 ? 24 : routingHomeAt).subarray(0, 16),
      end - offset,
      135,
    ) + sumWords(packet, offset, end);
  const checksum = checksumOf(sum);
  packet.set([checksum >> 8, checksum & 0xff], offset + 4);
  return packet;
};

/** The packets of the corpus as from the mobile node's place, with their own home address and with its. */
const hostilePackets = (): readonly Uint8Array[] => {
  const corpus: { readonly packets: readonly { readonly hex: string }[] } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../vectors/corpus/packets.json"), "utf8"),
  );
  return corpus.packets.flatMap(({ hex }) =>
    [false, true].map((isKnown) => {
      const packet = Uint8Array.from(Buffer.from(hex, "hex"));
      packet.set(CARE_OF, 8);
      packet.set(HOME_AGENT, 24);
      const chain = followHeaders(packet);
      if (isKnown && chain.ok && chain.value.homeAddressAt >= 0) packet.set(HOME, chain.value.homeAddressAt);
      return withChecksum(packet);
    }),
  );
};

test("hostile packets for 5 s, as fast as one sender on this machine can (10,000 at the least), up to the authenticator, leave it serving: a refresh meanwhile is answered, memory stays (R-9.2-02)", async ({
  annotate,
}) => {
  const hostile = [...hostilePackets()];
  for (let n = 0; n < 200; n++) hostile.push(mobileNode.build({ key: new Uint8Array(16) }));
  const names = ["packetsMalformed", "packetsIgnored", "unknownMobileNodes", "authenticationFailures"];
  const counters = () => Promise.all(names.map(counter));
  const before = await counters();
  const memory = residentMemory();
  const answered = mobileNode.answers.length;
  const start = performance.now();
  let sent = 0;
  let refreshed = Number.NEGATIVE_INFINITY;
  while (performance.now() - start < 5000) {
    sent += mobileNode.send(hostile);
    if (performance.now() - refreshed > 1000) {
      refreshed = performance.now();
      mobileNode.send([mobileNode.build()]);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  const rate = `${Math.round(sent / ((performance.now() - start) / 1000))} hostile packets a second for 5 s`;
  process.stdout.write(`${rate}\n`);
  await annotate(rate);
  expect(mobileNode.answers.slice(answered)).toContainEqual({ homeAddress: formatAddress(HOME), status: 0 });
  expect(sent).toBeGreaterThan(10_000);
  expect(residentMemory() - memory).toBeLessThan(100_000);
  expect(program.child.exitCode).toBeNull();
  // All kinds got through, and what waits is worked off.
  let last = before;
  await until(async () => {
    const now = await counters();
    const isQuiet = now.every((count, at) => count === last[at] && count > (before[at] ?? 0));
    last = now;
    return isQuiet;
  }, 30_000);
  expect(await mobileNode.register()).toBe(0);
});

/** Sends these packets over and over while `work` runs, for three seconds at the least. @returns what `work` gave */
const duringFlood = async <T>(flood: readonly Uint8Array[], work: () => Promise<T>): Promise<T> => {
  const start = performance.now();
  let over = false;
  const flooding = (async () => {
    let sent = 0;
    while (!over || performance.now() - start < 3000) {
      sent += mobileNode.send(flood);
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.stdout.write(`${Math.round(sent / ((performance.now() - start) / 1000))} unwanted updates a second\n`);
  })();
  try {
    return await work();
  } finally {
    over = true;
    await flooding;
  }
};

test("a flood of updates for unknown home addresses gets no answer, takes no memory, and meanwhile others register and refresh", async () => {
  const flood: Uint8Array[] = [];
  for (let number = 0; number < 2000; number += 1) {
    const homeAddress = Uint8Array.from(HOME);
    homeAddress.set([0xbb, number >> 8, number & 0xff], 12);
    flood.push(mobileNode.build({ homeAddress, key: new Uint8Array(16) }));
  }
  const answered = mobileNode.answers.length;
  const memory = residentMemory();
  const seen = await duringFlood(flood, async () => {
    const unknown = await counter("unknownMobileNodes");
    await until(async () => (await counter("unknownMobileNodes")) > unknown, 60_000);
    const registered = await mobileNode.register({ homeAddress: LATE }, 60_000);
    const refreshed = await mobileNode.register({}, 60_000);
    return { registered, refreshed };
  });
  expect(seen).toEqual({ registered: 0, refreshed: 0 });
  const served = [formatAddress(HOME), formatAddress(LATE)];
  const others = mobileNode.answers.slice(answered).filter(({ homeAddress }) => !served.includes(homeAddress));
  expect(others).toEqual([]);
  expect(residentMemory() - memory).toBeLessThan(100_000);
});

test("NATS killed in the middle: it is started again, and the home agent serves on by itself", async () => {
  const text = program.said();
  const pids = [...text.matchAll(/"type":"started","pid":(\d+)/g)].map((match) => Number(match[1]));
  const server = pids.at(-1);
  if (server === undefined) throw new Error("the program has not told its nats-server");
  process.kill(server, "SIGKILL");
  await until(() => program.said().length > text.length && /"type":"ended"/.test(program.said()), 30_000);
  await program.reaches(({ nats }) => nats?.available === true);
  expect(await mobileNode.register({}, 60_000)).toBe(0);
});

test("it ends at SIGTERM with code 0 after all that", async () => {
  program.child.kill("SIGTERM");
  expect(await program.ended()).toBe(0);
});
