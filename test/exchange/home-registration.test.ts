import { describe, expect, test } from "vitest";
import { FLAG } from "#binding/rules.ts";
import { ALL_NODES, address } from "#ipv6/address.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME, HOME_AGENT } from "./home-agent-addresses.ts";
import { openWorld, VIRTUAL_MAC } from "./home-agent-world.ts";

const SOON = millis(50);
const DETECTION = millis(1100);
const off = { policy: { duplicateAddressDetection: "off" as const } };

describe("registration", () => {
  test("goes through duplicate address detection, commit, forwarding, proxy Neighbor Discovery, acknowledgement (R-10.3.1-16, R-10.4.1-02, R-9.5.4-02, R-9.5.4-05, R-10.3.1-26)", async () => {
    await using world = await openWorld();
    // BU(lifetime=60) -->
    world.mobileNode.send();
    await world.run(millis(900));
    expect(world.mobileNode.acknowledgements).toEqual([]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    await world.run(millis(300));
    // <-- BA(status=0)
    expect(world.story).toEqual(["log binding", "kernel set", "NA", "BA 0"]);
    expect(world.mobileNode.acknowledgements).toMatchObject([
      { status: 0, sequence: 101, lifetime: 60, viaRoutingHeader: true, isAuthentic: true },
    ]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.agent.instances[0]?.bindings).toBe(1);
  });

  test("multicasts a Neighbor Advertisement with the virtual MAC on behalf of the mobile node (R-10.4.1-03, R-10.4.1-07, R-10.4.1-08, R-10.4.1-09, R-10.4.1-10, R-10.4.1-11)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.advertised[0]).toEqual({
      target: HOME,
      source: HOME_AGENT,
      destination: ALL_NODES,
      router: false,
      solicited: false,
      override: true,
      linkLayerAddress: VIRTUAL_MAC,
    });
  });

  test("with the L bit the link-local address is announced and defended as well (R-10.4.1-04, R-10.3.1-19)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ flags: { linkLocalCompatibility: true } });
    await world.run(SOON);
    const linkLocal = address("fe80::100");
    expect(world.advertised.map(({ target }) => target)).toEqual([HOME, linkLocal]);
    expect(world.agent.instances[0]?.intercepts(HOME)).toBe(true);
  });

  test("the entry is marked as a home registration (R-10.3.1-13)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    const cache = world.agent.instances[0]?.cache;
    expect((cache?.read(cache.find(HOME)).flags ?? 0) & FLAG.homeRegistration).toBe(FLAG.homeRegistration);
  });

  test("an acknowledgement is returned although the A bit is clear (R-10.3.1-25)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ flags: { acknowledge: false } });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0 }]);
  });

  test("the lifetime is that of the entry, never above what was asked for or allowed (R-10.3.1-20, R-10.3.1-32, R-6.1.8-04)", async () => {
    await using world = await openWorld({
      policy: { duplicateAddressDetection: "off", maximumLifetime: seconds(100) },
    });
    world.mobileNode.send({ lifetime: 400 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ lifetime: 100 }]);
    expect(world.streams.records("a")).toMatchObject([{ lifetime: 100_000 }]);
  });

  test("status 1 tells of a deprecated home prefix (R-10.3.1-27)", async () => {
    await using world = await openWorld({
      policy: { duplicateAddressDetection: "off", prefixPreferredLifetime: seconds(0) },
    });
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 1 }]);
  });

  test("a home address in use on the home link is refused with 134 (R-10.3.1-17, R-10.3.1-18)", async () => {
    await using world = await openWorld();
    const { createNeighborDiscovery } = await import("#linux/neighbor-discovery.ts");
    const { packets } = world.neighbour;
    const host = createNeighborDiscovery({ packets, clock: world.clock });
    host.answer({
      device: "eth0",
      lookup: (target) =>
        target[15] === HOME[15] && target[14] === HOME[14]
          ? { linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0x99]), router: false }
          : undefined,
    });
    world.mobileNode.send();
    await world.run(DETECTION);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 134, sequence: 101, lifetime: 0 }]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.streams.records("a")).toEqual([]);
    expect(world.agent.instances[0]?.bindings).toBe(0);
  });

  test("optimistic registration is taken back with 134 when the home address turns out to be in use", async () => {
    await using world = await openWorld({ policy: { duplicateAddressDetection: "optimistic" } });
    const { createNeighborDiscovery } = await import("#linux/neighbor-discovery.ts");
    const host = createNeighborDiscovery({ packets: world.neighbour.packets, clock: world.clock });
    world.network.impair(({ from }) => (from === "host" ? { later: millis(300) } : "deliver"));
    host.answer({
      device: "eth0",
      lookup: () => ({ linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0x99]), router: false }),
    });
    world.mobileNode.send();
    await world.run(DETECTION);
    expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([0, 134]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
  });

  test("updates repeated while duplicate address detection runs are answered once, for the newest", async () => {
    await using world = await openWorld();
    world.mobileNode.send();
    await world.run(millis(400));
    world.mobileNode.send({ from: CARE_OF_2 });
    await world.run(DETECTION);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 102 }]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
  });

  test("no entry of a full cache gives way to another registration, and none to a crowd of ended ones (R-10.3.1-14)", async () => {
    await using world = await openWorld({
      ...off,
      authentication: "none",
      limits: { bindings: 3, inMotion: 10, tombstones: 2 },
    });
    const addressOf = (n: number) => address(`2001:db8:1::${n.toString(16)}`);
    const kept = [0x201, 0x202].map(addressOf);
    for (const homeAddress of kept) world.mobileNode.send({ homeAddress });
    await world.run(SOON);
    for (let n = 0x300; n < 0x320; n++) {
      for (const lifetime of [60, 0]) {
        world.mobileNode.send({ homeAddress: addressOf(n), lifetime });
        await world.run(SOON);
      }
    }
    expect(world.agent.instances[0]?.cache.size).toBe(kept.length + 2);
    for (let n = 0x400; n < 0x420; n++) world.mobileNode.send({ homeAddress: addressOf(n) });
    await world.run(SOON);
    expect(world.agent.instances[0]?.bindings).toBe(3);
    for (const homeAddress of kept) {
      expect(world.agent.instances[0]?.intercepts(homeAddress)).toBe(true);
      expect(world.kernel.careOfAddress(homeAddress)).toEqual(CARE_OF);
    }
  });

  test("beyond the configured number of bindings status 130 is returned (R-10.3.1-08)", async () => {
    await using world = await openWorld({ ...off, limits: { bindings: 1, inMotion: 10, tombstones: 10 } });
    world.mobileNode.send();
    await world.run(SOON);
    world.mobileNode.send({ homeAddress: address("2001:db8:1::101"), from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([0, 130]);
  });

  test("a kernel that refuses the route is told to the mobile node with status 130", async () => {
    await using world = await openWorld(off);
    world.kernel.host.refuse = ({ kind }) =>
      kind === "set" ? { code: "no-memory", errno: 12, message: "no memory" } : undefined;
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 130 }]);
    expect(world.streams.records("a")).toMatchObject([{ lifetime: 0 }]);
  });
});

describe("refresh and movement", () => {
  test("a refresh extends the lifetime without touching the kernel (R-10.3.1-12)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ lifetime: 8 });
    await world.run(seconds(6));
    world.mobileNode.send({ lifetime: 8 });
    await world.run(seconds(6));
    expect(world.mobileNode.acknowledgements).toHaveLength(2);
    expect(world.story.filter((line) => line.startsWith("kernel"))).toEqual(["kernel set"]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("a new care-of address is forwarded to at once, and acknowledged when it is committed", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    world.streams.setAvailable(false);
    world.mobileNode.send({ from: CARE_OF_2 });
    await world.run(seconds(2));
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(world.mobileNode.acknowledgements).toHaveLength(1);
    world.streams.setAvailable(true);
    await world.run(seconds(2));
    expect(world.mobileNode.acknowledgements.slice(1)).toMatchObject([
      { status: 0, sequence: 102, viaRoutingHeader: true },
    ]);
  });

  test("a retransmission while the commit is under way is answered once and commits nothing twice", async () => {
    await using world = await openWorld(off);
    world.streams.setAvailable(false);
    const packet = world.mobileNode.build();
    for (let i = 0; i < 3; i++) world.mobileNode.sendBytes(packet);
    await world.run(SOON);
    world.streams.setAvailable(true);
    await world.run(seconds(2));
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0 }]);
    expect(world.streams.records("a")).toMatchObject([{ revision: 1 }]);
  });

  test("a stale sequence number is answered with 135 and the last accepted one, at the source of that update (R-9.5.1-14, R-9.5.4-12, R-9.5.4-06, R-10.3.1-01)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ sequence: 15 });
    await world.run(SOON);
    world.mobileNode.send({ sequence: 65_000, from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.slice(1)).toMatchObject([{ status: 135, sequence: 15, lifetime: 0 }]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });
});

describe("end of a binding", () => {
  test("de-registration at home ends forwarding, then is acknowledged to the home address without a routing header (R-9.5.4-13, R-9.5.4-14, R-10.3.2-05, R-10.3.2-07, R-10.3.2-12, R-6.1.7-08, R-10.3.2-04)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    // BU(lifetime=0, from the home address) -->
    world.mobileNode.send({ from: HOME, lifetime: 0 });
    await world.run(SOON);
    expect(world.story.slice(4)).toEqual(["log tombstone", "kernel remove"]);
    expect(world.agent.instances[0]?.intercepts(HOME)).toBe(false);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    // <-- BA(status=0, lifetime=0) in a frame to the link-layer address that the update came from
    const answer = world.network.crossings.findLast(({ from, to }) => from === "ha" && to === "router");
    const decoded = answer === undefined ? undefined : decodeMobilityPacket(answer.packet);
    if (decoded?.ok !== true) throw new Error("no acknowledgement");
    expect(decoded.value.routingHome).toBeUndefined();
    expect(decoded.value).toMatchObject({ destination: HOME, message: { type: 6, status: 0, lifetime: 0 } });
  });

  test("de-registration from a foreign link has the routing header (R-9.5.4-15)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.slice(1)).toMatchObject([
      { status: 0, lifetime: 0, viaRoutingHeader: true },
    ]);
  });

  test("de-registration without a binding is refused with 133 (R-10.3.2-02, R-10.3.2-03)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 133 }]);
    expect(world.agent.instances[0]?.cache.size).toBe(0);
  });

  test("a de-registration is tested for an entry before its home address for the home prefix: 133, not 132 (R-10.3.2-01)", async () => {
    await using world = await openWorld({ ...off, authentication: "none" });
    for (const lifetime of [0, 60]) {
      world.mobileNode.send({ homeAddress: address("2001:db8:9::100"), lifetime });
      await world.run(SOON);
    }
    expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([133, 132]);
  });

  test("a de-registration whose acknowledgement was lost is acknowledged again for 10 s, then refused with 133 (R-10.3.2-02)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    world.network.impair(({ from }) => (from === "ha" ? "drop" : "deliver"));
    // BU(seq=102, lifetime=0) -->, and its BA is lost
    world.mobileNode.send({ lifetime: 0 });
    await world.run(seconds(1));
    world.network.impair(undefined);
    // BU(seq=103, lifetime=0) -->
    // <-- BA(status=0, seq=103, lifetime=0)
    world.mobileNode.send({ lifetime: 0 });
    await world.run(seconds(10));
    expect(world.streams.records("a")).toMatchObject([{ sequence: 103, lifetime: 0, revision: 3 }]);
    expect(world.agent.instances[0]?.intercepts(HOME)).toBe(false);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.slice(1)).toMatchObject([
      { status: 0, sequence: 103, lifetime: 0, viaRoutingHeader: true, isAuthentic: true },
      { status: 133, sequence: 104 },
    ]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
  });

  test("a de-registration after the lifetime has ended is refused with 133 at once (R-10.3.2-02)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ lifetime: 8 });
    await world.run(seconds(9));
    world.mobileNode.send({ lifetime: 0 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.at(-1)).toMatchObject({ status: 133 });
  });

  test("a repeated de-registration is acknowledged when the log has it, and the home address is not intercepted meanwhile", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(SOON);
    world.streams.setAvailable(false);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(seconds(1));
    expect(world.mobileNode.acknowledgements).toHaveLength(2);
    expect(world.agent.instances[0]).toMatchObject({ bindings: 0 });
    expect(world.agent.instances[0]?.intercepts(HOME)).toBe(false);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(SOON);
    world.streams.setAvailable(true);
    await world.run(seconds(2));
    // <-- BA(status=0, seq=104), the newest alone
    expect(world.mobileNode.acknowledgements.slice(2)).toMatchObject([{ status: 0, sequence: 104, lifetime: 0 }]);
    expect(world.story.filter((line) => line === "kernel remove")).toHaveLength(1);
  });

  test("a delayed older update from the visited link is answered with 135 (R-10.3.2-14)", async () => {
    await using world = await openWorld({ ...off, replayProtection: "sequence" });
    world.mobileNode.send({ timestamp: "none" });
    await world.run(SOON);
    const delayed = world.mobileNode.build({ timestamp: "none" });
    world.mobileNode.send({ lifetime: 0, timestamp: "none" });
    await world.run(seconds(5));
    world.mobileNode.sendBytes(delayed);
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.slice(2)).toMatchObject([{ status: 135, sequence: 103 }]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
  });

  test("an ended binding is shown as invalid for 10 s (R-10.3.2-11, R-10.3.2-13, R-10.3.2-10, R-12-06)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(seconds(5));
    const [instance] = world.agent.instances;
    const slot = instance?.cache.find(HOME) ?? -1;
    expect(instance?.shows(slot)).toBe(true);
    await world.run(seconds(6));
    expect(instance?.shows(slot)).toBe(false);
    await world.run(seconds(420));
    expect(instance?.cache.size).toBe(0);
  });

  test("a binding that is not refreshed is removed from kernel and log at the end of its lifetime (R-10.3.1-24, R-6.1.7-07, R-10.3.1-15, R-10.3.1-36)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ lifetime: 8 });
    await world.run(millis(7900));
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    await world.run(millis(300));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.streams.records("a")).toMatchObject([{ lifetime: 0, revision: 2 }]);
    expect(world.agent.instances[0]?.bindings).toBe(0);
  });

  test("a binding is over when the valid lifetime of its home prefix is, whatever was asked for (R-10.3.1-23)", async () => {
    await using world = await openWorld({
      policy: { duplicateAddressDetection: "off", prefixValidLifetime: seconds(60) },
    });
    world.mobileNode.send({ lifetime: 400 });
    await world.run(seconds(59));
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    await world.run(millis(1200));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.agent.instances[0]?.bindings).toBe(0);
  });

  test("a step of the wall clock ends no binding", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ lifetime: 60 });
    await world.run(SOON);
    world.clock.stepWall(seconds(86_400));
    await world.run(seconds(30));
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    world.clock.stepWall(seconds(-172_800));
    await world.run(seconds(31));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
  });
});
