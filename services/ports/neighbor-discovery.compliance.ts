import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Address,
  ALL_NODES,
  address,
  addressEquals,
  isUnspecified,
  type MacAddress,
  multicastMac,
  solicitedNode,
  UNSPECIFIED,
} from "#ipv6/address.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { millis, seconds } from "#wire/time.ts";
import type { NeighborDiscovery } from "./neighbor-discovery.ts";
import type { PacketStation, PacketWorld } from "./packets.compliance.ts";

/** Two hosts on one link, with Neighbor Discovery on each. */
export interface NeighborWorld extends PacketWorld {
  readonly discoveryOfA: NeighborDiscovery;
  readonly discoveryOfB: NeighborDiscovery;
}

/** What a tap saw, decoded; checks that the checksum is right by decoding it. */
interface Seen {
  readonly source: Address;
  readonly destination: Address;
  readonly hopLimit: number;
  readonly sender: MacAddress;
  readonly type: number;
  readonly target: Address;
  readonly flags: unknown;
  readonly options: readonly unknown[];
}

const watch = (station: PacketStation): { readonly seen: Seen[] } & AsyncDisposable => {
  const seen: Seen[] = [];
  const tap = station.packets.openTap({
    device: station.device,
    filter: { kind: "icmpv6", types: [135, 136] },
    promiscuousMulticast: true,
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes, source: sender } of batch) {
        const packet = decodeIpv6Packet(bytes.slice());
        const message = packet.ok ? decodeIcmpv6Packet(packet.value) : packet;
        if (!packet.ok || !message.ok || !("target" in message.value)) continue;
        const { source, destination, hopLimit } = packet.value;
        const { type, target, options } = message.value;
        const flags = "flags" in message.value ? message.value.flags : undefined;
        seen.push({ source, destination, hopLimit, sender: sender.slice(), type, target, flags, options });
      }
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  return { seen, [Symbol.asyncDispose]: () => tap.value[Symbol.asyncDispose]() };
};

const about =
  (target: Address, type: number) =>
  (item: Seen): boolean =>
    item.type === type && addressEquals(item.target, target);

const HOME_MAC: MacAddress = new Uint8Array([0, 0, 0x5e, 0, 2, 1]);
const flags = (router: boolean, solicited: boolean, override: boolean) => ({
  router,
  solicited,
  override,
  reserved: undefined,
});

/** What every implementation of port `NeighborDiscovery` promises. */
export const neighborDiscoveryCompliance = (name: string, open: () => Promise<NeighborWorld>): void => {
  describe(`${name} keeps the promises of port NeighborDiscovery`, () => {
    let world: NeighborWorld;
    /** A fresh home address for each test. */
    let next = 0x100;
    const fresh = (): Address => address(`2001:db8:aa::${(next++).toString(16)}`);
    beforeAll(async () => {
      world = await open();
    });
    afterAll(async () => {
      await world[Symbol.asyncDispose]();
    });

    /** Detection at `a`, followed until it ends; also tells who asked. */
    const detect = async (
      target: Address,
      transmits = 2,
      { signal = new AbortController().signal, retransmit = millis(60) } = {},
    ) => {
      let outcome: unknown;
      const { a, discoveryOfA } = world;
      void discoveryOfA.detectDuplicate({ device: a.device, target, transmits, retransmit, signal }).then(
        (value) => {
          outcome = value;
        },
        (reason: unknown) => {
          outcome = { aborted: reason };
        },
      );
      await world.until(() => outcome !== undefined);
      return outcome;
    };

    const solicitation = (source: Address, target: Address, more: { hopLimit?: number; destination?: Address } = {}) =>
      encodeIcmpv6Packet({
        source,
        destination: more.destination ?? solicitedNode(target),
        hopLimit: more.hopLimit ?? 255,
        message: { type: 135, target, options: [] },
      });

    const advertisement = (target: Address, hopLimit = 255) =>
      encodeIcmpv6Packet({
        source: world.b.address,
        destination: ALL_NODES,
        hopLimit,
        message: { type: 136, flags: flags(false, false, true), target, options: [] },
      });

    const sendFromB = (packet: Uint8Array) => {
      expect(world.b.packets.send([packet], { device: world.b.device })).toEqual({ sent: 1 });
    };

    it("solicits from the unspecified address as often as asked, then finds the address unique", async () => {
      await using onB = watch(world.b);
      const target = fresh();
      expect(await detect(target, 3)).toEqual({ ok: true, value: "unique" });
      const asked = onB.seen.filter(about(target, 135));
      expect(asked.length).toBe(3);
      for (const { source, destination, hopLimit, options } of asked) {
        expect(isUnspecified(source)).toBe(true);
        expect(destination).toEqual(solicitedNode(target));
        expect(hopLimit).toBe(255);
        expect(options).toEqual([]);
      }
    });

    it("finds an address duplicate that another node advertises", async () => {
      const target = fresh();
      await using answering = answerAtB(target);
      expect(await detect(target)).toEqual({ ok: true, value: "duplicate" });
      expect(answering).toBeDefined();
    });

    /** Lets `b` answer for one address. */
    const answerAtB = (target: Address, router = false): AsyncDisposable => {
      const answering = world.discoveryOfB.answer({
        device: world.b.device,
        lookup: (asked) => (addressEquals(asked, target) ? { linkLayerAddress: HOME_MAC, router } : undefined),
      });
      if (!answering.ok) throw new Error(answering.error.message);
      return answering.value;
    };

    it("finds an address duplicate that another node is detecting at the same time", async () => {
      const target = fresh();
      const outcome = detect(target);
      sendFromB(solicitation(UNSPECIFIED, target));
      expect(await outcome).toEqual({ ok: true, value: "duplicate" });
    });

    it("takes neither a forwarded advertisement nor an ordinary solicitation for a claim", async () => {
      const target = fresh();
      const outcome = detect(target);
      sendFromB(advertisement(target, 254));
      sendFromB(solicitation(world.b.address, target));
      sendFromB(solicitation(UNSPECIFIED, target, { hopLimit: 64 }));
      sendFromB(solicitation(UNSPECIFIED, target, { destination: ALL_NODES }));
      expect(await outcome).toEqual({ ok: true, value: "unique" });
    });

    it("detects a thousand addresses at once, and tells apart the one that is taken", async () => {
      const targets = Array.from({ length: 1000 }, () => fresh());
      const taken = targets[500] ?? fresh();
      await using answering = answerAtB(taken);
      const outcomes = await Promise.all(
        targets.map(async (target) => ({ target, outcome: await detect(target, 1, { retransmit: seconds(1) }) })),
      );
      expect(answering).toBeDefined();
      const duplicates = outcomes.filter(({ outcome }) => JSON.stringify(outcome).includes("duplicate"));
      expect(duplicates.map(({ target }) => target)).toEqual([taken]);
      expect(outcomes.length).toBe(1000);
    });

    it("stops a detection when its signal aborts", async () => {
      const controller = new AbortController();
      const outcome = detect(fresh(), 5, controller);
      controller.abort("enough");
      expect(await outcome).toEqual({ aborted: "enough" });
      expect(await detect(fresh(), 5, { signal: AbortSignal.abort("before") })).toEqual({ aborted: "before" });
    });

    it("answers for an address it knows, solicited, R clear, with its link-layer address (R-10.4.1-12, R-10.4.1-14, R-10.4.1-15)", async () => {
      await using onA = watch(world.a);
      const target = fresh();
      await using answering = answerAtB(target);
      world.a.packets.send([solicitation(world.a.address, target)], { device: world.a.device });
      await world.until(() => onA.seen.some(about(target, 136)));
      expect(answering).toBeDefined();
      expect(onA.seen.find(about(target, 136))).toEqual({
        source: target,
        destination: world.a.address,
        hopLimit: 255,
        sender: HOME_MAC,
        type: 136,
        target,
        flags: flags(false, true, false),
        options: [{ type: 2, linkLayerAddress: HOME_MAC }],
      });
    });

    it("answers duplicate address detection to all nodes, not solicited", async () => {
      await using onA = watch(world.a);
      const target = fresh();
      await using answering = answerAtB(target, true);
      world.a.packets.send([solicitation(UNSPECIFIED, target)], { device: world.a.device });
      await world.until(() => onA.seen.some(about(target, 136)));
      expect(answering).toBeDefined();
      expect(onA.seen.find(about(target, 136))).toMatchObject({
        destination: ALL_NODES,
        flags: flags(true, false, true),
      });
    });

    it("does not answer for an address it does not know, nor after the handle is disposed of (R-10.4.1-13)", async () => {
      await using onA = watch(world.a);
      const [unknown, given, known] = [fresh(), fresh(), fresh()];
      const ended = answerAtB(given);
      await ended[Symbol.asyncDispose]();
      await using answering = answerAtB(known);
      const asked = [unknown, given, known].map((target) => solicitation(world.a.address, target));
      world.a.packets.send(asked, { device: world.a.device });
      await world.until(() => onA.seen.some(about(known, 136)));
      expect(answering).toBeDefined();
      expect(onA.seen.filter(about(unknown, 136))).toEqual([]);
      expect(onA.seen.filter(about(given, 136))).toEqual([]);
    });

    it("announces to all nodes: target, link-layer address, R and S clear, O set, source as given (R-10.4.1-03, R-10.4.1-05, R-10.4.1-06, R-10.4.1-07, R-10.4.1-08, R-10.4.1-09, R-10.4.1-10, R-10.4.1-11)", async () => {
      await using onA = watch(world.a);
      const target = fresh();
      const source = world.b.address;
      const announced = world.discoveryOfB.announce(world.b.device, [
        { target, linkLayerAddress: HOME_MAC, router: false, source },
      ]);
      expect(announced.ok).toBe(true);
      await world.until(() => onA.seen.some(about(target, 136)));
      expect(onA.seen.find(about(target, 136))).toEqual({
        source,
        destination: ALL_NODES,
        hopLimit: 255,
        sender: HOME_MAC,
        type: 136,
        target,
        flags: flags(false, false, true),
        options: [{ type: 2, linkLayerAddress: HOME_MAC }],
      });
    });

    it("announces thousands of addresses in one call", async () => {
      await using onA = watch(world.a);
      const targets = Array.from({ length: 3000 }, () => fresh());
      const announced = world.discoveryOfB.announce(
        world.b.device,
        targets.map((target) => ({ target, linkLayerAddress: HOME_MAC, router: false })),
      );
      expect(announced.ok).toBe(true);
      await world.until(() => onA.seen.filter(({ type }) => type === 136).length >= 3000);
      expect(onA.seen.filter(({ type }) => type === 136).map(({ target }) => target)).toEqual(targets);
    });

    it("tells a device that does not exist", async () => {
      const { discoveryOfA } = world;
      const refusal = { ok: false, error: { code: "no-device" } };
      const one = { target: fresh(), linkLayerAddress: multicastMac(ALL_NODES), router: false };
      expect(discoveryOfA.announce("absent0", [one])).toMatchObject(refusal);
      expect(discoveryOfA.answer({ device: "absent0", lookup: () => undefined })).toMatchObject(refusal);
      const detection = discoveryOfA.detectDuplicate({
        device: "absent0",
        target: one.target,
        transmits: 1,
        retransmit: millis(1),
        signal: new AbortController().signal,
      });
      expect(await detection).toMatchObject(refusal);
    });
  });
};
