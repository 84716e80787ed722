import { expect, test } from "vitest";
import { address, parsePrefix, UNSPECIFIED } from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { millis } from "#wire/time.ts";
import type { GuardMessage } from "./guard-protocol.ts";
import { openMemberGuard } from "./member-guard.ts";

const prefix = parsePrefix("2001:db8:1::/64");
if (!prefix.ok) throw new Error("prefix");
const spec: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: address("2001:db8:1::a1"),
  homePrefix: prefix.value,
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
  device: "",
};

/** Home agents without an edge on one bus; each knows all others. */
const open = (names: readonly string[], hello = { interval: millis(10), missed: 3 }) => {
  const clock = createVirtualClock();
  const listeners = new Map<string, (message: Uint8Array) => void>();
  const cut = new Set<string>();
  let boot = 0;
  const members = new Map(
    names.map((node) => {
      const messages: GuardMessage[] = [];
      boot++;
      const guard = openMemberGuard(
        {
          node,
          instances: [{ spec, prefer: names }],
          peers: names.filter((name) => name !== node).map((name) => ({ node: name, address: UNSPECIFIED })),
          hello: { port: 5999, ...hello },
          startupPatience: millis(2_000),
          commitPatience: millis(300),
        },
        {
          clock,
          random: { bytes: (length) => new Uint8Array(length).fill(boot), fraction: () => 0.5 },
          onMessage: (message) => messages.push(message),
          transport: {
            send: (message) => {
              if (cut.has(node)) return;
              clock.start(millis(1), () => {
                for (const [name, listener] of listeners) if (name !== node && !cut.has(name)) listener(message);
              });
            },
            onMessage: (listener) => void listeners.set(node, listener),
            counters: { strangers: 0, unsent: 0 },
            [Symbol.asyncDispose]: () => Promise.resolve(),
          },
        },
      );
      guard.tell({ canCommit: true, instances: [{ number: 1, eligible: true, epoch: 1, lastSequence: 1 }] });
      return [node, { guard, messages }] as const;
    }),
  );
  const holds = (node: string): boolean => {
    const last = members.get(node)?.messages.findLast(({ type }) => type === "edge.taken" || type === "edge.withdrawn");
    return last?.type === "edge.taken";
  };
  return { clock, cut, members, holders: () => names.filter(holds) };
};

test("the first in order of preference serves, and no other", async () => {
  const { clock, holders } = open(["ha1", "ha2", "ha3"]);
  await clock.advance(millis(5_000));
  expect(holders()).toEqual(["ha1"]);
});

test("a home agent that dies is followed by another within a second, and withdraws when it is heard again", async () => {
  const { clock, cut, holders } = open(["ha1", "ha2", "ha3"]);
  await clock.advance(millis(5_000));
  cut.add("ha1");
  await clock.advance(millis(1_000));
  expect(holders()).toHaveLength(2);
  expect(holders()).toContain("ha1");
  cut.delete("ha1");
  await clock.advance(millis(1_000));
  expect(holders()).toHaveLength(1);
  expect(holders()).not.toContain("ha1");
});

test("where hellos are slower by the config, a death is noticed later", async () => {
  const { clock, cut, holders } = open(["ha1", "ha2", "ha3"], { interval: millis(200), missed: 10 });
  await clock.advance(millis(8_000));
  cut.add("ha1");
  await clock.advance(millis(1_700));
  expect(holders()).toEqual(["ha1"]);
  await clock.advance(millis(1_300));
  expect(holders()).toHaveLength(2);
});

test("a home agent that ends gives its instances to another first", async () => {
  const { clock, members, holders } = open(["ha1", "ha2"]);
  await clock.advance(millis(5_000));
  const handedOver = members.get("ha1")?.guard.handOver(1_000);
  await clock.advance(millis(500));
  await handedOver;
  expect(holders()).toEqual(["ha2"]);
});
