import { describe, expect, it } from "vitest";
import { formatAddress } from "#ipv6/address.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilityMessage } from "#mip6/packet.ts";
import { wallOfTimestamp } from "#mip6/replay-timestamp.ts";
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

type World = ReturnType<typeof openWorld>;

/** What the mobile node sent to the home agent's node as Mobility Headers, decoded, oldest first. */
const sentBy = (world: World, from: string): MobilityMessage[] =>
  world.network.crossings
    .filter((crossing) => crossing.from === from)
    .flatMap(({ packet }) => {
      const decoded = decodeMobilityPacket(packet);
      return decoded.ok ? [decoded.value.message] : [];
    });

const acknowledgement = (fields: { status?: number; sequence: number; source?: Uint8Array }) =>
  encodeMobilityPacket({
    source: fields.source ?? HOME_AGENT,
    destination: careOf("f1"),
    routingHome: HOME,
    message: {
      type: 6,
      status: fields.status ?? 0,
      flags: { keyManagement: false, mobileRouter: false },
      sequence: fields.sequence,
      lifetime: 15,
      options: [],
    },
  });

describe("the lifetime of a binding", () => {
  it("is extended well before its end, for as long as the mobile node is away (R-11.7.1-10, R-11.7.3-10)", async () => {
    const world = await away();
    await world.clock.advance(seconds(150));
    expect(world.agent.updates.map((seen) => Math.round(seen.at / 1000))).toEqual([0, 45, 90, 135]);
    expect(world.mobileNode.status().registered).toBe(true);
  });

  it("counts from the Binding Update down from what was granted (R-11.7.3-09)", async () => {
    const world = openWorld();
    world.agent.script.lifetimeUnits = 5;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(16));
    expect(world.agent.updates.map((seen) => Math.round(seen.at / 1000))).toEqual([0, 15]);
  });

  it("is extended at the interval of Binding Refresh Advice (R-11.7.3-17)", async () => {
    const world = openWorld();
    world.agent.script.refreshAdviceUnits = 2;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(17));
    expect(world.agent.updates.map((seen) => Math.round(seen.at / 1000))).toEqual([0, 8, 16]);
  });
});

describe("the lifetime of the care-of address", () => {
  it("bounds what each Binding Update asks for, by what is left of it then (R-11.7.1-12)", async () => {
    const world = openWorld();
    world.lifetimes.validLifetime = 92;
    world.plug("f1");
    await world.mobileNode.start();
    const asked = () => world.agent.updates.map((seen) => [Math.round(seen.at / 1000), seen.update.lifetime * 4]);
    await world.clock.advance(seconds(80));
    // BU(60) at 0, BU(44) with 47 s left, BU(12) with 14 s left -->
    expect(asked()).toEqual([
      [0, 60],
      [45, 44],
      [78, 12],
    ]);
    // The router prolongs the prefix: from the next one on the whole lifetime is asked for again.
    world.advertise("f1");
    await world.clock.advance(seconds(10));
    expect(asked().at(-1)).toEqual([87, 60]);
    expect(world.mobileNode.status()).toMatchObject({ registered: true, lifetimeSeconds: 60 });
  });
});

describe("a refusal", () => {
  it("135 is followed at once by the sequence number after the home agent's last (R-11.7.1-20)", async () => {
    const world = openWorld();
    world.agent.script.lastSequence = 500;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(millis(200));
    expect(world.agent.updates.map((seen) => seen.update.sequence)).toEqual([258, 501]);
    expect(world.mobileNode.status()).toMatchObject({ state: "registered", sequence: 501 });
  });

  it.each([3600, 8, -8, -3600])(
    "144 moves the timestamp to the home agent's clock, %i s ahead, and is not needed again (RFC 4285 §6)",
    async (ahead) => {
      const world = openWorld();
      world.agent.script.clockAhead = seconds(ahead);
      world.plug("f1");
      await world.mobileNode.start();
      await world.clock.advance(millis(200));
      expect(world.agent.updates).toHaveLength(2);
      expect(world.mobileNode.status().state).toBe("registered");
      await world.clock.advance(seconds(50));
      expect(world.agent.updates).toHaveLength(3);
      expect(world.mobileNode.status()).toMatchObject({ state: "registered", lastAcknowledgement: { status: 0 } });
    },
  );

  it.each([
    { waits: "Binding Update", type: 5, status: 0 },
    // Refused for another reason than the time.
    { waits: "Binding Acknowledgement", type: 6, status: 144 },
  ])("144 after a $waits that waits for 10 s moves no timestamp", async ({ type, status }) => {
    const world = openWorld({ settings: { firstTimeout: seconds(30) } });
    world.agent.script.status = status;
    world.network.impair(({ packet }) => {
      const decoded = decodeMobilityPacket(packet);
      return decoded.ok && decoded.value.message.type === type ? { later: seconds(10) } : "deliver";
    });
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(9));
    world.network.impair(undefined);
    world.agent.script.status = 0;
    await world.clock.advance(seconds(2));
    const timestamps = world.agent.updates.map(({ update }) => findOption(update.options, 10)?.timestamp ?? 0n);
    expect(timestamps).toHaveLength(2);
    const [first = 0, second = 0] = timestamps.map((timestamp) => wallOfTimestamp(timestamp, world.clock.wall()));
    expect(second - first).toBeGreaterThan(9_900);
    expect(second - first).toBeLessThan(10_100);
    expect(world.mobileNode.status().state).toBe("registered");
  });

  it("134 is final: no Binding Update for this home address follows (R-11.7.1-23, R-11.7.3-15)", async () => {
    const world = openWorld();
    world.agent.script.status = 134;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(300));
    world.plug("f2");
    await world.clock.advance(seconds(10));
    expect(world.agent.updates).toHaveLength(1);
    expect(world.steps()).toContain(
      "home address refused: another node has it; not used again before it is proven unique at home",
    );
  });

  it("130 is shown and tried again slowly (R-11.7.3-14)", async () => {
    const world = openWorld();
    world.agent.script.status = 130;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(33));
    expect(world.mobileNode.status()).toMatchObject({ state: "refused", lastAcknowledgement: { status: 130 } });
    expect(world.agent.updates.map((seen) => Math.round(seen.at / 1000))).toEqual([0, 32]);
  });

  it("by a home agent with another key is not believed, but a person is told", async () => {
    const world = openWorld();
    world.agent.script.key = new Uint8Array(16).fill(9);
    world.agent.script.status = 146;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(100));
    expect(world.mobileNode.status().lastAcknowledgement).toBeUndefined();
    const told = world.lines.filter((line) => line.msg.includes("compare key and SPI"));
    expect(told[0]).toMatchObject({ level: "warn", status: 146, problem: "wrong-authenticator" });
    expect(world.agent.updates.length).toBeLessThanOrEqual(8);
  });
});

describe("a Binding Acknowledgement that is not the home agent's own", () => {
  it("without authentication is ignored (RFC 4285 §5, R-11.7.3-01, R-11.7.3-02)", async () => {
    const world = openWorld();
    world.agent.script.silent = true;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(millis(100));
    world.agent.send(acknowledgement({ sequence: 258 }));
    await world.clock.advance(millis(100));
    expect(world.mobileNode.status().state).toBe("registering");
  });

  it("is ignored from another source, and with another sequence number (R-11.7.3-01, R-11.7.3-05)", async () => {
    const world = openWorld({ association: false });
    world.agent.script.silent = true;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(millis(100));
    world.agent.send(acknowledgement({ sequence: 258, source: careOf("f2") }));
    world.agent.send(acknowledgement({ sequence: 257 }));
    await world.clock.advance(millis(100));
    expect(world.mobileNode.status().state).toBe("registering");
    world.agent.send(acknowledgement({ sequence: 258 }));
    await world.clock.advance(millis(100));
    expect(world.mobileNode.status().state).toBe("registered");
  });
});

describe("messages of the home agent without authentication", () => {
  const bindingError = (status: number, source: Uint8Array) =>
    encodeMobilityPacket({
      source,
      destination: careOf("f1"),
      message: { type: 7, status, homeAddress: HOME, options: [] },
    });

  it("Binding Error 1 leads to a Binding Update (R-11.3.6-02)", async () => {
    const world = await away();
    world.agent.send(bindingError(1, HOME_AGENT));
    await world.clock.advance(millis(100));
    expect(world.agent.updates).toHaveLength(2);
  });

  it("Binding Error from a node without an entry is ignored (R-11.3.6-01)", async () => {
    const world = await away();
    world.agent.send(bindingError(1, careOf("f2")));
    await world.clock.advance(millis(100));
    expect(world.agent.updates).toHaveLength(1);
  });

  it("a flood of them causes no more than three Binding Updates a second (R-11.8-07)", async () => {
    const world = await away();
    await world.clock.advance(seconds(2));
    const before = world.agent.updates.length;
    for (let i = 0; i < 500; i++) {
      world.agent.send(bindingError(1, HOME_AGENT));
      await world.clock.advance(millis(2));
    }
    expect(world.agent.updates.length - before).toBeLessThanOrEqual(4);
  });

  it("a Binding Refresh Request of the home agent leads to a Binding Update, another's to none (R-11.7.4-01, R-8.5-12)", async () => {
    const world = await away();
    const request = (source: Uint8Array) =>
      encodeMobilityPacket({ source, destination: careOf("f1"), message: { type: 0, options: [] } });
    world.agent.send(request(careOf("f2")));
    await world.clock.advance(millis(100));
    expect(world.agent.updates).toHaveLength(1);
    world.agent.send(request(HOME_AGENT));
    await world.clock.advance(millis(100));
    expect(world.agent.updates).toHaveLength(2);
  });
});

describe("a mobile node as any other node", () => {
  it("refuses a home registration with status 131 (R-10.3.1-04, R-10.3.1-05)", async () => {
    const world = await away();
    world.agent.send(
      encodeMobilityPacket({
        source: HOME_AGENT,
        destination: careOf("f1"),
        message: {
          type: 5,
          sequence: 77,
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
      }),
    );
    await world.clock.advance(millis(100));
    expect(sentBy(world, "mn").at(-1)).toMatchObject({ type: 6, status: 131, sequence: 77 });
  });

  it("does no route optimization for another mobile node: that stays with the tunnel (RFC 6275 §11.6.2)", async () => {
    const world = await away();
    world.agent.send(
      encodeMobilityPacket({
        source: HOME_AGENT,
        destination: careOf("f1"),
        message: { type: 1, homeInitCookie: new Uint8Array(8), options: [] },
      }),
    );
    await world.clock.advance(millis(100));
    const problems = world.network.crossings.filter(
      ({ from, packet }) => from === "mn" && packet[6] === 58 && packet[40] === 4,
    );
    // Parameter Problem, code 1, at the octet that names the Mobility Header
    expect(problems.map(({ to, packet }) => [to, packet[41], packet[47]])).toEqual([["ha", 1, 6]]);
  });

  it("gives its own counters and one entry of the Binding Update List (R-11.1-01, R-11.7.1-19, R-8.5-01)", async () => {
    const world = await away();
    expect(world.mobileNode.counters).toMatchObject({ bindingUpdatesSent: 1, bindingAcknowledgementsReceived: 1 });
    expect(world.mobileNode.bindings().bindings).toMatchObject([
      {
        homeAddress: formatAddress(HOME),
        careOfAddress: "2001:db8:f1::10",
        peer: formatAddress(HOME_AGENT),
        lifetimeSeconds: 60,
        remainingSeconds: 60,
      },
    ]);
  });

  it("shows its entry with lifetimes, sequence number, last Binding Update, retransmissions, and whether more may be sent (R-11.1-04)", async () => {
    const world = openWorld();
    world.agent.script.silent = true;
    world.plug("f1");
    await world.mobileNode.start();
    await world.clock.advance(seconds(5));
    // BU at 0, 1.5 and 4.5 s -->
    const [first, , third] = world.agent.updates;
    const last = (third?.at ?? 0) + world.clock.wall() - world.clock.now();
    expect(world.mobileNode.status()).toMatchObject({
      homeAgent: formatAddress(HOME_AGENT),
      homeAddress: formatAddress(HOME),
      careOfAddress: "2001:db8:f1::10",
      update: "awaiting",
      lifetimeSeconds: 60,
      sequence: (first?.update.sequence ?? 0) + 2,
      lastUpdate: { attempts: 3, timeoutSeconds: 6 },
    });
    const { lastUpdate, remainingSeconds } = world.mobileNode.status();
    // It left a millisecond before it arrived.
    expect(last - Date.parse(lastUpdate?.at ?? "")).toBe(1);
    // Counted from the last Binding Update.
    expect(remainingSeconds).toBe(60);
    // <-- BA
    world.agent.script.silent = false;
    world.agent.script.status = 134;
    await world.clock.advance(seconds(10));
    expect(world.mobileNode.status()).toMatchObject({ update: "duplicate", lastUpdate: { attempts: 0 } });
  });
});
