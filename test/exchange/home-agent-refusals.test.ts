import { describe, expect, test } from "vitest";
import { FLAG } from "#binding/rules.ts";
import { address, addressEquals, solicitedNode } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import type { BindingAcknowledgement } from "#mip6/messages/binding-messages.ts";
import { findOption, type MobilityOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket, type MobilityPacket } from "#mip6/packet.ts";
import { millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME } from "./home-agent-addresses.ts";
import { type HomeAgentWorld, openWorld } from "./home-agent-world.ts";

const SOON = millis(50);
const off = { policy: { duplicateAddressDetection: "off" as const } };
const open = { ...off, authentication: "none" as const };
const alternate = (careOfAddress: Uint8Array): MobilityOption => ({ type: 3, careOfAddress });
const indices: MobilityOption = { type: 4, homeNonceIndex: 1, careOfNonceIndex: 2 };
const authorization: MobilityOption = { type: 5, authenticator: new Uint8Array(12) };

/** All of so many packets were seen, nobody was told anything and nothing is kept. */
const expectSilence = (world: HomeAgentWorld, packets: number) => {
  const { packetsIgnored, packetsMalformed } = world.agent.counters;
  expect(packetsIgnored + packetsMalformed).toBe(packets);
  expect(world.mobileNode.acknowledgements).toEqual([]);
  expect(world.mobileNode.others).toEqual([]);
  expect(world.agent.instances[0]?.cache.size).toBe(0);
};

/** The last Binding Acknowledgement that left the home agent for a node. */
const lastAcknowledgement = (
  world: HomeAgentWorld,
  to: string,
): MobilityPacket & { message: BindingAcknowledgement } => {
  for (const { from, to: receiver, packet } of [...world.network.crossings].reverse()) {
    if (from !== "ha" || receiver !== to) continue;
    const decoded = decodeMobilityPacket(packet);
    if (!decoded.ok) continue;
    const { message } = decoded.value;
    if (message.type === 6 && "status" in message && "sequence" in message) return { ...decoded.value, message };
  }
  throw new Error("no acknowledgement");
};

describe("a Binding Update that fails a test", () => {
  test("is refused with 132 for a home address outside of the home prefix, and leaves nothing (R-10.3.1-06, R-10.3.1-07)", async () => {
    await using world = await openWorld(open);
    world.mobileNode.send({ homeAddress: address("2001:db8:9::100") });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 132 }]);
    expect(world.agent.instances[0]?.cache.size).toBe(0);
  });

  test("is dropped without a Home Address option unless it asks for deletion (R-10.3.1-09)", async () => {
    await using world = await openWorld(open);
    world.mobileNode.send({ from: HOME, options: [alternate(CARE_OF)] });
    await world.run(SOON);
    expectSilence(world, 1);
  });

  test("is dropped in silence for any reason that has no status (R-9.5.1-01, R-9.5.1-18, R-9.5.4-01, R-10.2-01, R-10.3.1-01, R-10.3.1-10)", async () => {
    await using world = await openWorld(open);
    world.mobileNode.send({ options: [alternate(address("ff02::1"))] });
    world.mobileNode.send({ options: [alternate(address("::"))] });
    world.mobileNode.send({ options: [alternate(CARE_OF), alternate(CARE_OF_2)] });
    world.mobileNode.send({ options: [indices] });
    world.mobileNode.send({ homeAddress: address("ff0e::100") });
    world.mobileNode.send({ homeAddress: address("fe80::100") });
    const damaged = world.mobileNode.build();
    damaged.set([0xff], damaged.length - 1);
    world.mobileNode.sendBytes(damaged);
    await world.run(SOON);
    expectSilence(world, 7);
  });

  test("is dropped in silence from a source that is not unicast (R-9.5.4-10, R-9.5.4-11)", async () => {
    await using world = await openWorld(open);
    for (const from of ["ff02::5", "::"]) world.mobileNode.send({ from: address(from), options: [alternate(CARE_OF)] });
    await world.run(SOON);
    expectSilence(world, 2);
  });

  test("without the H bit is refused with 139 where a home registration is, which stays one (R-9.5.1-15, R-9.5.1-16)", async () => {
    await using world = await openWorld(open);
    world.mobileNode.send({ timestamp: "none" });
    await world.run(SOON);
    world.mobileNode.send({
      flags: { homeRegistration: false },
      timestamp: "none",
      from: CARE_OF_2,
      options: [indices, authorization],
    });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([0, 139]);
    const cache = world.agent.instances[0]?.cache;
    expect((cache?.read(cache.find(HOME)).flags ?? 0) & FLAG.homeRegistration).toBe(FLAG.homeRegistration);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
  });

  test("from the home link is answered at the link-layer address that it came from (R-10.3.2-09)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ from: HOME, lifetime: 0 });
    await world.run(SOON);
    const answer = lastAcknowledgement(world, "router");
    expect(answer.message.status).toBe(133);
    expect(addressEquals(answer.destination, HOME)).toBe(true);
  });
});

describe("a Binding Acknowledgement", () => {
  test("has neither K bit nor Binding Refresh Advice, which storage and static keys make needless, and so none above its lifetime (R-10.3.1-29, R-10.3.1-33, R-10.3.1-34, R-10.3.2-08, R-6.2.4-02)", async () => {
    await using world = await openWorld(off);
    for (const lifetime of [60, 0]) {
      world.mobileNode.send({ lifetime, flags: { keyManagement: true } });
      await world.run(SOON);
      const { message } = lastAcknowledgement(world, "mn");
      expect(message).toMatchObject({ status: 0, flags: { keyManagement: false } });
      expect(findOption(message.options, 2)).toBeUndefined();
    }
  });

  test("of a de-registration has the sequence number of its update (R-10.3.2-06)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ sequence: 7 });
    await world.run(SOON);
    world.mobileNode.send({ sequence: 300, lifetime: 0 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.at(-1)).toMatchObject({ status: 0, sequence: 300 });
  });
});

describe("the link-local address with the interface identifier of a home address", () => {
  const linkLocal = address("fe80::100");
  const solicit = (world: HomeAgentWorld) =>
    world.neighbour.packets.send(
      [
        encodeIcmpv6Packet({
          source: address("fe80::99"),
          destination: solicitedNode(linkLocal),
          message: { type: 135, target: linkLocal, options: [] },
        }),
      ],
      { device: "eth0" },
    );

  test.each([true, false])(
    "is defended if and only if the L bit was set: %s (R-10.3.1-19, R-10.4.1-13)",
    async (isSet) => {
      await using world = await openWorld(off);
      world.mobileNode.send({ flags: { linkLocalCompatibility: isSet } });
      await world.run(SOON);
      const before = world.network.crossings.length;
      solicit(world);
      await world.run(seconds(1));
      const SOLICITED = 0x40;
      const answers = world.network.crossings
        .slice(before)
        .filter(({ from, packet }) => from === "ha" && packet[6] === 58 && packet[40] === 136)
        .filter(({ packet }) => (Number(packet[44]) & SOLICITED) !== 0);
      expect(answers.length > 0).toBe(isSet);
    },
  );
});
