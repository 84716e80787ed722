import { describe, expect, test } from "vitest";
import { address } from "#ipv6/address.ts";
import { replayTimestamp } from "#mip6/replay-timestamp.ts";
import { createFakeStreams } from "#simulator/fake-log.ts";
import { failed } from "#wire/result.ts";
import { millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME, HOME_AGENT } from "./home-agent-addresses.ts";
import { type HomeAgentWorld, openWorld } from "./home-agent-world.ts";

const SOON = millis(50);
const DETECTION = millis(1_200);
const off = { policy: { duplicateAddressDetection: "off" as const } };
/** The addresses of packets then need not be those that the authenticator is made with. */
const open = { ...off, authentication: "none" as const };
const OTHER = address("2001:db8:1::101");
const statuses = (world: HomeAgentWorld) => world.mobileNode.acknowledgements.map(({ status }) => status);

describe("a captured Binding Update that is sent again at line rate", () => {
  test.each([
    ["timestamp", 144],
    ["sequence", 135],
  ] as const)(
    "is answered with the rate of error replies only (replay protection by %s: %i), and keeps nobody else from an answer",
    async (replayProtection, refused) => {
      await using world = await openWorld({ ...off, replayProtection });
      const timestamp = replayProtection === "sequence" ? ("none" as const) : undefined;
      const more = timestamp === undefined ? {} : { timestamp };
      const captured = world.mobileNode.build(more);
      world.mobileNode.sendBytes(captured);
      await world.run(SOON);
      world.mobileNode.send(more);
      await world.run(SOON);
      expect(statuses(world)).toEqual([0, 0]);
      for (let n = 0; n < 1000; n++) world.mobileNode.sendBytes(captured);
      await world.run(SOON);
      const answers = statuses(world).slice(2);
      expect(new Set(answers)).toEqual(new Set([refused]));
      expect(answers.length).toBeLessThanOrEqual(11);
      expect(world.agent.counters.errorRepliesSuppressed).toBe(1000 - answers.length);
      // The mobile node itself, and another one that is refused for a reason of its own.
      world.mobileNode.send(more);
      world.mobileNode.send({ ...more, homeAddress: OTHER, lifetime: 0 });
      await world.run(SOON);
      expect(statuses(world).slice(-2).toSorted()).toEqual([0, 133]);
    },
  );

  test("and one with a wrong authenticator do not use up each other's answers", async () => {
    await using world = await openWorld(off);
    for (let n = 0; n < 1000; n++) world.mobileNode.send({ key: new Uint8Array(16) });
    await world.run(SOON);
    expect(statuses(world).every((status) => status === 146)).toBe(true);
    const stale = world.mobileNode.build({ timestamp: replayTimestamp(world.clock.wall() - 60_000) });
    for (const _ of [1, 2, 3]) {
      world.mobileNode.sendBytes(stale);
      await world.run(SOON);
      expect(statuses(world).at(-1)).toBe(144);
    }
  });
});

describe("a care-of address that leads back into the home agent (RFC 6275 §15.1)", () => {
  test.each([HOME_AGENT, OTHER])("is refused with 129", async (careOfAddress) => {
    await using world = await openWorld(open);
    world.mobileNode.send({ homeAddress: OTHER });
    await world.run(SOON);
    world.mobileNode.send({ options: [{ type: 3, careOfAddress }] });
    await world.run(SOON);
    expect(statuses(world)).toEqual([0, 129]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
  });

  test("keeps nobody from coming home, nor from the address of one who has", async () => {
    await using world = await openWorld(open);
    world.mobileNode.send({ homeAddress: OTHER });
    await world.run(SOON);
    world.mobileNode.send({ homeAddress: OTHER, lifetime: 0 });
    await world.run(SOON);
    world.mobileNode.send({ options: [{ type: 3, careOfAddress: OTHER }] });
    await world.run(SOON);
    world.mobileNode.send({ options: [{ type: 3, careOfAddress: OTHER }], lifetime: 0 });
    await world.run(SOON);
    expect(statuses(world)).toEqual([0, 0, 0, 0]);
  });
});

describe("two mobile nodes with one home address and key, as from a cloned config", () => {
  test("the last fresh update wins; when the care-of address goes to and fro, a warning names both", async () => {
    await using world = await openWorld(off);
    for (let round = 0; round < 4; round++)
      for (const from of [CARE_OF, CARE_OF_2]) {
        world.mobileNode.send({ from });
        await world.run(seconds(1));
        expect(world.kernel.careOfAddress(HOME)).toEqual(from);
      }
    expect(new Set(statuses(world))).toEqual(new Set([0]));
    expect(world.agent.instances[0]?.bindings).toBe(1);
    expect(world.warned).toMatchObject([
      { fields: { homeAddress: "2001:db8:1::100", careOfAddresses: ["2001:db8:f2::100", "2001:db8:f1::100"] } },
    ]);
    expect(world.agent.counters.rivalRegistrations).toBe(1);
  });

  test("sequence numbers and timestamps decide: what is older than the other's update is refused", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ sequence: 1000 });
    await world.run(SOON);
    world.mobileNode.send({ sequence: 500, from: CARE_OF_2 });
    await world.run(SOON);
    world.mobileNode.send({ sequence: 1001, from: CARE_OF_2, timestamp: replayTimestamp(world.clock.wall() - 1000) });
    await world.run(SOON);
    expect(statuses(world)).toEqual([0, 135, 144]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("one that moves on, or goes back and forth slowly, is not taken for two", async () => {
    await using world = await openWorld(off);
    for (let round = 0; round < 6; round++) {
      for (const from of [CARE_OF, CARE_OF_2]) {
        world.mobileNode.send({ from });
        await world.run(seconds(35));
      }
    }
    expect(world.warned).toEqual([]);
  });
});

test("a takeover by a node whose clock is behind within the tolerance: 144 until its clock has passed the last accepted timestamp, the binding stays", async () => {
  const streams = createFakeStreams();
  await using first = await openWorld({ ...off, streams });
  await first.run(seconds(6));
  first.mobileNode.send();
  await first.run(SOON);
  expect(statuses(first)).toEqual([0]);
  first.withdrawEdge();
  await using second = await openWorld({ ...off, streams, standby: true });
  await second.own();
  second.mobileNode.send({ sequence: 200 });
  await second.run(SOON);
  expect(statuses(second)).toEqual([144]);
  expect(second.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  await second.run(seconds(7));
  second.mobileNode.send();
  await second.run(SOON);
  expect(statuses(second)).toEqual([144, 0]);
});

describe("duplicate address detection that cannot be carried out: the host joins no more multicast groups", () => {
  const openFull = async (duplicateAddressDetection: "normal" | "optimistic") => {
    const host = { isFull: true };
    const world = await openWorld({
      policy: { duplicateAddressDetection },
      packets: (packets) => ({
        ...packets,
        join: (device, group) =>
          host.isFull
            ? failed({ code: "system", errno: 105, message: "no buffer space available" })
            : packets.join(device, group),
      }),
    });
    return { world, host };
  };

  test("a first registration is refused with 128 and leaves no binding; once it can be, it is accepted (R-9.5.4-06, R-10.3.1-16)", async () => {
    const { world, host } = await openFull("normal");
    await using _ = world;
    // BU -->
    world.mobileNode.send({ sequence: 101 });
    await world.run(DETECTION);
    // <-- BA(status=128)
    expect(world.mobileNode.acknowledgements).toMatchObject([
      { status: 128, sequence: 101, lifetime: 0, isAuthentic: true },
    ]);
    expect(world.streams.records("a")).toEqual([]);
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.agent.instances[0]).toMatchObject({ bindings: 0, inMotion: 0 });
    expect(world.warned).toMatchObject([{ message: "duplicate address detection cannot be carried out" }]);
    host.isFull = false;
    // BU -->
    world.mobileNode.send({ sequence: 102 });
    await world.run(DETECTION);
    // <-- BA(status=0)
    expect(world.mobileNode.acknowledgements[1]).toMatchObject({ status: 0, sequence: 102 });
  });

  test("optimistic: the binding stands, and it is told", async () => {
    const { world } = await openFull("optimistic");
    await using _ = world;
    world.mobileNode.send();
    await world.run(DETECTION);
    expect(statuses(world)).toEqual([0]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.warned).toMatchObject([{ message: "duplicate address detection cannot be carried out" }]);
  });
});
