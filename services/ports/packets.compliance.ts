import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Address, ALL_NODES, address, type MacAddress, multicastMac } from "#ipv6/address.ts";
import type { Packets, PacketTap, TapFilter, TappedPacket } from "./packets.ts";

/** One of the two hosts on a link. */
export interface PacketStation {
  readonly packets: Packets;
  readonly device: string;
  /** An address that the host has, routable from the other. */
  readonly address: Address;
  readonly linkLayerAddress: MacAddress;
}

/** Two hosts on one link. */
export interface PacketWorld extends AsyncDisposable {
  readonly a: PacketStation;
  readonly b: PacketStation;
  /** Waits until it holds; fails the test after a while. */
  until(condition: () => boolean): Promise<void>;
}

const MOBILITY_HEADER = 135;
const DESTINATION_OPTIONS = 60;
const ICMPV6 = 58;
const IPV6 = 41;
const UDP = 17;

/** An IPv6 packet without a valid payload: taps look no deeper than the headers. */
const packet = (from: Address, to: Address, nextHeader: number, payload: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(40 + payload.length);
  bytes[0] = 0x60;
  bytes[5] = payload.length;
  bytes[6] = nextHeader;
  bytes[7] = 255;
  bytes.set(from, 8);
  bytes.set(to, 24);
  bytes.set(payload, 40);
  return bytes;
};

/** A Mobility Header of 8 octets whose data is a number to tell packets apart. */
const mobility = (from: Address, to: Address, mark: number): Uint8Array =>
  packet(from, to, MOBILITY_HEADER, [59, 0, 0, 0, 0, 0, mark >> 8, mark & 0xff]);

const markOf = (bytes: Uint8Array): number => ((bytes.at(-2) ?? 0) << 8) | (bytes.at(-1) ?? 0);

const frame = (to: MacAddress, from: MacAddress, body: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(14 + body.length);
  bytes.set(to, 0);
  bytes.set(from, 6);
  bytes.set([0x86, 0xdd], 12);
  bytes.set(body, 14);
  return bytes;
};

/** Opens a tap and keeps copies of what it gives. */
const collect = (
  station: PacketStation,
  filter: TapFilter,
  more: { promiscuousMulticast?: boolean; ignoreOutgoing?: boolean } = {},
): { tap: PacketTap; seen: TappedPacket[] } => {
  const seen: TappedPacket[] = [];
  const tap = station.packets.openTap({
    device: station.device,
    filter,
    ...more,
    onPackets: (batch) => {
      for (const tapped of batch) seen.push({ ...tapped, bytes: tapped.bytes.slice(), source: tapped.source.slice() });
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  return { tap: tap.value, seen };
};

/** What every implementation of port `Packets` promises. */
export const packetsCompliance = (name: string, open: () => Promise<PacketWorld>): void => {
  describe(`${name} keeps the promises of port Packets`, () => {
    let world: PacketWorld;
    beforeAll(async () => {
      world = await open();
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    });

    it("gives a whole packet as it was sent, with its link-layer source", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "mobility" });
      const sent = mobility(a.address, b.address, 1);
      expect(a.packets.send([sent])).toEqual({ sent: 1 });
      await world.until(() => seen.length > 0);
      expect(seen[0]?.bytes).toEqual(sent);
      expect(seen[0]?.outgoing).toBe(false);
      expect(seen[0]?.source.length).toBe(6);
      await tap[Symbol.asyncDispose]();
    });

    it("lets IPv6 in IPv6 through a tunnelled tap, and nothing else", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "tunnelled" });
      const inner = packet(a.address, b.address, UDP, [0, 0, 0, 0, 0, 8, 0, 0]);
      const sent = packet(a.address, b.address, IPV6, [...inner]);
      expect(a.packets.send([mobility(a.address, b.address, 1), inner, sent])).toEqual({ sent: 3 });
      await world.until(() => seen.length > 0);
      expect(seen.map(({ bytes }) => bytes)).toEqual([sent]);
      await tap[Symbol.asyncDispose]();
    });

    it("lets Mobility Headers through a mobility tap, also behind an extension header, and nothing else", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "mobility" });
      const behindOptions = packet(a.address, b.address, DESTINATION_OPTIONS, [
        ...[MOBILITY_HEADER, 0, 1, 4, 0, 0, 0, 0],
        ...[59, 0, 0, 0, 0, 0, 0, 2],
      ]);
      const otherBehindOptions = packet(a.address, b.address, DESTINATION_OPTIONS, [
        UDP,
        0,
        1,
        4,
        0,
        0,
        0,
        0,
        ...new Array(8).fill(0),
      ]);
      const datagram = packet(a.address, b.address, UDP, [0, 9, 0, 9, 0, 8, 0, 0]);
      a.packets.send([datagram, otherBehindOptions, behindOptions, mobility(a.address, b.address, 3)]);
      await world.until(() => seen.some(({ bytes }) => markOf(bytes) === 3));
      expect(seen.map(({ bytes }) => bytes)).toEqual([behindOptions, mobility(a.address, b.address, 3)]);
      await tap[Symbol.asyncDispose]();
    });

    it("lets only the asked types through an ICMPv6 tap", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "icmpv6", types: [144, 146] });
      const message = (type: number) => packet(a.address, b.address, ICMPV6, [type, 0, 0, 0, 0, 0, 0, 0]);
      a.packets.send([message(145), message(144), mobility(a.address, b.address, 4), message(146)]);
      await world.until(() => seen.some(({ bytes }) => bytes[40] === 146));
      expect(seen.map(({ bytes }) => bytes[40])).toEqual([144, 146]);
      await tap[Symbol.asyncDispose]();
    });

    it("keeps the order of a large batch and loses none of it", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "mobility" });
      const marks = Array.from({ length: 600 }, (_, index) => index);
      expect(a.packets.send(marks.map((mark) => mobility(a.address, b.address, mark))).sent).toBe(600);
      await world.until(() => seen.length >= 600);
      expect(seen.map(({ bytes }) => markOf(bytes))).toEqual(marks);
      expect(tap.dropped).toBe(0);
      await tap[Symbol.asyncDispose]();
    });

    it("marks what this host sent itself, or leaves it out when asked", async () => {
      const { a, b } = world;
      const all = collect(a, { kind: "mobility" });
      const incoming = collect(a, { kind: "mobility" }, { ignoreOutgoing: true });
      a.packets.send([mobility(a.address, b.address, 5)]);
      await world.until(() => all.seen.length > 0);
      b.packets.send([mobility(b.address, a.address, 6)]);
      await world.until(() => all.seen.length > 1 && incoming.seen.length > 0);
      expect(all.seen.map(({ bytes, outgoing }) => [markOf(bytes), outgoing])).toEqual([
        [5, true],
        [6, false],
      ]);
      expect(incoming.seen.map(({ bytes }) => markOf(bytes))).toEqual([6]);
      await all.tap[Symbol.asyncDispose]();
      await incoming.tap[Symbol.asyncDispose]();
    });

    it("sees on all devices what comes in and nothing that this host sends", async () => {
      const { a, b } = world;
      const seen: TappedPacket[] = [];
      const tap = a.packets.openTap({
        filter: { kind: "mobility" },
        onPackets: (batch) => {
          for (const tapped of batch) seen.push({ ...tapped, bytes: tapped.bytes.slice() });
        },
      });
      if (!tap.ok) throw new Error(tap.error.message);
      a.packets.send([mobility(a.address, b.address, 13)]);
      b.packets.send([mobility(b.address, a.address, 14)]);
      await world.until(() => seen.length > 0);
      expect(seen.map(({ bytes, outgoing }) => [markOf(bytes), outgoing])).toEqual([[14, false]]);
      expect(seen[0]?.device).toBeGreaterThan(0);
      await tap.value[Symbol.asyncDispose]();
    });

    it("sends multicast and frames out of the named device, frames with the source they bear", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "mobility" });
      const virtualMac = new Uint8Array([0, 0, 0x5e, 0, 2, 7]);
      expect(a.packets.send([mobility(a.address, ALL_NODES, 7)], { device: a.device })).toEqual({ sent: 1 });
      const framed = frame(multicastMac(ALL_NODES), virtualMac, mobility(a.address, ALL_NODES, 8));
      expect(a.packets.sendFrames(a.device, [framed])).toEqual({ sent: 1 });
      const direct = frame(b.linkLayerAddress, virtualMac, mobility(a.address, b.address, 9));
      expect(a.packets.sendFrames(a.device, [direct])).toEqual({ sent: 1 });
      await world.until(() => seen.length > 2);
      expect(seen.map(({ bytes, source }) => [markOf(bytes), source])).toEqual([
        [7, a.linkLayerAddress],
        [8, virtualMac],
        [9, virtualMac],
      ]);
      expect(seen.map(({ toGroup }) => toGroup === true)).toEqual([true, true, false]);
      await tap[Symbol.asyncDispose]();
    });

    it("sends to a neighbour from the device's own link-layer address, wherever the routing table leads", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "mobility" });
      expect(a.packets.sendTo(a.device, b.linkLayerAddress, [mobility(a.address, b.address, 15)])).toEqual({ sent: 1 });
      await world.until(() => seen.length > 0);
      expect(seen.map(({ bytes, source }) => [markOf(bytes), source])).toEqual([[15, a.linkLayerAddress]]);
      expect(a.packets.sendTo("absent0", b.linkLayerAddress, [mobility(a.address, b.address, 0)])).toMatchObject({
        sent: 0,
        error: { code: "no-device" },
      });
      await tap[Symbol.asyncDispose]();
    });

    it("sends a packet for one address to all nodes of the link, who see that the frame was for a group", async () => {
      const { a, b } = world;
      const { tap, seen } = collect(b, { kind: "mobility" });
      const packets = [mobility(a.address, b.address, 16), mobility(a.address, address("2001:db8:9::9"), 17)];
      expect(a.packets.sendTo(a.device, multicastMac(ALL_NODES), packets)).toEqual({ sent: 2 });
      await world.until(() => seen.length > 1);
      expect(seen.map(({ bytes, toGroup }) => [markOf(bytes), toGroup])).toEqual([
        [16, true],
        [17, true],
      ]);
      await tap[Symbol.asyncDispose]();
    });

    it("takes multicast of a joined group; joining twice and leaving twice do no harm", async () => {
      const { a, b } = world;
      const group = address("ff02::1:ff00:1234");
      const first = b.packets.join(b.device, group);
      const second = b.packets.join(b.device, group);
      if (!first.ok || !second.ok) throw new Error("the group can not be joined");
      await first.value[Symbol.asyncDispose]();
      await first.value[Symbol.asyncDispose]();
      const { tap, seen } = collect(b, { kind: "mobility" });
      a.packets.send([mobility(a.address, group, 10)], { device: a.device });
      await world.until(() => seen.length > 0);
      expect(seen.map(({ bytes }) => markOf(bytes))).toEqual([10]);
      await second.value[Symbol.asyncDispose]();
      await tap[Symbol.asyncDispose]();
    });

    it("gives nothing more to a tap that was disposed of", async () => {
      const { a, b } = world;
      const closed = collect(b, { kind: "mobility" });
      const open = collect(b, { kind: "mobility" });
      await closed.tap[Symbol.asyncDispose]();
      await closed.tap[Symbol.asyncDispose]();
      a.packets.send([mobility(a.address, b.address, 11)]);
      await world.until(() => open.seen.length > 0);
      expect(closed.seen).toEqual([]);
      await open.tap[Symbol.asyncDispose]();
    });

    it("tells a device that does not exist", () => {
      const { a } = world;
      const missing = { device: "absent0" };
      const tap = a.packets.openTap({ ...missing, filter: { kind: "mobility" }, onPackets: () => undefined });
      expect(tap).toMatchObject({ ok: false, error: { code: "no-device" } });
      expect(a.packets.send([mobility(a.address, ALL_NODES, 0)], missing)).toMatchObject({
        sent: 0,
        error: { code: "no-device" },
      });
      expect(
        a.packets.sendFrames("absent0", [
          frame(a.linkLayerAddress, a.linkLayerAddress, mobility(a.address, a.address, 0)),
        ]),
      ).toMatchObject({
        sent: 0,
        error: { code: "no-device" },
      });
      expect(a.packets.join("absent0", ALL_NODES)).toMatchObject({ ok: false, error: { code: "no-device" } });
    });

    it("sends what comes before a packet that can not be sent, and tells why it stopped", () => {
      const { a, b } = world;
      const good = mobility(a.address, b.address, 12);
      expect(a.packets.send([good, new Uint8Array(4), good])).toMatchObject({ sent: 1, error: { code: "system" } });
    });

    it("holds a protocol until the handle is disposed of", async () => {
      const held = world.b.packets.holdProtocol(MOBILITY_HEADER);
      expect(held.ok).toBe(true);
      if (held.ok) await held.value[Symbol.asyncDispose]();
    });
  });
};
