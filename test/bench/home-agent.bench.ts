import { fork } from "node:child_process";
import { once } from "node:events";
import { Session } from "node:inspector/promises";
import { address, formatAddress } from "#ipv6/address.ts";
import { createClock } from "#linux/clock.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { createPackets } from "#linux/packets.ts";
import { createFakeKernel } from "#simulator/fake-kernel.ts";
import type { Bench, Measured } from "./bench.ts";
import { bindingUpdate, homeAddressOf, ip, openRig, until } from "./home-agent-rig.ts";
import { createUnwiredPackets, loneNeighborDiscovery } from "./unwired.ts";

const MOBILE_NODES = 1000;
const ROUNDS = 120;
const BATCH = 64;
const MOBILE_NODES_PROGRAM = new URL("mobile-nodes.ts", import.meta.url);
const CARE_OF = address("2001:db8:f1::1");

/** Names of files under services/ and node_modules/ by which processor time is told apart. */
const PARTS: readonly (readonly [string, RegExp])[] = [
  ["log (NATS client, protobuf)", /nats|bus\/|protobuf/],
  ["machine (XState)", /xstate|binding\//],
  ["packets (decode, authenticate, build)", /mip6|wire\/|ipv6|linux\/digests|crypto/],
  ["home agent", /home-agent/],
];

const partOf = (url: string, name: string): string => {
  if (name === "(garbage collector)") return "garbage collector";
  if (name === "(idle)") return "idle";
  return PARTS.find(([, pattern]) => pattern.test(url))?.[0] ?? "runtime";
};

/** Runs `work` under the sampling profiler. @returns where the time went, as text */
const profiled = async (work: () => Promise<void>): Promise<string> => {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  const parts = new Map<string, number>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const frame = nodes.get(id);
    const part = partOf(frame?.url ?? "", frame?.functionName ?? "");
    parts.set(part, (parts.get(part) ?? 0) + (profile.timeDeltas?.[at] ?? 0));
  }
  const total = [...parts.values()].reduce((sum, value) => sum + value, 0);
  const shares = [...parts]
    .sort(([, a], [, b]) => b - a)
    .map(([part, time]) => `${part} ${Math.round((100 * time) / total)} %`);
  return `where the time goes: ${shares.join(", ")}`;
};

/**
 * Refreshes of 1,000 existing bindings from tap to acknowledgement, one update in flight a mobile node.
 * @returns thousands a second, microseconds of processor time of the home agent's process for each, and where they go
 */
const measureRefreshes = async (): Promise<{
  readonly rate: number;
  readonly spent: number;
  readonly notes: readonly string[];
}> => {
  const packets = createUnwiredPackets();
  await using rig = await openRig({
    packets,
    kernel: createFakeKernel(),
    neighborDiscovery: loneNeighborDiscovery,
    mobileNodes: MOBILE_NODES,
    duplicateAddressDetection: "off",
  });
  const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) =>
    Array.from({ length: MOBILE_NODES }, (_, n) => bindingUpdate(homeAddressOf(n), CARE_OF, round + 1)),
  );
  /** A mobile node's next update comes when its last one is answered. */
  const play = async (from: number, to: number) => {
    for (let round = from; round < to; round++) {
      const updates = rounds[round] ?? [];
      for (let at = 0; at < updates.length; at += BATCH) {
        await until(() => packets.sent >= (round - 1) * MOBILE_NODES + at + BATCH);
        packets.deliver(updates.slice(at, at + BATCH));
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    await until(() => rig.agent.instances[0]?.inMotion === 0);
  };
  await play(0, ROUNDS / 4);
  const before = packets.sent;
  const start = performance.now();
  const cpu = process.cpuUsage();
  await play(ROUNDS / 4, (3 * ROUNDS) / 4);
  const rate = (packets.sent - before) / ((performance.now() - start) / 1000) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const spent = (user + system) / (packets.sent - before);
  const shares = await profiled(() => play((3 * ROUNDS) / 4, ROUNDS));
  const { recordsCommitted, commits, registrationsAccepted } = rig.agent.counters;
  const groups = `${registrationsAccepted} acknowledged, ${recordsCommitted} records in ${commits} groups (${Math.round(recordsCommitted / commits)} each)`;
  return { rate, spent, notes: [shares, groups] };
};

let refreshes: ReturnType<typeof measureRefreshes> | undefined;

/** Measured once for the two figures it gives. */
const refreshesOnce = () => {
  refreshes ??= measureRefreshes();
  return refreshes;
};

/** A thousand mobile nodes that register for the first time, through two real network namespaces. */
const firstRegistrations = async (duplicateAddressDetection: "normal" | "off"): Promise<Measured> => {
  const here = `bhaa${process.pid}`;
  const there = `bhab${process.pid}`;
  await using stack = new AsyncDisposableStack();
  for (const name of [here, there]) {
    ip("netns", "add", name);
    stack.defer(() => ip("netns", "del", name));
    ip("-n", name, "link", "set", "lo", "up");
  }
  ip("link", "add", "home0", "netns", here, "type", "veth", "peer", "name", "mn0", "netns", there);
  for (const [name, device, own] of [
    [here, "home0", "2001:db8:1::11/64"],
    [there, "mn0", "2001:db8:f1::1/64"],
  ] as const) {
    ip("-n", name, "link", "set", device, "up");
    ip("-n", name, "addr", "add", own, "dev", device, "nodad");
  }
  ip("-n", here, "addr", "add", "2001:db8:f1::fe/64", "dev", "home0", "nodad");
  ip("-n", here, "addr", "add", "2001:db8:1::a1/128", "dev", "home0", "nodad");
  ip("-n", there, "route", "add", "2001:db8:1::/64", "via", "2001:db8:f1::fe");
  const kernel = await createKernel({ plane: "auto", namespace: here });
  if (!kernel.ok) throw new Error(kernel.error.message);
  stack.use(kernel.value);
  const packets = createPackets({ namespace: here });
  if (!packets.ok) throw new Error(packets.error.message);
  stack.use(packets.value);
  const neighborDiscovery = stack.use(createNeighborDiscovery({ packets: packets.value, clock: createClock() }));
  await using _rig = await openRig({
    packets: packets.value,
    kernel: kernel.value,
    neighborDiscovery,
    mobileNodes: MOBILE_NODES,
    duplicateAddressDetection,
  });
  const mobile = fork(MOBILE_NODES_PROGRAM, [there, "mn0", formatAddress(CARE_OF), String(MOBILE_NODES)]);
  stack.defer(() => {
    mobile.kill();
  });
  await once(mobile, "message");
  const cpu = process.cpuUsage();
  mobile.send("go");
  const [took] = await once(mobile, "message", { signal: AbortSignal.timeout(60_000) });
  const { user, system } = process.cpuUsage(cpu);
  const [own, kernels] = [user, system].map((time) => (time / 1e6).toFixed(2));
  await kernel.value.clear();
  return {
    value: Number(took) / 1000,
    notes: [`processor time of the home agent's process: ${own} s, and ${kernels} s in the Linux kernel`],
  };
};

const MIPL2_FIRST = [{ of: "MIPL2", value: 6.9 }];

export const benches: Bench[] = [
  {
    name: `home agent: refreshes, tap to acknowledgement, committed to disk`,
    unit: "k BU/s",
    goal: { atLeast: 10 },
    baseline: "packets: sent, tapped and answered, both ends in one process",
    stated: [
      { of: "MIPL2 with 100 bindings", value: 2.2 },
      { of: "MIPL2 with 1,000 bindings", value: 0.9 },
    ],
    run: async () => {
      const { rate, notes } = await refreshesOnce();
      return { value: rate, notes };
    },
  },
  {
    name: "home agent: processor time of its process for one refresh",
    unit: "µs",
    goal: { atMost: 100 },
    run: async () => (await refreshesOnce()).spent,
  },
  {
    name: "home agent: 1,000 new bindings with DAD",
    unit: "s",
    goal: { atMost: 2 },
    stated: MIPL2_FIRST,
    run: () => firstRegistrations("normal"),
  },
  {
    name: "home agent: 1,000 new bindings without DAD",
    unit: "s",
    goal: { atMost: 0.3 },
    stated: MIPL2_FIRST,
    run: () => firstRegistrations("off"),
  },
];
