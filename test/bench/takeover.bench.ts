import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { INSTANCE, killAll, makeLink, NODES, removeLink, spacesOf, startMain } from "#guard/main.test-support.ts";
import { addressEquals } from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createPackets } from "#linux/packets.ts";
import type { ForwardingChange } from "#ports/kernel.ts";
import type { Bench } from "./bench.ts";

const ROUNDS = 100;
const PATIENCE = 30_000;
const BATCH = 5_000;
const NEIGHBOR_ADVERTISEMENT = 136;
const TARGET = 48;

const until = async (what: string, holds: () => boolean): Promise<void> => {
  for (const end = performance.now() + PATIENCE; !holds(); await delay(1))
    if (performance.now() > end) throw new Error(`${what} did not come within ${PATIENCE / 1000} s`);
};

/** A set of bindings in the kernel of a node, each a route and an element of the source filter. */
const install = async (space: string, count: number): Promise<void> => {
  const opened = await createKernel({ plane: "routed", namespace: space });
  if (!opened.ok) throw new Error(opened.error.message);
  await using kernel = opened.value;
  for (const step of [() => kernel.prepare(), () => kernel.openInstance(INSTANCE)]) {
    const result = await step();
    if (!result.ok) throw new Error(result.error.message);
  }
  for (let start = 0; start < count; start += BATCH) {
    const changes = Array.from({ length: Math.min(BATCH, count - start) }, (_, index): ForwardingChange => {
      const low = [1, (start + index) >> 16, (start + index) >> 8, start + index];
      const homeAddress = Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, ...low);
      const careOfAddress = Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0xf1, 0, 0, 0, 0, 0, 0, ...low);
      return { kind: "set", homeAddress, careOfAddress };
    });
    const refused = (await kernel.apply(INSTANCE.number, changes)).find((result) => !result.ok);
    if (refused && !refused.ok) throw new Error(refused.error.message);
  }
};

/**
 * Milliseconds from the moment in which a holder falls silent (its guard is stopped) to the advertisement of its successor
 * on the link, with hellos every 10 ms and three missed, sorted.
 */
const measure = async (bindings: number): Promise<readonly number[]> => {
  const spaces = spacesOf(`tob${process.pid}`);
  const folder = mkdtempSync(join(tmpdir(), "roam6-takeover-"));
  makeLink(spaces);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => {
    removeLink(spaces);
    rmSync(folder, { recursive: true, force: true });
  });
  stack.defer(() => killAll(spaces));
  for (const node of NODES) await install(spaces.node(node), bindings);
  const packets = createPackets({ namespace: spaces.bridge });
  if (!packets.ok) throw new Error(packets.error.message);
  stack.use(packets.value);
  let advertisedAt = 0;
  const tap = packets.value.openTap({
    device: "br0",
    filter: { kind: "icmpv6", types: [NEIGHBOR_ADVERTISEMENT] },
    promiscuousMulticast: true,
    ignoreOutgoing: true,
    onPackets: (batch) => {
      if (
        advertisedAt === 0 &&
        batch.some(({ bytes }) => addressEquals(bytes.subarray(TARGET, TARGET + 16), INSTANCE.homeAgentAddress))
      )
        advertisedAt = performance.now();
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  stack.use(tap.value);
  const mains = new Map(NODES.map((node) => [node, startMain(spaces, folder, node, { interval: 10, missed: 3 })]));
  for (const { link } of mains.values()) stack.use(link);

  const held = new Set<string>();
  const read = new Map<string, number>();
  const holders = (): readonly string[] => {
    for (const [node, { messages }] of mains) {
      for (const message of messages.slice(read.get(node) ?? 0)) {
        if (message.type === "edge.taken") held.add(node);
        if (message.type === "edge.withdrawn") held.delete(node);
      }
      read.set(node, messages.length);
    }
    return [...held];
  };
  await until("an edge", () => holders().length === 1);
  const times: number[] = [];
  while (times.length < ROUNDS) {
    // All have heard all, and the further advertisements of the last takeover are over.
    await delay(200);
    await until("a single edge", () => holders().length === 1);
    const holder = mains.get(NODES.find((node) => held.has(node)) ?? "ha1");
    advertisedAt = 0;
    const start = performance.now();
    holder?.kill("SIGSTOP");
    await until("an advertisement", () => advertisedAt > 0);
    times.push(advertisedAt - start);
    holder?.kill("SIGCONT");
  }
  return times.toSorted((a, b) => a - b);
};

const figures = new Map<number, Promise<readonly number[]>>();
const timesWith = (bindings: number): Promise<readonly number[]> => {
  const known = figures.get(bindings) ?? measure(bindings);
  figures.set(bindings, known);
  return known;
};

const nameOf = (bindings: number) => `takeover: holder silent to advertisement, ${bindings} bindings`;

export const benches: Bench[] = [1, 1_000, 50_000].flatMap((bindings): Bench[] => [
  {
    name: `${nameOf(bindings)}, median`,
    unit: "ms",
    ...(bindings > 1 && { baseline: `${nameOf(1)}, median` }),
    run: async () => (await timesWith(bindings))[ROUNDS / 2] ?? Number.NaN,
  },
  {
    name: `${nameOf(bindings)}, p99`,
    unit: "ms",
    goal: { atMost: 50 },
    run: async () => (await timesWith(bindings))[Math.ceil(ROUNDS * 0.99) - 1] ?? Number.NaN,
  },
]);
