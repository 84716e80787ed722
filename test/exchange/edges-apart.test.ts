import { describe, expect, test } from "vitest";
import { addressEquals } from "#ipv6/address.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { millis, seconds } from "#wire/time.ts";
import { openApart } from "./edges-apart-world.ts";
import { CARE_OF, CARE_OF_2, HOME } from "./home-agent-addresses.ts";
import { SPEC, VIRTUAL_MAC } from "./home-agent-world.ts";

const SOON = millis(50);
const DETECTION = millis(1_200);
const off = { policy: { duplicateAddressDetection: "off" as const } };

/** A mobile node at CARE_OF, registered through edge1 with ha1. */
const openRegistered = async () => {
  const world = await openApart(off);
  world.edge.mobileNode.send({ sequence: 101 });
  await world.edge.run(SOON);
  expect(world.edge.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 101 }]);
  return world;
};

describe("an edge and an owner on two nodes", () => {
  test("first registration: duplicates are looked for on the edge's link; then commit, tunnel, advertisement, acknowledgement (R-10.3.1-15, R-10.3.1-36, R-10.4.1-03)", async () => {
    await using world = await openApart();
    const { edge, ha1 } = world;
    // BU --> edge1 --> ha1
    edge.mobileNode.send();
    await edge.run(SOON);
    expect(edge.agent.counters.updatesPassedOn).toBe(1);
    expect(ha1.agent.counters.updatesFromEdges).toBe(1);
    // edge1 asks its link whose the home address is; nobody answers for a second
    const asked = edge.network.crossings.filter(({ from, packet }) => from === "ha" && packet[40] === 135);
    expect(asked.length).toBeGreaterThan(0);
    expect(edge.mobileNode.acknowledgements).toEqual([]);
    await edge.run(DETECTION);
    // <-- BA, from edge1, after its kernel had the binding
    expect(edge.mobileNode.acknowledgements).toMatchObject([{ status: 0, isAuthentic: true, viaRoutingHeader: true }]);
    expect(edge.story.filter((line) => line !== "NA")).toEqual(["log binding", "kernel set", "BA 0"]);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(edge.advertised).toMatchObject([{ target: HOME, linkLayerAddress: VIRTUAL_MAC, solicited: false }]);
    expect(edge.agent.instances[0]?.role).toBe("edge");
    expect(ha1.agent.instances[0]?.role).toBe("owner");
    expect(ha1.agent.edgeOf(SPEC)).toBe("edge1");
  });

  test("a home address that another host has is refused with 134, whom the edge has heard (R-10.3.1-18)", async () => {
    await using world = await openApart();
    const { edge, ha1 } = world;
    const host = createNeighborDiscovery({ packets: edge.neighbour.packets, clock: edge.clock });
    host.answer({
      device: "eth0",
      lookup: (target) =>
        addressEquals(target, HOME)
          ? { linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0x99]), router: false }
          : undefined,
    });
    edge.mobileNode.send();
    await edge.run(DETECTION);
    // <-- BA(134)
    expect(edge.mobileNode.acknowledgements).toMatchObject([{ status: 134 }]);
    expect(ha1.agent.counters.duplicateAddressesFound).toBe(1);
    expect(edge.streams.records("a")).toEqual([]);
    expect(edge.kernel.careOfAddress(HOME)).toBeUndefined();
  });

  test("a refresh is answered through the edge", async () => {
    await using world = await openRegistered();
    const { edge } = world;
    edge.mobileNode.send({ sequence: 102 });
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 102 });
    expect(edge.streams.records("a")).toMatchObject([{ sequence: 102, revision: 2 }]);
  });

  test("a wrong authenticator is refused by the owner, a packet that is none by the edge", async () => {
    await using world = await openRegistered();
    const { edge, ha1 } = world;
    edge.mobileNode.send({ key: new Uint8Array(16) });
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 146 });
    const broken = edge.mobileNode.build();
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 0xff; // the checksum is wrong now
    edge.mobileNode.sendBytes(broken);
    await edge.run(SOON);
    expect(edge.agent.counters.packetsMalformed).toBe(1);
    expect(ha1.agent.counters.packetsMalformed).toBe(0);
  });

  test("a new care-of address is forwarded to by every edge before the commit, and acknowledged after it (DESIGN 4.5)", async () => {
    await using world = await openRegistered();
    const { edge, edge2 } = world;
    edge.streams.setAvailable(false);
    // BU(new care-of address) -->
    edge.mobileNode.send({ sequence: 102, from: CARE_OF_2 });
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(edge2.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(edge.mobileNode.acknowledgements).toHaveLength(1);
    edge.streams.setAvailable(true);
    await edge.run(seconds(2));
    // <-- BA
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 102 });
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(edge.streams.records("a")).toMatchObject([{ careOfAddress: CARE_OF_2, revision: 2 }]);
  });

  test("de-registration at home: the edge's kernel has let go before the acknowledgement leaves, on the link itself (R-10.3.2-04)", async () => {
    await using world = await openRegistered();
    const { edge, edge2 } = world;
    // BU(lifetime 0) from the home address -->
    edge.mobileNode.send({ from: HOME, lifetime: 0 });
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(edge2.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(edge.story.filter((line) => line !== "NA").slice(-2)).toEqual(["log tombstone", "kernel remove"]);
    // It went as a frame to the link-layer address that the update came from: the fake router's.
    const framed = edge.network.crossings.filter(
      ({ from, to, packet }) => from === "ha" && to === "router" && packet[6] === 135,
    );
    expect(framed).toHaveLength(1);
    expect(edge.agent.instances[0]?.bindings).toBe(0);
  });

  test("the end of a lifetime is enforced by the edge, also without an owner", async () => {
    await using world = await openApart(off);
    const { edge } = world;
    edge.mobileNode.send({ lifetime: 8 });
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    await world.ha1.kill();
    await edge.run(seconds(8));
    expect(edge.kernel.careOfAddress(HOME)).toBeUndefined();
  });
});

describe("an owner that is followed by another", () => {
  test("what it had forwarded ahead stays, and the mobile node that asks again is answered by the next one", async () => {
    await using world = await openRegistered();
    const { edge, ha1, ha2 } = world;
    edge.streams.setAvailable(false);
    edge.mobileNode.send({ sequence: 102, from: CARE_OF_2 });
    await edge.run(SOON);
    await ha1.kill();
    edge.streams.setAvailable(true);
    await ha2.own();
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(edge.mobileNode.acknowledgements).toHaveLength(1);
    // BU again -->
    edge.mobileNode.send({ sequence: 103, from: CARE_OF_2 });
    await edge.run(SOON);
    // <-- BA of ha2
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 103 });
    expect(edge.streams.records("a")).toMatchObject([{ epoch: 2, careOfAddress: CARE_OF_2, sequence: 103 }]);
  });

  test("an edge that becomes owner itself forwards by its records again, and to what the mobile node asks for next", async () => {
    await using world = await openApart({ ...off, parts: "both" });
    const { edge, ha1 } = world;
    await ha1.own();
    await edge.run(SOON);
    edge.mobileNode.send({ sequence: 101 });
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 101 }]);
    edge.streams.setAvailable(false);
    edge.mobileNode.send({ sequence: 102, from: CARE_OF_2 });
    await edge.run(SOON);
    expect(edge.agent.instances[0]?.role).toBe("edge");
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    await ha1.kill();
    edge.streams.setAvailable(true);
    await edge.own();
    await edge.run(SOON);
    expect(edge.agent.instances[0]?.role).toBe("owner");
    expect(edge.streams.records("a")).toMatchObject([{ careOfAddress: CARE_OF, sequence: 101 }]);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    edge.mobileNode.send({ sequence: 103, from: CARE_OF_2 });
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 103 });
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
  });

  test("its commands of a smaller epoch are refused by every edge", async () => {
    await using world = await openRegistered();
    const { edge, edge2, ha2, relays } = world;
    await ha2.own();
    await edge.run(SOON);
    const before = edge.mobileNode.acknowledgements.length;
    const late = relays.relay("ha1");
    const forward = { type: "forward", homeAddress: HOME, careOfAddress: CARE_OF_2, revision: 9 } as const;
    const record = {
      ...(edge.streams.records("a")[0] ?? expect.fail("no record")),
      careOfAddress: CARE_OF_2,
      revision: 9,
    };
    const packet = edge.mobileNode.build();
    for (const message of [forward, { type: "acknowledge", packet, record } as const])
      late.toEdges("a", { node: "ha1", epoch: 1, message });
    await edge.run(SOON);
    expect(edge.agent.counters.staleCommandsRefused).toBe(2);
    expect(edge2.agent.counters.staleCommandsRefused).toBe(2);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(edge2.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(edge.mobileNode.acknowledgements).toHaveLength(before);
    // The same of the present owner counts.
    relays.relay("ha2").toEdges("a", { node: "ha2", epoch: 2, message: forward });
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
  });

  test("an edge with a home agent of its own that was fenced passes updates to the new owner", async () => {
    await using world = await openApart({ ...off, parts: "both" });
    const { edge, ha1, ha2 } = world;
    await edge.own();
    edge.mobileNode.send({ sequence: 101 });
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 101 }]);
    expect(edge.agent.counters.updatesPassedOn).toBe(0);
    await ha2.own();
    await edge.run(SOON);
    expect(edge.agent.instances[0]?.role).toBe("edge");
    edge.mobileNode.send({ sequence: 102, from: CARE_OF_2 });
    await edge.run(SOON);
    expect(edge.agent.counters.updatesPassedOn).toBe(1);
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 102 });
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(edge.streams.records("a")).toMatchObject([{ epoch: 3, careOfAddress: CARE_OF_2 }]);
    expect(ha1.agent.instances[0]?.role).not.toBe("owner");
  });
});

describe("trouble between edge and owner", () => {
  test("while the bus is gone updates are dropped and counted; what is asked again later is answered", async () => {
    await using world = await openRegistered();
    const { edge, relays } = world;
    relays.setAvailable(false);
    edge.mobileNode.send({ sequence: 102, from: CARE_OF_2 });
    await edge.run(SOON);
    expect(edge.agent.counters.updatesNotPassedOn).toBe(1);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    relays.setAvailable(true);
    edge.mobileNode.send({ sequence: 103, from: CARE_OF_2 });
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 103 });
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
  });

  test("an acknowledgement that was lost on the bus is given to the next update", async () => {
    await using world = await openRegistered();
    const { edge, relays } = world;
    edge.mobileNode.send({ sequence: 102 });
    await edge.run(millis(2));
    relays.setReachable("edge1", false);
    await edge.run(SOON);
    relays.setReachable("edge1", true);
    expect(edge.mobileNode.acknowledgements).toHaveLength(1);
    edge.mobileNode.send({ sequence: 103 });
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 103 });
  });

  test("an acknowledgement whose binding the edge's kernel refuses is not sent", async () => {
    await using world = await openApart(off);
    const { edge } = world;
    edge.kernel.host.refuse = () => ({ code: "no-memory", errno: 12, message: "full" });
    edge.mobileNode.send();
    await edge.run(SOON);
    expect(edge.mobileNode.acknowledgements).toEqual([]);
    expect(edge.agent.counters.acknowledgementsWithheld).toBe(1);
  });

  test("what the owner tells before the stream does is in the kernel first; older records of the stream do not take it back", async () => {
    await using world = await openRegistered();
    const { edge, relays } = world;
    const [first] = edge.streams.records("a");
    if (first === undefined) throw new Error("no record");
    const told = { ...first, careOfAddress: CARE_OF_2, revision: 7 };
    let sequence = 10;
    const follow = (record: typeof first) =>
      edge.agent.onClusterEvent({ type: "record.followed", instance: "a", record, sequence: sequence++ });
    const acknowledge = (record: typeof first) =>
      relays
        .relay("ha1")
        .toEdges("a", { node: "ha1", epoch: 1, message: { type: "acknowledge", packet: new Uint8Array(40), record } });
    const sent = edge.agent.counters.bindingAcknowledgementsSent;
    acknowledge(told);
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(edge.agent.counters.bindingAcknowledgementsSent).toBe(sent + 1);
    void follow({ ...first, revision: 6 });
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    // It ends, and again the stream is behind.
    acknowledge({ ...told, lifetime: millis(0), revision: 8 });
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(edge.agent.counters.bindingAcknowledgementsSent).toBe(sent + 2);
    void follow(told);
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(edge.agent.instances[0]?.bindings).toBe(0);
    // Once the stream has said so itself, a binding may begin anew.
    void follow({ ...told, lifetime: millis(0), revision: 8 });
    void follow({ ...first, revision: 1 });
    await edge.run(SOON);
    expect(edge.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("the edge that comes after the update has the binding in its kernel before it sends the acknowledgement", async () => {
    await using world = await openRegistered();
    const { edge, edge2 } = world;
    edge.streams.setAvailable(false);
    edge.mobileNode.send({ sequence: 102, from: CARE_OF_2 });
    await edge.run(SOON);
    edge2.take();
    edge.streams.setAvailable(true);
    await edge.run(seconds(2));
    expect(edge2.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(edge2.agent.counters.bindingAcknowledgementsSent).toBe(1);
    expect(edge.agent.counters.bindingAcknowledgementsSent).toBe(1);
    expect(edge.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 102 });
    expect(world.ha1.agent.edgeOf(SPEC)).toBe("edge2");
  });

  test("duplicate address detection goes on at the edge that came while it ran", async () => {
    await using world = await openApart();
    const { edge, edge2 } = world;
    edge.mobileNode.send();
    await edge.run(millis(200));
    world.relays.setReachable("edge1", false);
    edge2.take();
    await edge.run(seconds(4));
    expect(edge.mobileNode.acknowledgements).toMatchObject([{ status: 0 }]);
    expect(edge2.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });
});
