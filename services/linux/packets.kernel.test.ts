import { expect, it } from "vitest";
import type { Address } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { packetsCompliance } from "#ports/packets.compliance.ts";
import { openVethWorld } from "#test/veth-world.ts";

packetsCompliance("packets of the Linux kernel", openVethWorld);

const PARAMETER_PROBLEM = 4;
const ECHO_REPLY = 129;

/** Binding Refresh Request; its checksum does not matter here. */
const bindingRefreshRequest = (source: Address, destination: Address): Uint8Array => {
  const bytes = new Uint8Array(48);
  bytes.set([0x60, 0, 0, 0, 0, 8, 135, 64]);
  bytes.set(source, 8);
  bytes.set(destination, 24);
  bytes.set([59, 0, 0, 0, 0, 0, 0, 0], 40);
  return bytes;
};

it("keeps the kernel from answering Mobility Headers with Parameter Problem while the protocol is held", async () => {
  await using world = await openVethWorld();
  const { a, b } = world;
  const answers: number[] = [];
  const tap = a.packets.openTap({
    device: a.device,
    filter: { kind: "icmpv6", types: [PARAMETER_PROBLEM, ECHO_REPLY] },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) answers.push(bytes[40] ?? -1);
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  // The echo's reply tells that what was sent before it has been dealt with.
  const echo = encodeIcmpv6Packet({
    source: a.address,
    destination: b.address,
    message: { type: 128, identifier: 1, sequence: 1, data: new Uint8Array(8) },
  });
  const held = b.packets.holdProtocol(135);
  if (!held.ok) throw new Error(held.error.message);
  a.packets.send([bindingRefreshRequest(a.address, b.address), echo]);
  await world.until(() => answers.includes(ECHO_REPLY));
  expect(answers).toEqual([ECHO_REPLY]);

  await held.value[Symbol.asyncDispose]();
  a.packets.send([bindingRefreshRequest(a.address, b.address)]);
  await world.until(() => answers.length > 1);
  expect(answers).toEqual([ECHO_REPLY, PARAMETER_PROBLEM]);
  await tap.value[Symbol.asyncDispose]();
});

it("sees on a device's wire what a macvlan on top of it takes", async () => {
  await using world = await openVethWorld();
  const { a, b, namespaces, names } = world;
  namespaces.ip(
    names.b,
    "link",
    "add",
    "mv0",
    "link",
    b.device,
    "address",
    "02:00:5e:00:02:01",
    "type",
    "macvlan",
    "mode",
    "bridge",
  );
  namespaces.ip(names.b, "link", "set", "mv0", "up");
  const seen: string[] = [];
  const open = (device: string | undefined, label: string) => {
    const tap = b.packets.openTap({
      ...(device === undefined ? {} : { device }),
      filter: { kind: "mobility" },
      onPackets: (batch) => {
        for (const { outgoing } of batch) seen.push(`${label}${outgoing ? " out" : ""}`);
      },
    });
    if (!tap.ok) throw new Error(tap.error.message);
    return tap.value;
  };
  await using parent = open(b.device, "parent");
  await using macvlan = open("mv0", "macvlan");
  await using all = open(undefined, "all");
  const frame = new Uint8Array(62);
  frame.set([2, 0, 0x5e, 0, 2, 1, ...a.linkLayerAddress, 0x86, 0xdd]);
  frame.set(bindingRefreshRequest(a.address, b.address), 14);
  a.packets.sendFrames(a.device, [frame]);
  await world.until(() => seen.length > 2);
  expect(seen.toSorted()).toEqual(["all", "macvlan", "parent"]);
  expect([parent.dropped, macvlan.dropped, all.dropped]).toEqual([0, 0, 0]);
});

it("counts what it drops when more comes than its queue holds, keeps its memory, and goes on", async () => {
  await using world = await openVethWorld();
  const { a, b } = world;
  let seen = 0;
  let largest = 0;
  const tap = b.packets.openTap({
    device: b.device,
    filter: { kind: "mobility" },
    onPackets: (batch) => {
      seen += batch.length;
      largest = Math.max(largest, batch.length);
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  const flood = new Array(256).fill(bindingRefreshRequest(a.address, b.address));
  let sent = 0;
  const before = process.memoryUsage();
  // All in one turn of the event loop, so nothing is read meanwhile.
  while (tap.value.dropped === 0 && sent < 1_000_000) sent += a.packets.send(flood).sent;
  const { dropped } = tap.value;
  expect(dropped).toBeGreaterThan(0);
  await world.until(() => seen + tap.value.dropped >= sent);
  expect(seen + tap.value.dropped).toBe(sent);
  expect(largest).toBeLessThanOrEqual(64);
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 << 20);
  a.packets.send([bindingRefreshRequest(a.address, b.address)]);
  await world.until(() => seen + tap.value.dropped === sent + 1);
  await tap.value[Symbol.asyncDispose]();
});

it("tells how long a packet waited until this process read it", async () => {
  await using world = await openVethWorld();
  const { a, b } = world;
  const waits: number[] = [];
  const tap = b.packets.openTap({
    device: b.device,
    filter: { kind: "mobility" },
    onPackets: (batch) => {
      for (const { waited } of batch) waits.push(waited ?? -1);
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  const packet = bindingRefreshRequest(a.address, b.address);
  a.packets.send([packet]);
  await world.until(() => waits.length === 1);
  a.packets.send([packet]);
  await world.until(() => waits.length === 2);
  a.packets.send([packet]);
  const busyUntil = performance.now() + 300;
  while (performance.now() < busyUntil);
  await world.until(() => waits.length === 3);
  expect(waits[0]).toBe(0);
  expect(waits[1]).toBeLessThan(200);
  expect(waits[2]).toBeGreaterThan(200);
  await tap.value[Symbol.asyncDispose]();
});
