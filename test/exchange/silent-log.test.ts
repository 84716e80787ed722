import { describe, expect, test } from "vitest";
import { ALL_NODES, multicastMac } from "#ipv6/address.ts";
import type { Packets, TappedPacket } from "#ports/packets.ts";
import { createFakeStreams, type FakeStreams } from "#simulator/fake-log.ts";
import { millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME, HOME_AGENT } from "./home-agent-addresses.ts";
import { type HomeAgentWorld, openWorld, type WorldOptions } from "./home-agent-world.ts";

const SOON = millis(50);
const off = { policy: { duplicateAddressDetection: "off" as const } };
const EVERYBODY = multicastMac(ALL_NODES);

/** A world whose mobile node is registered at its first care-of address. */
const openRegistered = async (options: WorldOptions = {}): Promise<HomeAgentWorld> => {
  const world = await openWorld({ ...off, ...options });
  world.mobileNode.send();
  await world.run(SOON);
  return world;
};

/** Mobility packets in frames that reach the neighbour, as those to all nodes do. */
const hearAtNeighbour = (world: HomeAgentWorld): Uint8Array[] => {
  const heard: Uint8Array[] = [];
  world.neighbour.packets.openTap({
    filter: { kind: "mobility" },
    onPackets: (batch: readonly TappedPacket[]) => {
      for (const { bytes, toGroup } of batch) if (toGroup === true) heard.push(bytes.slice());
    },
  });
  return heard;
};

/** A standby that follows a stream where the mobile node is registered. */
const openStandby = async (options: WorldOptions = {}): Promise<HomeAgentWorld & { readonly streams: FakeStreams }> => {
  const streams = createFakeStreams();
  {
    await using _owner = await openRegistered({ streams });
  }
  const world = await openWorld({ ...off, streams, standby: true, ...options });
  await world.run(SOON);
  expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  return world;
};

/** What a holder of the edge tells: the neighbour plays it. */
const tell = (world: HomeAgentWorld, packet: Uint8Array): void =>
  void world.neighbour.packets.sendTo("eth0", EVERYBODY, [packet]);

describe("the holder of the edge, when the log is silent", () => {
  test("tells all nodes of the home link the updates of mobile nodes that move, those before at once and those after", async () => {
    await using world = await openRegistered();
    const heard = hearAtNeighbour(world);
    world.streams.setAvailable(false);
    const first = world.mobileNode.build({ from: CARE_OF_2 });
    world.mobileNode.sendBytes(first);
    await world.run(millis(80));
    expect(heard, "a log that is slow for once is no silent one").toEqual([]);
    await world.run(millis(100));
    expect(heard).toEqual([first]);
    await world.run(seconds(1));
    const again = world.mobileNode.build({ from: CARE_OF_2 });
    world.mobileNode.sendBytes(again);
    await world.run(millis(5));
    expect(heard).toEqual([first, again]);
    expect(world.agent.counters.updatesToldToStandbys).toBe(2);
  });

  test("tells nothing of refreshes, nor once the log answers again", async () => {
    await using world = await openRegistered();
    const heard = hearAtNeighbour(world);
    world.streams.setAvailable(false);
    world.mobileNode.send();
    await world.run(seconds(1));
    world.streams.setAvailable(true);
    await world.run(seconds(2));
    world.mobileNode.send({ from: CARE_OF_2 });
    await world.run(seconds(1));
    expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(heard).toEqual([]);
  });

  test("tells anew what falls into its next silence", async () => {
    await using world = await openRegistered();
    const heard = hearAtNeighbour(world);
    for (const from of [CARE_OF_2, CARE_OF]) {
      world.streams.setAvailable(false);
      world.mobileNode.send({ from });
      await world.run(millis(500));
      world.streams.setAvailable(true);
      await world.run(seconds(2));
    }
    expect(heard).toHaveLength(2);
  });
});

describe("a standby that is told of an update", () => {
  test("has its kernel forward there before it takes the edge, and answers once it owns the stream", async () => {
    await using world = await openStandby();
    const told = world.mobileNode.build({ sequence: 200, from: CARE_OF_2 });
    tell(world, told);
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(world.mobileNode.acknowledgements).toEqual([]);
    await world.run(millis(600));
    await world.own();
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 200 }]);
    // The former holder gives way now, and sends on what it has not answered.
    world.mobileNode.sendBytes(told);
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toHaveLength(1);
  });

  test("follows the stream again when the holder could commit it, or something newer, after all", async () => {
    await using world = await openStandby();
    tell(world, world.mobileNode.build({ sequence: 200, from: CARE_OF_2 }));
    await world.run(SOON);
    await using owner = await openWorld({ ...off, streams: world.streams });
    owner.mobileNode.send({ sequence: 201, from: CARE_OF });
    await world.run(seconds(1));
    await owner.run(SOON);
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("forgets what it was told when it owns the stream long after, and nobody repeats it", async () => {
    await using world = await openStandby();
    tell(world, world.mobileNode.build({ sequence: 200, from: CARE_OF_2 }));
    await world.run(seconds(2));
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    await world.own();
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.mobileNode.acknowledgements).toEqual([]);
  });

  test.each([
    ["an old sequence number", { sequence: 50 }],
    ["an old timestamp", { sequence: 200, timestamp: 1n }],
    ["a wrong key", { sequence: 200, key: new Uint8Array(16).fill(9) }],
    ["an end of the registration", { sequence: 200, lifetime: 0 }],
    [
      "a home address that is not registered",
      { sequence: 200, homeAddress: new Uint8Array([...HOME.subarray(0, 15), 1]) },
    ],
    ["a care-of address that leads back", { sequence: 200, from: HOME_AGENT }],
  ])("does nothing about %s, and refuses it to nobody", async (_, wrong) => {
    await using world = await openStandby();
    tell(world, world.mobileNode.build({ from: CARE_OF_2, ...wrong }));
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.agent.instances[0]).toMatchObject({ bindings: 1, inMotion: 0 });
    expect(world.mobileNode.acknowledgements).toEqual([]);
    expect(world.agent.counters.registrationsRefused).toBe(0);
  });

  test("keeps what it was told whatever strangers on the link send to all", async () => {
    await using world = await openStandby();
    tell(world, world.mobileNode.build({ sequence: 200, from: CARE_OF_2 }));
    for (let forged = 0; forged < 300; forged++)
      tell(world, world.mobileNode.build({ sequence: 300 + forged, from: CARE_OF_2, key: new Uint8Array(16).fill(9) }));
    await world.run(SOON);
    await world.own();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0, sequence: 200 }]);
    expect(world.agent.counters.updatesToldByHolders).toBe(1);
  });

  test("is not told by what comes to its own address: a switch may flood what is for the holder", async () => {
    await using world = await openStandby();
    world.mobileNode.send({ sequence: 200, from: CARE_OF_2 });
    await world.run(SOON);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.agent.counters.updatesToldByHolders).toBe(0);
  });

  test("takes a packet once that comes by several devices", async () => {
    const twice = (packets: Packets): Packets => ({
      ...packets,
      openTap: (options) =>
        packets.openTap({ ...options, onPackets: (batch) => options.onPackets([...batch, ...batch]) }),
    });
    await using world = await openStandby({ packets: twice });
    tell(world, world.mobileNode.build({ sequence: 200, from: CARE_OF_2 }));
    await world.run(SOON);
    expect(world.agent.counters.updatesToldByHolders).toBe(1);
  });
});
