import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { addressEquals } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import { openNetlink } from "#linux/netlink-socket.ts";
import { RTM_ROUTE, RTN, route } from "#netlink/route/route.ts";
import { openVethWorld, type VethWorld } from "#test/veth-world.ts";
import type { Bench } from "./bench.ts";

const SECONDS = 1.5;
const BATCH = 64;
/** Echoes on their way at most: less than a device's queue. */
const WINDOW = 512;

/** A Mobility Header packet as long as a Binding Update with an authentication option, source and destination swapped. */
const packetBetween = (source: Uint8Array, destination: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(96);
  bytes.set([0x60, 0, 0, 0, 0, 56, 135, 64]);
  bytes.set(source, 8);
  bytes.set(destination, 24);
  bytes.set([59, 6, 5], 40);
  return bytes;
};

/** Packets a second from one host's raw socket through the other's tap and its raw socket back. */
const echo = async (world: VethWorld): Promise<number> => {
  const { a, b } = world;
  const requests = Array.from({ length: BATCH }, () => packetBetween(a.address, b.address));
  let answered = 0;
  let sent = 0;
  const tap = b.packets.openTap({
    device: b.device,
    filter: { kind: "mobility" },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      const answers = batch
        .filter(({ bytes }) => addressEquals(bytes.subarray(24, 40), b.address))
        .map(({ bytes }) => packetBetween(bytes.subarray(24, 40), bytes.subarray(8, 24)));
      answered += b.packets.send(answers).sent;
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  const start = performance.now();
  while (performance.now() - start < SECONDS * 1000) {
    // What was lost on the way (a full queue) does not stand in the way of more.
    if (sent - answered - tap.value.dropped < WINDOW) sent += a.packets.send(requests).sent;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const rate = answered / ((performance.now() - start) / 1000);
  await tap.value[Symbol.asyncDispose]();
  return rate / 1000;
};

/** Routes a second, made in batches and acknowledged one by one. */
const addRoutes = async (world: VethWorld): Promise<number> => {
  const opened = openNetlink({ protocol: 0, namespace: world.names.a });
  if (!opened.ok) throw new Error(opened.error.message);
  await using socket = opened.value;
  const count = 20_000;
  const messages = Array.from({ length: count }, (_, index) =>
    route.encode({
      type: RTM_ROUTE.NEW,
      flags: 0x400,
      header: { family: 10, destinationLength: 128, table: 100, type: RTN.UNICAST },
      attributes: {
        destination: new Uint8Array([0x20, 1, 0xd, 0xb8, ...new Array(9).fill(0), index >> 16, index >> 8, index]),
        outputDevice: 1,
      },
    }),
  );
  const start = performance.now();
  const answers = await socket.transact(messages);
  const rate = count / (performance.now() - start);
  if (answers.some((answer) => !answer.ok)) throw new Error("a route was refused");
  return rate;
};

/** The same routes through `ip -batch`. */
const addRoutesWithIp = (world: VethWorld): number => {
  const count = 20_000;
  const lines = Array.from(
    { length: count },
    (_, index) => `route add 2001:db8::${(index >> 8).toString(16)}:${(index & 255).toString(16)}/128 dev lo table 100`,
  );
  const start = performance.now();
  execFileSync("ip", ["-n", world.names.a, "-6", "-batch", "-"], { input: `${lines.join("\n")}\n`, stdio: "pipe" });
  return count / (performance.now() - start);
};

const inWorld = async (measure: (world: VethWorld) => Promise<number> | number): Promise<number> => {
  await using world = await openVethWorld();
  return await measure(world);
};

/** Authenticators a millisecond over the octets that one of a Binding Update covers. */
const authenticate = (hmac: (key: Uint8Array, addresses: Uint8Array, message: Uint8Array) => Uint8Array): number => {
  const key = new Uint8Array(16).fill(7);
  const [addresses, message] = [new Uint8Array(32), new Uint8Array(56)];
  const count = 200_000;
  const start = process.cpuUsage();
  for (let i = 0; i < count; i++) {
    addresses[i & 15] = i;
    hmac(key, addresses, message);
  }
  const { user, system } = process.cpuUsage(start);
  return count / ((user + system) / 1000);
};

const WITH_IP = "baseline: the same routes added with ip -batch";
const NODE_HMAC = "baseline: HMAC_SHA1 of a Binding Update with Node's createHmac";

export const benches: Bench[] = [
  {
    name: "packets: sent, tapped and answered, both ends in one process",
    unit: "k/s",
    goal: { atLeast: 50 },
    run: () => inWorld(echo),
  },
  {
    name: "netlink: routes added, each acknowledged",
    unit: "k/s",
    goal: { atLeast: 60 },
    baseline: WITH_IP,
    run: () => inWorld(addRoutes),
  },
  { name: WITH_IP, unit: "k/s", run: () => inWorld(addRoutesWithIp) },
  {
    name: "HMAC_SHA1 of a Binding Update",
    unit: "k/s",
    goal: { atLeast: 300 },
    baseline: NODE_HMAC,
    run: () => authenticate(createDigests().hmacSha1),
  },
  {
    name: NODE_HMAC,
    unit: "k/s",
    run: () =>
      authenticate((key, addresses, message) => createHmac("sha1", key).update(addresses).update(message).digest()),
  },
];
