import { describe, expect, it } from "vitest";
import { address, formatAddress } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import type { MobilityOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilitySending } from "#mip6/packet.ts";
import { checksumOf, sumWords } from "#wire/checksum.ts";
import { millis, seconds } from "#wire/time.ts";
import { careOf, HOME, HOME_AGENT, openWorld } from "./mobile-node-world.ts";

type World = ReturnType<typeof openWorld>;

const SOON = millis(100);
const MOBILITY_HEADER = 135;

/** A mobile node on the first foreign link that has registered; with `silent` it waits for its first acknowledgement. */
const away = async (options: Parameters<typeof openWorld>[0] & { readonly silent?: boolean } = {}): Promise<World> => {
  const world = openWorld(options);
  world.agent.script.silent = options.silent === true;
  world.plug("f1");
  await world.mobileNode.start();
  await world.clock.advance(SOON);
  return world;
};

const inject = async (world: World, packet: Uint8Array): Promise<void> => {
  world.agent.send(packet);
  await world.clock.advance(SOON);
};

const toMobileNode = (message: MobilitySending["message"], routingHome?: Uint8Array): Uint8Array =>
  encodeMobilityPacket({ source: HOME_AGENT, destination: careOf("f1"), routingHome, message });

const acknowledgement = (
  world: World,
  fields: { readonly status: number; readonly sequence?: number; readonly options?: readonly MobilityOption[] },
): Uint8Array =>
  toMobileNode(
    {
      type: 6,
      status: fields.status,
      flags: { keyManagement: false, mobileRouter: false },
      sequence: fields.sequence ?? world.agent.updates.at(-1)?.update.sequence ?? 0,
      lifetime: fields.status < 128 ? 15 : 0,
      options: fields.options ?? [],
    },
    HOME,
  );

/** What the mobile node sent, other than Neighbor Discovery, from a place in the list of all packets on. */
const sentSince = (world: World, place: number): readonly Uint8Array[] =>
  world.network.crossings
    .slice(place)
    .filter(({ from, packet }) => from === "mn" && !(packet[6] === 58 && (packet[40] ?? 0) >= 133))
    .map(({ packet }) => packet);

describe("a mobile node and the rules for all Mobility Headers (RFC 6275 §9.2)", () => {
  const refreshRequest = () => toMobileNode({ type: 0, options: [] });
  /** The same with an octet of its Mobility Header changed, and a checksum that is right again. */
  const changed = (packet: Uint8Array, at: number, value: number): Uint8Array => {
    packet[40 + at] = value;
    packet.set([0, 0], 44);
    const payload = packet.subarray(40);
    const sum = pseudoHeaderSum(packet.subarray(8, 24), packet.subarray(24, 40), payload.length, MOBILITY_HEADER);
    const checksum = checksumOf(sum + sumWords(payload, 0, payload.length));
    packet.set([checksum >> 8, checksum & 0xff], 44);
    return packet;
  };
  const receive = async (packet: Uint8Array) => {
    const world = await away();
    await world.clock.advance(seconds(2));
    const place = world.network.crossings.length;
    await inject(world, packet);
    const sent = sentSince(world, place);
    return { updates: world.agent.updates.length - 1, sent };
  };
  /** Code, pointer and destination of a Parameter Problem. */
  const problemIn = (packet: Uint8Array | undefined) =>
    packet && [packet[6], packet[40], packet[41], packet[47], formatAddress(packet.subarray(24, 40))];

  it("takes one that keeps them (R-11.2-01)", async () => {
    expect((await receive(refreshRequest())).updates).toBe(1);
    // What the helper makes is right: the message is the same.
    expect((await receive(changed(refreshRequest(), 2, 0))).updates).toBe(1);
  });

  it("drops one with a wrong checksum in silence (R-11.2-01)", async () => {
    const damaged = refreshRequest();
    damaged[44] = (damaged[44] ?? 0) ^ 1;
    expect(await receive(damaged)).toEqual({ updates: 0, sent: [] });
  });

  it("answers an unknown MH Type with Binding Error 2 (R-11.2-01)", async () => {
    const { updates, sent } = await receive(changed(refreshRequest(), 2, 99));
    expect(updates).toBe(0);
    const decoded = sent.map((packet) => decodeMobilityPacket(packet)).map((each) => each.ok && each.value.message);
    expect(decoded).toMatchObject([{ type: 7, status: 2, homeAddress: new Uint8Array(16) }]);
  });

  it("answers a Payload Proto that is not 59 with Parameter Problem code 0, pointing at it (R-11.2-01)", async () => {
    const { updates, sent } = await receive(changed(refreshRequest(), 0, 17));
    expect(updates).toBe(0);
    expect(sent.map(problemIn)).toEqual([[58, 4, 0, 40, formatAddress(HOME_AGENT)]]);
  });

  it("answers a Header Len that is too small with Parameter Problem code 0, pointing at it (R-11.2-01)", async () => {
    // A Binding Error takes 24 octets; eight are there.
    const { updates, sent } = await receive(changed(refreshRequest(), 2, 7));
    expect(updates).toBe(0);
    expect(sent.map(problemIn)).toEqual([[58, 4, 0, 41, formatAddress(HOME_AGENT)]]);
  });
});

describe("a type 2 routing header", () => {
  const routed = (to: Uint8Array, change: (packet: Uint8Array) => void = () => undefined): Uint8Array => {
    const packet = toMobileNode({ type: 0, options: [] }, to);
    change(packet);
    return packet;
  };
  const updatesAfter = async (packet: Uint8Array) => {
    const world = await away();
    const place = world.network.crossings.length;
    await inject(world, packet);
    const updates = world.agent.updates.length - 1;
    return { updates, silent: sentSince(world, place).length === 0 };
  };

  it("with an own home address is taken, and dropped in silence when it fails a check (R-11.3.3-03)", async () => {
    expect(await updatesAfter(routed(HOME))).toEqual({ updates: 1, silent: false });
    const dropped = { updates: 0, silent: true };
    expect(await updatesAfter(routed(address("2001:db8:1::101")))).toEqual(dropped);
    expect(await updatesAfter(routed(HOME, (packet) => packet.set([4], 41)))).toEqual(dropped);
    expect(await updatesAfter(routed(HOME, (packet) => packet.set([0], 43)))).toEqual(dropped);
    expect(await updatesAfter(routed(HOME, (packet) => packet.set([2], 43)))).toEqual(dropped);
  });
});

describe("a Binding Acknowledgement", () => {
  it.each([
    [0, "registered"],
    [1, "registered"],
    [128, "refused"],
    [129, "refused"],
    [133, "refused"],
    [134, "refused"],
  ])("of status %i leaves the mobile node %s (R-11.7.3-06)", async (status, state) => {
    const world = await away({ association: false, silent: true });
    expect(world.mobileNode.status().state).toBe("registering");
    await inject(world, acknowledgement(world, { status }));
    expect(world.mobileNode.status()).toMatchObject({ state, lastAcknowledgement: { status } });
  });

  it("with Binding Authorization Data that is not last, or has padding behind it, is ignored in silence (R-11.7.3-01, R-11.7.3-03, R-11.7.3-04)", async () => {
    const authorization: MobilityOption = { type: 5, authenticator: new Uint8Array(12) };
    // The message has 12 octets before its options, and this one stands at 8n + 2.
    const before: MobilityOption = { type: 1, data: new Uint8Array(4) };
    for (const behind of [
      { type: 1, data: new Uint8Array(6) },
      { type: 4, homeNonceIndex: 1, careOfNonceIndex: 2 },
    ] satisfies MobilityOption[]) {
      const world = await away({ association: false, silent: true });
      const place = world.network.crossings.length;
      await inject(world, acknowledgement(world, { status: 0, options: [before, authorization, behind] }));
      expect(world.mobileNode.status()).toMatchObject({ state: "registering", binding: "unacknowledged" });
      expect(sentSince(world, place)).toEqual([]);
      await inject(world, acknowledgement(world, { status: 0, options: [before, authorization] }));
      expect(world.mobileNode.status().state).toBe("registered");
    }
  });

  it("of status 135 that is not authentic is ignored in silence, its number too (R-11.7.3-12)", async () => {
    const world = await away({ silent: true });
    const place = world.network.crossings.length;
    await inject(world, acknowledgement(world, { status: 135, sequence: 5000 }));
    expect(sentSince(world, place)).toEqual([]);
    await world.clock.advance(seconds(2));
    const [first, second] = world.agent.updates.map(({ update }) => update.sequence);
    expect(second).toBe((first ?? 0) + 1);
  });
});

describe("a Binding Error of status 2", () => {
  it("is ignored where no answer is awaited (R-11.3.6-04)", async () => {
    const world = await away();
    const place = world.network.crossings.length;
    await inject(world, toMobileNode({ type: 7, status: 2, homeAddress: HOME, options: [] }));
    expect(sentSince(world, place)).toEqual([]);
    expect(world.mobileNode.status()).toMatchObject({ state: "registered", binding: "acknowledged" });
  });
});

describe("ICMPv6 errors", () => {
  const STRANGER = address("2001:db8:c::c");
  const problem = (code: number, pointer: number, invokingPacket: Uint8Array) =>
    encodeIcmpv6Packet({
      source: STRANGER,
      destination: careOf("f1"),
      hopLimit: 64,
      message: { type: 4, code, pointer, invokingPacket },
    });
  /** A packet with a Home Address option, whose type octet is the 47th. */
  const withOption = (source: Uint8Array) =>
    encodeMobilityPacket({ source, destination: STRANGER, homeAddress: HOME, message: { type: 0, options: [] } });
  const OPTION_AT = 46;
  const told = (world: World) =>
    world.lines.filter(({ msg }) => msg === "a node does not know the home address option");

  it("make no entry of the Binding Update List (R-11.3.5-04)", async () => {
    const world = await away();
    const before = world.mobileNode.bindings();
    const place = world.network.crossings.length;
    for (const [code, pointer] of [
      [0, 40],
      [1, 40],
      [1, 6],
      [2, OPTION_AT],
    ] as const)
      world.agent.send(problem(code, pointer, withOption(careOf("f1"))));
    await world.clock.advance(millis(10));
    expect(world.mobileNode.bindings()).toEqual(before);
    expect(sentSince(world, place)).toEqual([]);
  });

  it("of code 2 about the Home Address option are logged, at most once a minute, and dropped (R-11.3.5-06)", async () => {
    const world = await away();
    const refused = withOption(careOf("f1"));
    expect(decodeIpv6Packet(refused).ok && refused[OPTION_AT]).toBe(0xc9);
    for (let i = 0; i < 100; i++) await inject(world, problem(2, OPTION_AT, refused));
    expect(told(world)).toMatchObject([
      { level: "warn", from: formatAddress(STRANGER), destination: formatAddress(STRANGER) },
    ]);
    expect(world.mobileNode.counters).toMatchObject({ homeAddressOptionsRefused: 100 });
    await world.clock.advance(seconds(60));
    await inject(world, problem(2, OPTION_AT, refused));
    expect(told(world)).toHaveLength(2);
    expect(world.mobileNode.status().state).toBe("registered");
  });

  it("about another option, of another code, or about what this node has not sent are not taken for that", async () => {
    const world = await away();
    await inject(world, problem(2, OPTION_AT + 1, withOption(careOf("f1"))));
    await inject(world, problem(1, OPTION_AT, withOption(careOf("f1"))));
    await inject(world, problem(2, OPTION_AT, withOption(STRANGER)));
    await inject(world, problem(2, 4_000_000, withOption(careOf("f1"))));
    await inject(world, problem(2, OPTION_AT, new Uint8Array(0)));
    expect(told(world)).toEqual([]);
  });
});
