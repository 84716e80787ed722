import { describe, expect, it } from "vitest";
import { parseConfig } from "#control/config.ts";
import { type Address, ALL_NODES, address, formatAddress } from "#ipv6/address.ts";
import type { Icmpv6Message } from "#ipv6/icmpv6/message.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import type { NeighborOption } from "#ipv6/nd/option.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilityMessage } from "#mip6/packet.ts";
import { configSchema, type MobileNodeConfig } from "#mobile-node/config-schema.ts";
import { settingsOf } from "#mobile-node/settings.ts";
import { withOctets } from "#test/changed-packet.ts";
import { millis, seconds } from "#wire/time.ts";
import { careOf, HOME, HOME_AGENT, openWorld } from "./mobile-node-world.ts";

type World = ReturnType<typeof openWorld>;

const PEER = address("2001:db8:c::c");
const OTHER = address("2001:db8:1::999");
const unknown: MobilityMessage = { type: 99, data: new Uint8Array(2) };
const homeTestInit: MobilityMessage = { type: 1, homeInitCookie: new Uint8Array(8), options: [] };

/** A mobile node on the first foreign link, and a peer whose packets reach it. */
const away = async (options: Parameters<typeof openWorld>[0] & { readonly silent?: boolean } = {}) => {
  const world = openWorld(options);
  world.agent.script.silent = options.silent === true;
  const peer = world.network.addNode({
    name: "peer",
    devices: [{ name: "eth0", link: "far", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0xcc]) }],
  });
  peer.own(PEER);
  peer.own(OTHER);
  world.plug("f1");
  await world.mobileNode.start();
  await world.clock.advance(millis(100));
  return { ...world, peer };
};

const toMobileNode = (
  message: MobilityMessage,
  fields: { readonly source?: Address; readonly routingHome?: Address } = {},
) =>
  encodeMobilityPacket({
    source: fields.source ?? PEER,
    destination: careOf("f1"),
    routingHome: fields.routingHome,
    message,
  });

const acknowledgement = (status: number, routingHome = HOME, sequence = 258) =>
  toMobileNode(
    {
      type: 6,
      status,
      flags: { keyManagement: false, mobileRouter: false },
      sequence,
      lifetime: status < 128 ? 15 : 0,
      options: [],
    },
    { source: HOME_AGENT, routingHome },
  );

/** A Mobility Header or ICMPv6 message with the addresses in front of it. */
interface Sent {
  readonly from: string;
  readonly to: string;
  readonly homeAddress: Address | undefined;
  readonly routingHome: Address | undefined;
  readonly message: MobilityMessage | Icmpv6Message;
}

/** What the mobile node sent since so many packets. */
const sentBy = (world: Pick<World, "network">, before = 0): readonly Sent[] =>
  world.network.crossings
    .slice(before)
    .filter(({ from }) => from === "mn")
    .flatMap(({ packet }): readonly Sent[] => {
      const plain = decodeIpv6Packet(packet);
      if (!plain.ok) return [];
      const { source, destination, homeAddress, routingHome } = plain.value;
      const ends = { from: formatAddress(source), to: formatAddress(destination), homeAddress, routingHome };
      const mobility = decodeMobilityPacket(packet);
      const icmpv6 = decodeIcmpv6Packet(plain.value);
      if (mobility.ok) return [{ ...ends, message: mobility.value.message }];
      return icmpv6.ok ? [{ ...ends, message: icmpv6.value }] : [];
    });

const answersTo = async (world: Awaited<ReturnType<typeof away>>, ...packets: readonly Uint8Array[]) => {
  const before = world.network.crossings.length;
  for (const packet of packets) {
    world.peer.packets.send([packet]);
    await world.clock.advance(millis(10));
  }
  return sentBy(world, before);
};

/** From the care-of address that the packet came to, straight back, with nothing in between. */
const straight = {
  from: formatAddress(careOf("f1")),
  to: formatAddress(PEER),
  homeAddress: undefined,
  routingHome: undefined,
};

describe("a Mobility Header at a mobile node", () => {
  it("of an unknown type gets Binding Error 2, with another Payload Proto or too small Header Len Parameter Problem 0, by a wrong checksum nothing (R-8.5-08)", async () => {
    const world = await away();
    const damaged = toMobileNode(unknown);
    damaged[45] = (damaged[45] ?? 0) ^ 1;
    const said = await answersTo(
      world,
      toMobileNode(unknown),
      withOctets(toMobileNode(homeTestInit), { 0: 6 }),
      withOctets(toMobileNode({ type: 0, options: [] }), { 2: 6 }),
      damaged,
    );
    expect(said).toMatchObject([
      { ...straight, message: { type: 7, status: 2, homeAddress: new Uint8Array(16) } },
      { ...straight, message: { type: 4, code: 0, pointer: 40 } },
      { ...straight, message: { type: 4, code: 0, pointer: 41 } },
    ]);
  });

  it("that came by a type 2 routing header is answered without one (R-6.4.1-04, R-6.1-01)", async () => {
    const world = await away();
    const said = await answersTo(
      world,
      toMobileNode(unknown, { routingHome: HOME }),
      withOctets(toMobileNode(homeTestInit, { routingHome: HOME }), { 0: 6 }),
      toMobileNode(homeTestInit, { routingHome: HOME }),
    );
    expect(said).toMatchObject([
      { ...straight, message: { type: 7, status: 2 } },
      { ...straight, message: { type: 4, code: 0, pointer: 64 } },
      { ...straight, message: { type: 4, code: 1, pointer: 40 } },
    ]);
  });

  it("by a type 2 routing header with an address that is not the home address is dropped, not forwarded (R-6.4-01)", async () => {
    const world = await away({ association: false, silent: true });
    expect(await answersTo(world, acknowledgement(0, OTHER), toMobileNode(unknown, { routingHome: OTHER }))).toEqual(
      [],
    );
    expect(world.mobileNode.status().state).toBe("registering");
    await answersTo(world, acknowledgement(0, HOME));
    expect(world.mobileNode.status().state).toBe("registered");
  });
});

describe("the Mobility Headers of a mobile node", () => {
  it("have a Home Address option in a Binding Update from abroad alone, and never a routing header (R-6.1-01, R-6.1-02)", async () => {
    const world = await away();
    await answersTo(
      world,
      toMobileNode(unknown),
      toMobileNode(homeTestInit),
      toMobileNode({
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
      }),
    );
    world.plug("home");
    await world.clock.advance(seconds(5));
    const sent = sentBy(world).filter(({ message }) => message.type < 8);
    const kinds = sent.map(({ from, to, message, homeAddress }) => [message.type, from, to, homeAddress]);
    const home = formatAddress(HOME);
    const agent = formatAddress(HOME_AGENT);
    expect(kinds).toEqual([
      [5, straight.from, agent, HOME],
      [7, straight.from, straight.to, undefined],
      [4, straight.from, straight.to, undefined],
      [6, straight.from, straight.to, undefined],
      [5, home, agent, undefined],
    ]);
    expect(sent.map(({ routingHome }) => routingHome)).toEqual(sent.map(() => undefined));
  });
});

describe("the status of a Binding Acknowledgement", () => {
  it.each([
    [127, "registered", "unknown"],
    [1, "registered", "Accepted but prefix discovery necessary"],
    [128, "refused", "Reason unspecified"],
    [174, "refused", "Invalid Care-of Address"],
    [255, "refused", "unknown"],
  ])("%i means %s, and is shown with its number and name: %s (R-6.1.8-01)", async (status, state, statusName) => {
    const world = await away({ association: false, silent: true });
    await answersTo(world, acknowledgement(status));
    expect(world.mobileNode.status()).toMatchObject({ state, lastAcknowledgement: { status, statusName } });
  });
});

describe("a Binding Error", () => {
  it("of the home agent, with an option that is not known, leads to a Binding Update; another's to none (R-8.5-05, R-6.1.9-03)", async () => {
    const world = await away();
    const said = (source: Address) =>
      toMobileNode(
        { type: 7, status: 1, homeAddress: HOME, options: [{ type: 200, data: new Uint8Array(4) }] },
        { source },
      );
    expect(await answersTo(world, said(PEER))).toEqual([]);
    expect(await answersTo(world, said(HOME_AGENT))).toMatchObject([{ message: { type: 5 } }]);
  });
});

describe("options of Router Advertisements in other messages", () => {
  const router = address("fe80::f0");
  const interval: NeighborOption = { type: 7, advertisementInterval: 50 };
  const homeAgent: NeighborOption = { type: 8, flags: { mobileRouter: false }, preference: 9, lifetime: 1 };

  /** How the mobile node fares for 100 s after its router has sent these options: in a Neighbor or a Router Advertisement. */
  const fares = async (isRouterAdvertisement: boolean) => {
    const world = await away();
    const link = world.network.addNode({
      name: "again",
      devices: [{ name: "eth0", link: "f1", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0xf0]) }],
    });
    const before = world.network.crossings.length;
    link.packets.send(
      [
        encodeIcmpv6Packet({
          source: router,
          destination: ALL_NODES,
          message: isRouterAdvertisement
            ? {
                type: 134,
                currentHopLimit: 64,
                flags: { managed: false, other: false, homeAgent: false },
                routerLifetime: 1800,
                reachableTime: 0,
                retransmitTimer: 0,
                options: [
                  {
                    type: 3,
                    prefixLength: 64,
                    flags: { onLink: true, autonomous: true, routerAddress: false },
                    validLifetime: 86_400,
                    preferredLifetime: 14_400,
                    prefix: address("2001:db8:f1::"),
                  },
                  interval,
                  homeAgent,
                ],
              }
            : {
                type: 136,
                flags: { router: true, solicited: false, override: true },
                target: router,
                options: [interval, homeAgent],
              },
        }),
      ],
      { device: "eth0" },
    );
    await world.clock.advance(seconds(100));
    const types = sentBy(world, before).map(({ message }) => message.type);
    return {
      solicitations: types.filter((type) => type === 133 || type === 135).length,
      state: world.mobileNode.status().state,
    };
  };

  it("have no effect: the router is not doubted for an interval that a Neighbor Advertisement tells (R-7.3-05, R-7.4-09)", async () => {
    expect(await fares(false)).toEqual({ solicitations: 0, state: "registered" });
    // In a Router Advertisement the same options have it asked after 1 s.
    expect((await fares(true)).solicitations).toBeGreaterThan(0);
  });
});

describe("the first Binding Update", () => {
  /** Settings by a config file with this line more. */
  const settings = (line: string) => {
    const lines = [
      'homeAddress: "2001:db8:1::100"',
      "homePrefix: 2001:db8:1::/64",
      'homeAgent: "2001:db8:1::a1"',
      "devices: [eth0]",
      "authentication: none",
      line,
    ];
    const config = parseConfig<MobileNodeConfig>(lines.join("\n"), "mn.yaml", configSchema);
    const read = config.ok ? settingsOf(config.value.value) : undefined;
    if (read?.ok !== true) throw new Error("config");
    return read.value;
  };
  const times = async (line: string) => {
    const world = await away({ silent: true, settings: settings(line) });
    await world.clock.advance(seconds(22));
    return world.agent.updates.map(({ at }) => Math.round(at / 100) / 10);
  };

  it("is repeated after InitialBindackTimeoutFirstReg, which is 1.5 s and can be configured (R-13-04)", async () => {
    const [first = 0, ...repeated] = await times("");
    expect(repeated.map((at) => at - first)).toEqual([1.5, 4.5, 10.5]);
    const [start = 0, ...slower] = await times("initialBindackTimeoutFirstReg: 3");
    expect(slower.map((at) => at - start)).toEqual([3, 9, 21]);
  });
});
