import { describe, expect, test } from "vitest";
import { bindingsReport } from "#home-agent/reports.ts";
import { type Address, address, addressEquals, formatAddress, solicitedNode } from "#ipv6/address.ts";
import { homeAddressHeader } from "#ipv6/extension-header.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet, encodeIpv6Packet } from "#ipv6/packet.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilityMessage } from "#mip6/packet.ts";
import { withOctets } from "#test/changed-packet.ts";
import { millis, seconds } from "#wire/time.ts";
import { CARE_OF, CARE_OF_2, HOME, HOME_AGENT } from "./home-agent-addresses.ts";
import { type HomeAgentWorld, openWorld, VIRTUAL_MAC } from "./home-agent-world.ts";

const SOON = millis(50);
const off = { policy: { duplicateAddressDetection: "off" as const } };
const unknown: MobilityMessage = { type: 99, data: new Uint8Array(2) };
const request: MobilityMessage = { type: 0, options: [] };
const test1: MobilityMessage = { type: 1, homeInitCookie: new Uint8Array(8), options: [] };

/** A message to the home agent, with a Home Address option where a home address is given. */
const message = (said: MobilityMessage, from: Address, homeAddress?: Address, routingHome?: Address): Uint8Array =>
  encodeMobilityPacket({ source: from, destination: HOME_AGENT, homeAddress, routingHome, message: said });

/** An answer: of the Mobility Header its type and status, of Parameter Problem its code and pointer, and its addresses. */
interface Answer {
  readonly type?: number;
  readonly status?: number;
  readonly about?: string;
  readonly code?: number;
  readonly pointer?: number;
  readonly to: string;
  readonly homeAddress: Address | undefined;
  readonly routingHome: Address | undefined;
}

/** What the home agent sent since so many packets: Mobility Headers and Parameter Problems, with all that leads to them. */
const answers = (world: HomeAgentWorld, before: number): readonly Answer[] =>
  world.network.crossings.slice(before).flatMap(({ from, packet }): readonly Answer[] => {
    if (from !== "ha") return [];
    const mobility = decodeMobilityPacket(packet);
    if (mobility.ok) {
      const { destination, homeAddress, routingHome, message: said } = mobility.value;
      const status = "status" in said ? { status: said.status } : {};
      const about = "homeAddress" in said ? { about: formatAddress(said.homeAddress) } : {};
      return [{ type: said.type, ...status, ...about, to: formatAddress(destination), homeAddress, routingHome }];
    }
    const plain = decodeIpv6Packet(packet);
    const icmpv6 = plain.ok ? decodeIcmpv6Packet(plain.value) : plain;
    if (!plain.ok || !icmpv6.ok || icmpv6.value.type !== 4 || !("pointer" in icmpv6.value)) return [];
    const { code, pointer } = icmpv6.value;
    const { destination, homeAddress, routingHome } = plain.value;
    return [{ code, pointer, to: formatAddress(destination), homeAddress, routingHome }];
  });

const bare = { homeAddress: undefined, routingHome: undefined };
const to = formatAddress(CARE_OF);

/** What the home agent sends in answer to packets of the mobile node's node. */
const answersTo = async (world: HomeAgentWorld, ...packets: readonly Uint8Array[]) => {
  const before = world.network.crossings.length;
  for (const packet of packets) world.mobileNode.sendBytes(packet);
  await world.run(SOON);
  return answers(world, before);
};

const view = async (world: HomeAgentWorld) => {
  const { bindings } = await bindingsReport(world.agent.instances, { command: "bindings" }, world.clock);
  return bindings.map(({ remainingSeconds: _, ...rest }) => rest);
};

describe("a Mobility Header at the home agent", () => {
  test("of an unknown type is answered with Binding Error 2 at its source, with the home address of its option (R-8.4-06, R-9.2-03, R-9.3.3-02, R-9.3.3-04)", async () => {
    await using world = await openWorld();
    const other = address("2001:db8:9::9");
    expect(await answersTo(world, message(unknown, CARE_OF), message(unknown, CARE_OF, other))).toEqual([
      { type: 7, status: 2, about: "::", to, ...bare },
      { type: 7, status: 2, about: formatAddress(other), to, ...bare },
    ]);
  });

  test("with another Payload Proto, or a Header Len below its own, is answered with Parameter Problem 0 there (R-8.4-06, R-9.2-05, R-9.2-06, R-9.2-07, R-9.2-09, R-9.2-10, R-9.2-11)", async () => {
    await using world = await openWorld();
    const short = withOctets(message(request, CARE_OF), { 2: 7 });
    const behind = withOctets(message(test1, CARE_OF, HOME), { 0: 6 });
    expect(await answersTo(world, withOctets(message(test1, CARE_OF), { 0: 6 }), short, behind)).toEqual([
      { code: 0, pointer: 40, to, ...bare },
      { code: 0, pointer: 41, to, ...bare },
      { code: 0, pointer: 64, to, ...bare },
    ]);
  });

  test("with a wrong checksum is dropped in silence and counted, whatever else is wrong (R-8.4-06, R-9.2-01)", async () => {
    await using world = await openWorld();
    const packets = [
      message(unknown, CARE_OF),
      withOctets(message(request, CARE_OF), { 2: 7 }),
      message(test1, CARE_OF),
    ];
    for (const packet of packets) packet[45] = (packet[45] ?? 0) ^ 1;
    expect(await answersTo(world, ...packets)).toEqual([]);
    expect(world.agent.counters.packetsMalformed).toBe(3);
  });

  test("that came by a type 2 routing header, or claims an address that is no home address, is dropped in silence (R-8.2-03, R-9.3.1-01)", async () => {
    await using world = await openWorld(off);
    const routed = message(unknown, CARE_OF, undefined, HOME);
    const claims = ["ff02::1", "::1", "fe80::1", "::"].map((text) => message(unknown, CARE_OF, address(text)));
    expect(await answersTo(world, routed, ...claims)).toEqual([]);
    expect(world.agent.counters.packetsIgnored).toBe(5);
    const malformed = [message(test1, CARE_OF, undefined, HOME), message(test1, CARE_OF, address("ff02::1"))];
    expect(await answersTo(world, ...malformed.map((packet) => withOctets(packet, { 0: 6 })))).toEqual([]);
    expect(world.agent.counters.packetsMalformed).toBe(2);
  });
});

describe("what the home agent sends to a mobile node that is away", () => {
  test("is not changed by its binding, and has routing header or Home Address option nowhere but in an acknowledgement (R-6.1-01, R-6.1-02, R-6.1-03)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    // From the home address itself: the answer goes there, where a correspondent's packets would be carried away from.
    const said = await answersTo(
      world,
      message(unknown, HOME),
      withOctets(message(test1, HOME), { 0: 6 }),
      message(unknown, CARE_OF_2, HOME),
      world.mobileNode.build({ from: CARE_OF_2 }),
    );
    const home = formatAddress(HOME);
    expect(said).toEqual([
      { type: 7, status: 2, about: "::", to: home, ...bare },
      { code: 0, pointer: 40, to: home, ...bare },
      { type: 7, status: 2, about: home, to: formatAddress(CARE_OF_2), ...bare },
      { type: 6, status: 0, to: formatAddress(CARE_OF_2), homeAddress: undefined, routingHome: HOME },
    ]);
  });
});

describe("the Binding Cache", () => {
  const others = ["2001:db8:1::1:0:1", "2001:db8:1::1:0:2"].map(address);

  test("has an entry for each mobile node, which got its acknowledgement (R-8.4-01, R-8.4-07)", async () => {
    await using world = await openWorld({ ...off, authentication: "none" });
    const careOfAddresses = [CARE_OF, CARE_OF_2, CARE_OF];
    for (const [index, homeAddress] of [HOME, ...others].entries())
      world.mobileNode.send({ homeAddress, from: careOfAddresses[index] ?? CARE_OF, sequence: 10 + index });
    await world.run(SOON);
    expect(world.mobileNode.acknowledgements.map(({ status, sequence }) => [status, sequence])).toEqual([
      [0, 10],
      [0, 11],
      [0, 12],
    ]);
    expect(await view(world)).toMatchObject([
      { homeAddress: "2001:db8:1::100", careOfAddress: formatAddress(CARE_OF), sequence: 10, lifetimeSeconds: 60 },
      { homeAddress: "2001:db8:1::1:0:1", careOfAddress: formatAddress(CARE_OF_2), sequence: 11, lifetimeSeconds: 60 },
      { homeAddress: "2001:db8:1::1:0:2", careOfAddress: formatAddress(CARE_OF), sequence: 12, lifetimeSeconds: 60 },
    ]);
  });

  test("and forwarding are not changed by a Home Address option in any other packet than a Binding Update (R-6.3-07, R-6.3-08, R-9.1-06)", async () => {
    await using world = await openWorld(off);
    world.mobileNode.send();
    await world.run(SOON);
    const before = await view(world);
    const data = encodeIpv6Packet({
      source: CARE_OF_2,
      destination: HOME_AGENT,
      headers: [homeAddressHeader(HOME)],
      protocol: 17,
      payload: new Uint8Array(8),
    });
    const stray = others[0] ?? HOME;
    const said = [request, test1, unknown].flatMap((each) =>
      [HOME, stray].map((home) => message(each, CARE_OF_2, home)),
    );
    await answersTo(world, data, ...said);
    await world.run(seconds(2));
    expect(await view(world)).toEqual(before);
    expect(world.kernel.careOfAddress(HOME)).toEqual(CARE_OF);
    expect(world.kernel.careOfAddress(stray)).toBeUndefined();
    expect(world.agent.instances[0]?.intercepts(stray)).toBe(false);
  });
});

describe("a neighbour that asks for the home address", () => {
  const ask = async (world: HomeAgentWorld) => {
    const before = world.advertised.length;
    world.neighbour.packets.send(
      [
        encodeIcmpv6Packet({
          source: address("fe80::99"),
          destination: solicitedNode(HOME),
          message: {
            type: 135,
            target: HOME,
            options: [{ type: 1, linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0x99]) }],
          },
        }),
      ],
      { device: "eth0" },
    );
    await world.run(SOON);
    return world.advertised.slice(before).filter(({ target }) => addressEquals(target, HOME));
  };

  test("is answered with the virtual MAC while the mobile node is away, and only then (R-8.4-02)", async () => {
    await using world = await openWorld(off);
    expect(await ask(world)).toEqual([]);
    world.mobileNode.send();
    await world.run(SOON);
    expect(await ask(world)).toMatchObject([{ solicited: true, router: false, linkLayerAddress: VIRTUAL_MAC }]);
    world.mobileNode.send({ lifetime: 0 });
    await world.run(SOON);
    expect(await ask(world)).toEqual([]);
  });
});

describe("the Home Agent Preference", () => {
  test("is the configured one, for a home agent without bindings and for one that is full (R-7.4-04)", async () => {
    const routerAdvertisements = {
      interval: seconds(4),
      minimumInterval: seconds(3),
      minimumDelay: seconds(3),
      unsolicited: true,
      tellsInterval: true,
      routerLifetime: 0,
      prefixValidLifetime: 86_400,
      prefixPreferredLifetime: 14_400,
      homeAgentPreference: 7,
      homeAgentLifetime: 1800,
    };
    const limits = { bindings: 1, inMotion: 100, tombstones: 100 };
    await using world = await openWorld({ ...off, limits, routerAdvertisements });
    const preferences = async () => {
      const before = world.network.crossings.length;
      await world.run(seconds(10));
      return world.network.crossings.slice(before).flatMap(({ from, to: by, packet }) => {
        const plain = from === "ha" && by === "host" ? decodeIpv6Packet(packet) : undefined;
        const said = plain?.ok === true ? decodeIcmpv6Packet(plain.value) : undefined;
        if (said?.ok !== true || said.value.type !== 134 || !("options" in said.value)) return [];
        return said.value.options.flatMap((option) => ("preference" in option ? [option.preference] : []));
      });
    };
    const empty = await preferences();
    expect(empty.length).toBeGreaterThan(1);
    world.mobileNode.send({ lifetime: 600 });
    await world.run(SOON);
    expect(world.agent.instances[0]?.bindings).toBe(limits.bindings);
    const full = await preferences();
    expect(full.length).toBeGreaterThan(1);
    expect(new Set([...empty, ...full])).toEqual(new Set([routerAdvertisements.homeAgentPreference]));
  });
});
