import { describe, expect, it } from "vitest";
import { address, addressEquals, formatAddress } from "#ipv6/address.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { millis, seconds } from "#wire/time.ts";
import { careOf, HOME, HOME_AGENT, openWorld } from "./mobile-node-world.ts";

/** A mobile node that has registered from the first foreign link. */
const away = async (options: Parameters<typeof openWorld>[0] = {}) => {
  const world = openWorld(options);
  world.plug("f1");
  await world.mobileNode.start();
  await world.clock.advance(millis(100));
  return world;
};

const gaps = (times: readonly number[]) => times.slice(1).map((time, at) => Math.round(time - (times[at] ?? 0)));

describe("the first registration", () => {
  it("follows HL to FL step by step (S-7-11 to S-7-16, S-16-06)", async () => {
    const world = await away();
    // BU(A, H, Alternate Care-of Address) -->
    // <-- BA(status=0)
    expect(world.steps()).toEqual([
      "link up",
      "router found",
      "movement detected",
      "movement event",
      "home address moves to the tunnel",
      "handoff",
      "home registration",
      "binding update sent",
      "binding acknowledgement received",
    ]);
    expect(world.mobileNode.status()).toMatchObject({
      state: "registered",
      atHome: false,
      device: "eth0",
      careOfAddress: "2001:db8:f1::10",
      homeAgent: "2001:db8:1::a1",
      lastAcknowledgement: { status: 0 },
      lastMove: { type: "HL to FL" },
    });
    expect(world.kernel.calls).toEqual(["goAway 2001:db8:f1::10"]);
    expect(world.agent.binding()).toBe("2001:db8:f1::10");
  });

  it("sends a Binding Update with H, A, Home Address and Alternate Care-of Address, authenticated (R-11.7.1-02, R-11.7.1-03, R-11.7.1-04, R-11.7.1-05, R-11.7.1-06, R-11.7.1-11, R-11.7.1-17, R-11.7.1-18, R-6.1.7-12)", async () => {
    const { agent } = await away();
    const [seen] = agent.updates;
    expect(seen?.authentic).toBe(true);
    expect(seen?.update.flags).toMatchObject({ acknowledge: true, homeRegistration: true, keyManagement: false });
    expect(seen?.packet.source).toEqual(careOf("f1"));
    expect(seen?.packet.homeAddress).toEqual(HOME);
    expect(seen?.packet.destination).toEqual(HOME_AGENT);
    expect(seen?.update.options.map((option) => option.type).filter((type) => type > 1)).toEqual([3, 8, 10, 9]);
    const alternate = seen && findOption(seen.update.options, 3)?.careOfAddress;
    expect(alternate && formatAddress(alternate)).toBe("2001:db8:f1::10");
    expect(seen?.update.lifetime).toBe(15);
  });

  it("leaves the L bit clear for a home address with a random interface identifier (R-11.7.1-08)", async () => {
    const homeAddress = address("2001:db8:1::2f3a:91d7:40c6:be15");
    const { agent } = await away({ settings: { homeAddress } });
    expect(agent.updates[0]?.packet.homeAddress).toEqual(homeAddress);
    expect(agent.updates[0]?.update.flags).toMatchObject({ linkLocalCompatibility: false, keyManagement: false });
  });

  it("repeats the Binding Update after 1.5, 3, 6, 12, 24, 32, 32 s while the home agent is silent (R-11.8-02, R-11.8-05, R-11.7.1-14)", async () => {
    const world = openWorld();
    world.agent.script.silent = true;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(120));
    expect(gaps(world.agent.updates.map((seen) => seen.at))).toEqual([
      1500, 3000, 6000, 12_000, 24_000, 32_000, 32_000,
    ]);
    // The home agent comes back: the next one is taken.
    world.agent.script.silent = false;
    await world.clock.advance(seconds(32));
    expect(world.mobileNode.status().state).toBe("registered");
  });

  it("survives the loss of a Binding Update and of a Binding Acknowledgement (R-11.8-04)", async () => {
    const world = openWorld();
    let lost = 0;
    world.network.impair(({ packet }) => {
      const isMobility = packet[6] === 60 || packet[6] === 43;
      if (isMobility && lost < 2) {
        lost++;
        return "drop";
      }
      return "deliver";
    });
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(6));
    expect(world.mobileNode.status().state).toBe("registered");
    expect(world.agent.updates.length).toBeGreaterThanOrEqual(1);
    const sequences = world.agent.updates.map((seen) => seen.update.sequence);
    expect(sequences.toSorted((a, b) => a - b)).toEqual(sequences);
  });
});

describe("movement (R-8.5-07)", () => {
  it("from a foreign link to another registers the new care-of address at once (S-7-01, R-11.5.4-02, R-11.5.4-03)", async () => {
    const world = await away();
    world.plug("f2");
    await world.clock.advance(millis(20));
    expect(world.agent.binding()).toBe("2001:db8:f2::10");
    expect(world.mobileNode.status().lastMove?.type).toBe("FL to FL");
    expect(world.kernel.calls.slice(1)).toEqual(["forget", "goAway 2001:db8:f2::10"]);
  });

  it("is seen without any sign of the carrier, when the old router is silent", async () => {
    const world = await away();
    world.move("f2");
    world.advertise("f2");
    await world.clock.advance(millis(200));
    expect(world.agent.binding()).toBe("2001:db8:f2::10");
    expect(world.kernel.calls).toContain("forget others");
  });

  it("that flaps twenty times in a second causes at most three Binding Updates in that second (R-11.5.3-03, R-11.8-07)", async () => {
    const world = await away();
    await world.clock.advance(seconds(5));
    const before = world.agent.updates.length;
    for (let i = 0; i < 20; i++) {
      world.plug(i % 2 === 0 ? "f2" : "f1");
      await world.clock.advance(millis(50));
    }
    expect(world.agent.updates.length - before).toBeLessThanOrEqual(3);
    await world.clock.advance(seconds(3));
    expect(world.agent.binding()).toBe("2001:db8:f1::10");
    expect(world.mobileNode.status().state).toBe("registered");
  });

  it("back to the same link is registered again, as the home agent may have changed its mind meanwhile", async () => {
    const world = await away();
    world.plug(undefined);
    await world.clock.advance(seconds(5));
    expect(world.mobileNode.status().state).toBe("nowhere");
    world.plug("f1");
    await world.clock.advance(millis(50));
    expect(world.mobileNode.status().state).toBe("registered");
    expect(world.agent.updates).toHaveLength(2);
  });
});

describe("returning home (R-8.5-07)", () => {
  it("follows FL to HL step by step (S-7-21 to S-7-29, S-16-06)", async () => {
    const world = await away();
    const before = world.steps().length;
    world.plug("home");
    // NS(::, target = home address) -->
    // <-- NA(home address is at the home agent)
    // BU(lifetime=0, source = home address) -->
    // <-- BA(status=0)
    // NA(home address is here, Override) -->
    await world.clock.advance(millis(100));
    expect(world.steps().slice(before)).toEqual([
      "link down",
      "movement detected",
      "link up",
      "router found",
      "movement detected",
      "movement event",
      "duplicate address detection",
      "home address moves to the home link",
      "handoff",
      "home registration",
      "binding update sent",
      "binding acknowledgement received",
      "neighbor advertisement sent",
    ]);
    expect(world.agent.binding()).toBeUndefined();
    expect(world.kernel.calls.at(-1)).toBe("goHome");
    await world.clock.advance(seconds(3));
    expect(world.mobileNode.status()).toMatchObject({ state: "at home", atHome: true, lastMove: { type: "FL to HL" } });
  });

  it("sends lifetime 0 from the home address, without Home Address option, before the address is used (R-11.5.5-01, R-11.5.5-02, R-11.5.5-03, R-11.5.5-04, R-11.7.1-18, R-6.1.7-14)", async () => {
    const world = await away();
    world.plug("home");
    await world.clock.advance(millis(100));
    const seen = world.agent.updates.at(-1);
    expect(seen?.update).toMatchObject({ lifetime: 0, flags: { acknowledge: true, homeRegistration: true } });
    expect(seen?.packet.source).toEqual(HOME);
    expect(seen?.packet.homeAddress).toBeUndefined();
    expect(seen?.authentic).toBe(true);
    const first = world.network.crossings.findIndex(
      ({ from, packet }) => from === "mn" && addressEquals(packet.subarray(8, 24), HOME),
    );
    expect(world.network.crossings[first]?.packet[6]).toBe(135);
  });

  it("asks for the home agent by a multicast solicitation from :: for the home address, and only that (R-11.5.5-05, R-11.5.5-06, R-11.5.5-07, R-11.5.5-09)", async () => {
    const world = await away();
    world.plug("home");
    await world.clock.advance(millis(100));
    const solicitations = world.network.crossings.filter(
      ({ from, to, packet }) => from === "mn" && to === "ha" && packet[6] === 58 && packet[40] === 135,
    );
    expect(solicitations).toHaveLength(1);
    const packet = solicitations[0]?.packet ?? new Uint8Array(0);
    expect(formatAddress(packet.subarray(8, 24))).toBe("::");
    expect(formatAddress(packet.subarray(24, 40))).toBe("ff02::1:ff00:100");
    expect(formatAddress(packet.subarray(48, 64))).toBe("2001:db8:1::100");
  });

  it("advertises the home address to all nodes with Override and without Solicited after the acknowledgement (R-11.5.5-13, R-11.5.5-14, R-11.5.5-15, R-11.5.5-17, R-11.5.5-18)", async () => {
    const world = await away();
    world.plug("home");
    await world.clock.advance(millis(100));
    const advertisement = world.network.crossings.findLast(
      ({ from, packet }) => from === "mn" && packet[6] === 58 && packet[40] === 136,
    )?.packet;
    expect(advertisement && formatAddress(advertisement.subarray(24, 40))).toBe("ff02::1");
    expect(advertisement && formatAddress(advertisement.subarray(48, 64))).toBe("2001:db8:1::100");
    expect(advertisement?.[44]).toBe(0x20);
    // Target Link-Layer Address option
    expect(advertisement && [...advertisement.subarray(64, 72)]).toEqual([2, 1, 2, 0, 0, 0, 0, 0x10]);
  });

  it("after the binding has expired probes the home address first (R-11.5.5-10)", async () => {
    const world = await away();
    world.agent.script.silent = true;
    world.plug(undefined);
    await world.clock.advance(seconds(120));
    world.plug("home");
    await world.clock.advance(seconds(3));
    expect(
      world.lines.filter((line) => line.msg === "duplicate address detection").at(-1)?.["performed"],
    ).toBeUndefined();
    expect(world.mobileNode.status().state).toBe("at home");
  });

  it("that ends while the home address is still being probed is a movement like any other", async () => {
    const world = openWorld();
    world.plug("home");
    await world.mobileNode.start();
    await world.clock.advance(millis(200));
    expect(world.lines.some((line) => line.msg === "duplicate address detection")).toBe(true);
    expect(world.mobileNode.status().state).not.toBe("at home");
    world.plug("f1");
    await world.clock.advance(seconds(2));
    expect(world.agent.binding()).toBe("2001:db8:f1::10");
  });

  it("keeps asking when the home agent is silent, and is over when the binding has expired", async () => {
    const world = await away();
    world.agent.script.silent = true;
    world.plug("home");
    await world.clock.advance(seconds(10));
    expect(world.mobileNode.status().state).toBe("returning home");
    await world.clock.advance(seconds(60));
    expect(world.mobileNode.status().state).toBe("at home");
  });
});
