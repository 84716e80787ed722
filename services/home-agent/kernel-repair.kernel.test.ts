import { expect, test } from "vitest";
import { formatAddress } from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { TABLE } from "#linux/kernel/mark.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import type { Kernel } from "#ports/kernel.ts";
import { createFakeStreams } from "#simulator/fake-log.ts";
import { createFakeReplicaExchange } from "#simulator/fake-replica-exchange.ts";
import { openRecordsNode } from "#test/bus/records-node.ts";
import { hostClock } from "#test/bus/servers.ts";
import { createNetwork } from "#test/kernel/network.ts";
import { failed } from "#wire/result.ts";
import { millis, seconds } from "#wire/time.ts";

const LONG = { timeout: 20_000 };

test("a binding that the kernel refused once is put in by the comparison, counted and told (DESIGN §4.5)", async () => {
  using network = createNetwork("kref");
  const host = network.host("ha");
  network.link(host, "home0", network.host("peer"), "eth0");
  const made = await createKernel({ plane: "routed", namespace: host.namespace });
  if (!made.ok) throw new Error(made.error.message);
  await using kernel = made.value;
  expect(await kernel.prepare()).toMatchObject({ ok: true });
  const stop = new AbortController();
  let isRefusing = true;
  const reluctant: Kernel = {
    ...kernel,
    apply: async (number, changes) => {
      if (!isRefusing || changes.length === 0) return kernel.apply(number, changes);
      return changes.map(() => failed({ code: "no-memory", errno: 12, message: "" }));
    },
  };
  const node = await openRecordsNode("ha1", {
    log: createFakeStreams().log(),
    exchange: createFakeReplicaExchange().join("ha1"),
    signal: stop.signal,
    realKernel: reluctant,
    pace: { digests: seconds(60), kernel: millis(200) },
  });
  const owner = await node.own();
  const refused = bindingRecord(0, hostClock.now());
  expect(await owner.append([refused], stop.signal)).toMatchObject({ ok: true });
  await expect.poll(() => node.counters.forwardingRefusals, LONG).toBeGreaterThan(0);
  const routes = () => host.run("ip", "-6", "route", "show", "table", String(TABLE.BINDINGS));
  const elements = () => host.run("nft", "list", "map", "ip6", "roam6", "bindings");
  const home = formatAddress(refused.homeAddress);
  expect(routes()).not.toContain(home);

  isRefusing = false;
  await expect.poll(routes, LONG).toContain(home);
  await expect.poll(elements, LONG).toContain(home);
  await expect.poll(() => node.counters.kernelDifferences, LONG).toBeGreaterThan(0);
  await expect.poll(() => node.alarms, LONG).toContain("the kernel differed from the bindings and is put right");
  stop.abort();
  await kernel.clear();
});

test("a route or filter element that somebody deletes by hand is put back, counted and told (DESIGN §4.5)", async () => {
  using network = createNetwork("krep");
  const host = network.host("ha");
  network.link(host, "home0", network.host("peer"), "eth0");
  const made = await createKernel({ plane: "routed", namespace: host.namespace });
  if (!made.ok) throw new Error(made.error.message);
  await using kernel = made.value;
  expect(await kernel.prepare()).toMatchObject({ ok: true });
  const stop = new AbortController();
  const node = await openRecordsNode("ha1", {
    log: createFakeStreams().log(),
    exchange: createFakeReplicaExchange().join("ha1"),
    signal: stop.signal,
    realKernel: kernel,
    pace: { digests: seconds(60), kernel: millis(200) },
  });
  const owner = await node.own();
  const records = [0, 1, 2].map((home) => bindingRecord(home, hostClock.now()));
  expect(await owner.append(records, stop.signal)).toMatchObject({ ok: true });
  const [victim] = records;
  if (victim === undefined) throw new Error("no record");
  const home = formatAddress(victim.homeAddress);
  const routes = () => host.run("ip", "-6", "route", "show", "table", String(TABLE.BINDINGS));
  const elements = () => host.run("nft", "list", "map", "ip6", "roam6", "bindings");
  await expect.poll(routes, LONG).toContain(home);

  host.run("ip", "-6", "route", "del", home, "table", String(TABLE.BINDINGS));
  expect(routes()).not.toContain(home);
  await expect.poll(routes, LONG).toContain(home);
  expect(node.counters.kernelDifferences).toBe(1);
  expect(node.alarms).toEqual(["the kernel differed from the bindings and is put right"]);

  const own = new RegExp(`${formatAddress(victim.careOfAddress)} \\. ${home} : [0-9a-f:]+`);
  const element = own.exec(elements())?.[0] ?? "";
  host.run("nft", "delete", "element", "ip6", "roam6", "bindings", `{ ${element} }`);
  expect(elements()).not.toMatch(own);
  await expect.poll(elements, LONG).toMatch(own);
  await expect.poll(() => node.counters.kernelDifferences, LONG).toBe(2);
  stop.abort();
  await kernel.clear();
});
