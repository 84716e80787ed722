import { describe, expect, test } from "vitest";
import { address } from "#ipv6/address.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import { replayTimestamp } from "#mip6/replay-timestamp.ts";
import { millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME, HOME_AGENT, KEY } from "./home-agent-addresses.ts";
import { openWorld } from "./home-agent-world.ts";

const SOON = millis(50);
const off = { policy: { duplicateAddressDetection: "off" as const } };

describe("authentication (RFC 4285)", () => {
  test("a wrong authenticator is answered with 146, itself authenticated, and changes nothing (R-10.3.1-02)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ key: new Uint8Array(16) });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 146, isAuthentic: true }]);
    expect(world.agent.instances[0]?.cache.size).toBe(0);
  });

  test("an unknown SPI is no association: silence", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ spi: 999 });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toEqual([]);
  });

  test("the key of one mobile node does not register another's home address (R-10.3.1-02)", async () => {
    await using world = await openWorld(off);
    const other = Uint8Array.from(KEY, (octet) => octet ^ 0xff);
    world.mobileNode.send({ homeAddress: address("2001:db8:1::101"), key: other });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 146 }]);
    expect(world.agent.instances[0]?.bindings).toBe(0);
  });

  test("two mobile nodes with the same key keep their own bindings", async () => {
    await using world = await openWorld(off);
    const other = address("2001:db8:1::101");
    world.mobileNode.send();
    world.mobileNode.send({ homeAddress: other });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([0, 0]);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.kernel.careOfAddress(other)).toEqual(CARE_OF);
  });

  test("the acknowledgement carries the timestamp of its update (RFC 4285 §6)", async () => {
    await using world = await openWorld(off);
    const timestamp = replayTimestamp(world.clock.wall(), 77);
    world.mobileNode.send({ timestamp });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 0, timestamp, isAuthentic: true }]);
  });

  test("without a timestamp status 145 asks for one", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ timestamp: "none" });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 145 }]);
  });

  test("a replayed update is refused with 144 and this host's time, and changes nothing", async () => {
    await using world = await openWorld(off);
    const replayed = world.mobileNode.build();
    world.mobileNode.sendBytes(replayed);
    await world.run(seconds(1));
    world.mobileNode.send({ lifetime: 0 });
    await world.run(seconds(1));
    world.mobileNode.sendBytes(replayed);
    await world.run(SOON);
    const [, , refused] = world.mobileNode.acknowledgements;
    expect(refused).toMatchObject({ status: 144, isAuthentic: true });
    expect(Number((refused?.timestamp ?? 0n) >> 32n)).toBe(Number(replayTimestamp(world.clock.wall()) >> 32n));
    expect(world.kernel.careOfAddress(HOME)).toBeUndefined();
    expect(world.agent.counters.replaysRefused).toBe(1);
  });

  test("a mobile node whose clock is more than 7 s off is told the time and then registers", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send({ timestamp: replayTimestamp(world.clock.wall() - 60_000) });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements).toMatchObject([{ status: 144 }]);
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.at(-1)).toMatchObject({ status: 0 });
  });

  test("after a backward step of the home agent's clock within the tolerance known mobile nodes are refused until it catches up, their bindings stay", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    world.clock.stepWall(seconds(-5));
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.at(-1)).toMatchObject({ status: 144 });
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    world.clock.stepWall(seconds(5));
    world.mobileNode.send();
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.at(-1)).toMatchObject({ status: 0 });
  });

  test.each([30, 3_600, 86_400])(
    "who followed a clock that was %i s ahead is accepted at once when that is right again, an update from then is not",
    async (ahead) => {
      await using world = await openWorld(off);
      world.clock.stepWall(seconds(ahead));
      const recorded = world.mobileNode.build();
      world.mobileNode.sendBytes(recorded);
      await world.run(SOON);
      world.clock.stepWall(seconds(-ahead));
      world.mobileNode.send({ from: CARE_OF_2 });
      await world.run(SOON);
      expect(world.mobileNode.acknowledgements.map(({ status }) => status)).toEqual([0, 0]);
      world.mobileNode.sendBytes(recorded);
      await world.run(SOON);
      expect(world.mobileNode.acknowledgements.at(-1)).toMatchObject({ status: 144 });
      expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF_2);
    },
  );
});

describe("floods", () => {
  const update = (homeAddress: Uint8Array) =>
    encodeMobilityPacket({
      source: CARE_OF,
      destination: HOME_AGENT,
      homeAddress,
      message: {
        type: 5,
        sequence: 1,
        flags: {
          acknowledge: true,
          homeRegistration: true,
          linkLocalCompatibility: false,
          keyManagement: false,
          mobileRouter: false,
        },
        lifetime: 15,
        options: [],
      },
    });
  const unknown = (n: number, prefix = "2001:db8:1::") => address(`${prefix}${(n + 0x1000).toString(16)}`);

  test("updates for unknown home addresses are dropped without state or answer", async () => {
    await using world = await openWorld(off);
    for (let n = 0; n < 500; n++) world.mobileNode.sendBytes(update(unknown(n)));
    await world.run(SOON);
    expect(world.agent.counters.unknownMobileNodes).toBe(500);
    expect(world.agent.instances[0]?.cache.size).toBe(0);
    expect(world.agent.counters.bindingAcknowledgementsSent).toBe(0);
  });

  test("without authentication refusals share the limit of error replies", async () => {
    await using world = await openWorld({ ...off, authentication: "none" });
    for (let n = 0; n < 500; n++) world.mobileNode.sendBytes(update(unknown(n, "2001:db8:9::")));
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.length).toBeLessThanOrEqual(11);
    expect(world.mobileNode.acknowledgements.every(({ status }) => status === 132)).toBe(true);
    expect(world.agent.counters.errorRepliesSuppressed).toBeGreaterThanOrEqual(489);
    expect(world.agent.instances[0]?.cache.size).toBe(0);
  });

  test("Binding Errors are limited like ICMPv6 errors (R-9.3.3-03)", async () => {
    await using world = await openWorld(off);
    const packet = encodeMobilityPacket({
      source: CARE_OF,
      destination: HOME_AGENT,
      message: { type: 99 as never, data: new Uint8Array(2) } as never, // no such message
    });
    for (let n = 0; n < 500; n++) world.mobileNode.sendBytes(packet);
    await world.run(SOON);
    expect(world.mobileNode.others.length).toBeGreaterThan(0);
    expect(world.mobileNode.others.length).toBeLessThanOrEqual(11);
    expect(world.mobileNode.others.every(({ type, status }) => type === 7 && status === 2)).toBe(true);
  });
});
