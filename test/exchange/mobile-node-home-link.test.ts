import { describe, expect, it } from "vitest";
import { address, addressEquals, formatAddress, isLinkLocal, isUnspecified, solicitedNode } from "#ipv6/address.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { foldSum, sumWords } from "#wire/checksum.ts";
import { millis, seconds } from "#wire/time.ts";
import { careOf, HOME, HOME_AGENT, openWorld } from "./mobile-node-world.ts";

type World = ReturnType<typeof openWorld>;

const NEIGHBOUR = address("fe80::99");
const NEIGHBOUR_MAC = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
const LINK_LOCAL = address("fe80::10");
const SOLICITATIONS = [133, 135];

/** A mobile node with a link-local address that has registered from the first foreign link, and a host of the home link. */
const away = async () => {
  const world = openWorld();
  const host = world.network.addNode({
    name: "host",
    devices: [{ name: "eth0", link: "home", linkLayerAddress: NEIGHBOUR_MAC }],
  });
  world.kernel.assign(LINK_LOCAL);
  world.plug("f1");
  await world.mobileNode.start();
  await world.clock.advance(millis(100));
  const ask = (target: Uint8Array) =>
    host.packets.send(
      [
        encodeIcmpv6Packet({
          source: NEIGHBOUR,
          destination: solicitedNode(target),
          message: { type: 135, target, options: [{ type: 1, linkLayerAddress: NEIGHBOUR_MAC }] },
        }),
      ],
      { device: "eth0" },
    );
  return { world, ask };
};

/** Neighbor Advertisements of the mobile node as one node got them. */
const advertised = (world: World, to: string) =>
  world.network.crossings.flatMap(({ from, to: receiver, packet }) => {
    const decoded = from === "mn" && receiver === to ? decodeIpv6Packet(packet) : undefined;
    const message = decoded?.ok ? decodeIcmpv6Packet(decoded.value) : undefined;
    if (decoded?.ok !== true || message?.ok !== true || message.value.type !== 136) return [];
    if (!("target" in message.value)) return [];
    const { target, flags, options } = message.value;
    return [{ target: formatAddress(target), destination: formatAddress(decoded.value.destination), flags, options }];
  });

describe("on the home link, after the de-registration has left", () => {
  it("a solicitation for the home address is answered by unicast, to the link-layer address of who asks (R-11.5.5-11, R-11.5.5-12)", async () => {
    const { world, ask } = await away();
    world.agent.script.silent = true;
    const release = world.kernel.holdHome();
    world.plug("home");
    // BU(lifetime=0) -->, and no acknowledgement; the kernel does not have the address yet
    await world.clock.advance(millis(600));
    expect(world.agent.updates.at(-1)?.update.lifetime).toBe(0);
    ask(HOME);
    await world.clock.advance(millis(10));
    const [answer, ...others] = advertised(world, "host");
    expect(others).toEqual([]);
    expect(answer).toMatchObject({
      target: formatAddress(HOME),
      destination: formatAddress(NEIGHBOUR),
      flags: { solicited: true, router: false },
      options: [{ type: 2, linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0x10]) }],
    });
    // Another node of the link would have got it, if it had not gone to one link-layer address.
    expect(advertised(world, "ha")).toEqual([]);
    release();
  });

  it("the kernel knows the home agent where its answer to the solicitation came from (R-11.5.5-08)", async () => {
    const { world } = await away();
    world.plug("home");
    await world.clock.advance(millis(100));
    expect(world.kernel.homeAgent()).toEqual(new Uint8Array([2, 0, 0, 0, 0, 0xa1]));
  });

  it("an address that is not the mobile node's is not answered for", async () => {
    const { world, ask } = await away();
    world.agent.script.silent = true;
    const release = world.kernel.holdHome();
    world.plug("home");
    await world.clock.advance(millis(600));
    ask(HOME_AGENT);
    await world.clock.advance(millis(10));
    expect(advertised(world, "host")).toEqual([]);
    release();
  });

  it("each home address is advertised, the link-local one included (R-11.5.5-16)", async () => {
    const { world } = await away();
    world.plug("home");
    await world.clock.advance(millis(100));
    const flags = { router: false, solicited: false, override: true };
    expect(advertised(world, "host")).toMatchObject([
      { target: formatAddress(HOME), destination: "ff02::1", flags },
      { target: formatAddress(LINK_LOCAL), destination: "ff02::1", flags },
    ]);
  });
});

describe("what a mobile node sends on the links that it visits", () => {
  it("to find routers and addresses is from the unspecified or a link-local address, and bears no Home Address option (R-11.5.3-04, R-11.3.1-06)", async () => {
    const { world } = await away();
    for (const link of ["f2", "f1", "home", "f1"] as const) {
      world.plug(link);
      await world.clock.advance(seconds(1));
    }
    // The router falls silent and is probed.
    world.move("f2");
    world.advertise("f2");
    await world.clock.advance(seconds(3));
    const own = world.network.crossings.filter(({ from }) => from === "mn").map(({ packet }) => packet);
    const neighborDiscovery = own.filter((packet) => packet[6] === 58 && (packet[40] ?? 0) >= 133);
    const solicitations = neighborDiscovery.filter((packet) => SOLICITATIONS.includes(packet[40] ?? 0));
    expect(new Set(solicitations.map((packet) => packet[40]))).toEqual(new Set(SOLICITATIONS));
    for (const packet of solicitations) {
      const source = packet.subarray(8, 24);
      expect(isUnspecified(source) || isLinkLocal(source), formatAddress(source)).toBe(true);
    }
    // Whatever has an extension header is a Binding Update: no Neighbor Discovery hides behind one.
    const behindHeaders = own.filter((packet) => packet[6] !== 58 && packet[6] !== 135);
    expect(behindHeaders.length).toBeGreaterThan(0);
    for (const packet of behindHeaders) {
      const decoded = decodeMobilityPacket(packet);
      expect(decoded.ok && decoded.value.message.type).toBe(5);
    }
  });

  it("with the Home Address option has a checksum made with the home address (R-11.3.1-11)", async () => {
    const { world } = await away();
    // The sums of home address and first care-of address happen to be the same.
    world.plug("f2");
    await world.clock.advance(millis(100));
    const update = world.network.crossings.findLast(({ from, to }) => from === "mn" && to === "ha")?.packet;
    const decoded = update === undefined ? undefined : decodeIpv6Packet(update);
    if (decoded?.ok !== true) throw new Error("no update");
    const { payload, protocol, destination, source } = decoded.value;
    const sumWith = (as: Uint8Array) =>
      foldSum(pseudoHeaderSum(as, destination, payload.length, protocol) + sumWords(payload, 0, payload.length));
    expect(addressEquals(source, careOf("f2"))).toBe(true);
    expect(sumWith(HOME)).toBe(0xffff);
    expect(sumWith(source)).not.toBe(0xffff);
  });
});
