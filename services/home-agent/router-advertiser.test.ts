import { describe, expect, it } from "vitest";
import { type Address, ALL_ROUTERS, address, UNSPECIFIED } from "#ipv6/address.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { Random } from "#ports/random.ts";
import { createFakeNetwork } from "#simulator/fake-network.ts";
import { createSeededRandom } from "#simulator/seeded-random.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { millis, seconds } from "#wire/time.ts";
import { createCounters } from "./counters.ts";
import { createRouterAdvertiser, type RouterAdvertiserOptions } from "./router-advertiser.ts";

const HOST = address("fe80::10");
const MAC = new Uint8Array([2, 0, 0, 0, 0, 0x10]);

const instance = (name: string, last: number, device = "home0"): InstanceSpec => ({
  name,
  number: last,
  homeAgentAddress: address(`2001:db8:1::a${last}`),
  homePrefix: { address: address("2001:db8:1::"), length: 64 },
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, last]),
  device,
});

/** An advertiser on a link with one host, its random numbers given by the test. */
const open = (
  options: { readonly fraction?: number; readonly random?: Random } & Partial<RouterAdvertiserOptions> = {},
) => {
  const { interval = seconds(600) } = options;
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock, latency: millis(0) });
  const agent = network.addNode({
    name: "ha",
    devices: [{ name: "home0", link: "home", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 1]) }],
  });
  const host = network.addNode({ name: "host", devices: [{ name: "eth0", link: "home", linkLayerAddress: MAC }] });
  const state = { suspected: false, fraction: options.fraction ?? 0.5 };
  const advertiser = createRouterAdvertiser(
    {
      packets: agent.packets,
      clock,
      random: options.random ?? { bytes: (length) => new Uint8Array(length), fraction: () => state.fraction },
      counters: createCounters(),
      log: { info: () => undefined, warn: () => undefined },
      standstill: state,
    },
    {
      interval,
      minimumInterval: millis(interval * 0.75),
      minimumDelay: seconds(3),
      unsolicited: true,
      tellsInterval: true,
      routerLifetime: 0,
      prefixValidLifetime: 86_400,
      prefixPreferredLifetime: 14_400,
      homeAgentPreference: 0,
      homeAgentLifetime: 1800,
      ...options,
    },
  );
  let start = clock.now();
  const heard: { readonly at: number; readonly source: Address; readonly bytes: Uint8Array }[] = [];
  host.packets.openTap({
    filter: { kind: "icmpv6", types: [134] },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch)
        heard.push({ at: clock.now() - start, source: bytes.slice(8, 24), bytes: bytes.slice() });
    },
  });
  advertiser.listen("home0");
  return {
    clock,
    advertiser,
    state,
    heard,
    times: () => heard.map(({ at }) => at),
    /** Times count from here on, and what was heard before is forgotten. */
    begin: () => {
      start = clock.now();
      heard.length = 0;
    },
    solicit: (change: (packet: Uint8Array) => void = () => undefined, source = HOST, option = source === HOST) => {
      const packet = encodeIcmpv6Packet({
        source,
        destination: ALL_ROUTERS,
        message: { type: 133, options: option ? [{ type: 1, linkLayerAddress: MAC }] : [] },
      });
      change(packet);
      host.packets.send([packet], { device: "eth0" });
    },
  };
};

describe("Router Advertisements of an instance", () => {
  it("begin when it is active here and end when it is not", async () => {
    const world = open({ interval: seconds(4), fraction: 0 });
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(seconds(7));
    expect(world.times()).toEqual([0, 3000, 6000]);
    world.advertiser.setActive(instance("a", 1), false);
    world.solicit();
    await world.clock.advance(seconds(60));
    expect(world.heard).toHaveLength(3);
    expect(world.clock.pending).toBe(0);
  });

  it("come from each active instance's own virtual MAC", async () => {
    const world = open();
    world.advertiser.setActive(instance("a", 1), true);
    world.advertiser.setActive(instance("b", 2), true);
    await world.clock.advance(millis(1));
    expect(world.heard.map(({ source }) => source)).toEqual([
      address("fe80::200:5eff:fe00:201"),
      address("fe80::200:5eff:fe00:202"),
    ]);
  });

  it("are not sent while the process may have stood still, and come after that", async () => {
    const world = open();
    world.state.suspected = true;
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(seconds(1));
    expect(world.heard).toHaveLength(0);
    world.state.suspected = false;
    await world.clock.advance(millis(300));
    expect(world.heard).toHaveLength(1);
  });
});

const advertisementIn = (bytes: Uint8Array) => {
  const packet = decodeIpv6Packet(bytes);
  const message = packet.ok ? decodeIcmpv6Packet(packet.value) : packet;
  if (!message.ok || !("routerLifetime" in message.value)) throw new Error("no Router Advertisement");
  return message.value;
};

/** The options of a Router Advertisement. */
const optionsIn = (bytes: Uint8Array) => advertisementIn(bytes).options;

describe("unsolicited Router Advertisements", () => {
  it("come after a random time between MinRtrAdvInterval and MaxRtrAdvInterval, sooner only the first three (RFC 4861 §6.2.4) (R-7.5-05)", async () => {
    const random = createSeededRandom("intervals");
    const world = open({ interval: seconds(600), minimumInterval: seconds(198), random });
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(seconds(36_000));
    const [first, second, third, ...gaps] = world.times().map((at, index, all) => at - (all[index - 1] ?? 0));
    expect([first, second, third]).toEqual([0, 16_000, 16_000]);
    expect(gaps.length).toBeGreaterThan(60);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(198_000);
    expect(Math.min(...gaps)).toBeLessThan(250_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(600_000);
    expect(Math.max(...gaps)).toBeGreaterThan(550_000);
  });

  it("may come every 30 to 70 ms, 50 ms in the mean (R-7.5-02, R-8.3-02)", async () => {
    const random = createSeededRandom("beacons");
    const world = open({ interval: millis(70), minimumInterval: millis(30), minimumDelay: millis(30), random });
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(seconds(100));
    const gaps = world.times().flatMap((at, index, all) => (index === 0 ? [] : [at - (all[index - 1] ?? 0)]));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(70);
    expect(gaps.length).toBeGreaterThan(1900);
    expect(gaps.length).toBeLessThan(2100);
  });

  it("can be switched off: then they come when solicited only (R-7.5-09, R-7.5-10)", async () => {
    const world = open({ interval: seconds(4), unsolicited: false });
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(seconds(3600));
    expect(world.heard).toHaveLength(0);
    world.solicit();
    await world.clock.advance(seconds(1));
    world.solicit();
    await world.clock.advance(seconds(3600));
    // The second one comes MinDelayBetweenRAs and the random delay after the first.
    expect(world.times()).toEqual([3_600_250, 3_603_500]);
    expect(world.clock.pending).toBe(0);
  });

  it("have one prefix with R set and the same whole address each, solicited or not (R-7.2-03, R-8.3-04)", async () => {
    const world = open({ interval: seconds(4) });
    world.advertiser.setActive(instance("a", 1), true);
    for (let i = 0; i < 5; i++) {
      world.solicit();
      await world.clock.advance(seconds(9));
    }
    expect(world.heard.length).toBeGreaterThan(10);
    for (const { bytes } of world.heard) {
      const withAddress = optionsIn(bytes).filter(
        (option) => option.type === 3 && "prefix" in option && option.flags.routerAddress,
      );
      expect(withAddress).toMatchObject([{ prefix: address("2001:db8:1::a1"), prefixLength: 64 }]);
    }
  });
});

describe("all Router Advertisements of an instance, the frequent ones too", () => {
  it.each([
    ["the same Home Agent Information", { homeAgentPreference: 7 }, [{ preference: 7, lifetime: 1800 }]],
    ["no Home Agent Information", { routerLifetime: 1800 }, []],
  ])(
    "have %s, the H flag, a prefix with R set, and nothing is left out (R-7.2-02, R-7.4-06, R-7.4-08)",
    async (_, said, information) => {
      const world = open({ interval: millis(70), minimumInterval: millis(30), minimumDelay: millis(30), ...said });
      for (const last of [1, 2]) world.advertiser.setActive(instance(`${last}`, last), true);
      for (let i = 0; i < 20; i++) {
        world.solicit();
        await world.clock.advance(seconds(1));
      }
      expect(world.heard.length).toBeGreaterThan(400);
      const first = new Map<string, unknown>();
      for (const { bytes, source } of world.heard) {
        const { flags, options } = advertisementIn(bytes);
        expect(flags.homeAgent).toBe(true);
        expect(options.filter((option) => option.type === 8)).toMatchObject(information);
        const prefixes = options.filter((option) => option.type === 3 && "prefix" in option);
        expect(prefixes).toMatchObject([{ flags: { routerAddress: true } }]);
        const from = source.join();
        if (!first.has(from)) first.set(from, options);
        expect(options).toEqual(first.get(from));
      }
      expect(first.size).toBe(2);
    },
  );
});

describe("the answer to a Router Solicitation", () => {
  const settled = async (options: Parameters<typeof open>[0] = {}) => {
    const world = open(options);
    world.advertiser.setActive(instance("a", 1), true);
    // The first three come by themselves within 32 s.
    await world.clock.advance(seconds(40));
    world.begin();
    return world;
  };

  it("comes after a random delay of up to 0.5 s (RFC 4861 §6.2.6)", async () => {
    const world = await settled({ fraction: 0.9 });
    world.solicit();
    await world.clock.advance(millis(449));
    expect(world.heard).toHaveLength(0);
    await world.clock.advance(seconds(3));
    expect(world.times()).toEqual([450]);
  });

  it("to many solicitations is one, delayed from the first", async () => {
    const world = await settled();
    for (let i = 0; i < 10; i++) {
      world.solicit();
      await world.clock.advance(millis(20));
    }
    await world.clock.advance(seconds(20));
    expect(world.times()).toEqual([250]);
  });

  it("within 3 s of an advertisement is scheduled for their end and the random delay, not dropped (RFC 4861 §6.2.6)", async () => {
    const world = await settled();
    world.solicit();
    await world.clock.advance(seconds(1));
    world.solicit();
    await world.clock.advance(seconds(20));
    // 0.25 s + MinDelayBetweenRAs + 0.25 s
    expect(world.times()).toEqual([250, 3500]);
  });

  it("may come 30 ms after the one before where that is configured (R-13-02)", async () => {
    const world = open({ interval: seconds(2), minimumDelay: millis(30), fraction: 0 });
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(millis(10));
    world.solicit();
    await world.clock.advance(seconds(1));
    expect(world.times()).toEqual([0, 30]);
  });

  it("is the next periodic one where that is sooner", async () => {
    const world = open({ interval: seconds(4), fraction: 0.96 });
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(millis(3900));
    world.solicit();
    await world.clock.advance(seconds(1));
    expect(world.times()).toEqual([0, 3960]);
  });

  it("resets the interval of the periodic ones (RFC 4861 §6.2.6)", async () => {
    const world = open({ interval: seconds(8), fraction: 0 });
    world.advertiser.setActive(instance("a", 1), true);
    await world.clock.advance(seconds(4));
    world.solicit();
    await world.clock.advance(seconds(7));
    expect(world.times()).toEqual([0, 4000, 10_000]);
  });

  it("is given to a host without an address too", async () => {
    const world = await settled();
    world.solicit(undefined, UNSPECIFIED);
    await world.clock.advance(seconds(1));
    expect(world.heard).toHaveLength(1);
  });

  it.each<[string, (packet: Uint8Array) => void]>([
    [
      "a hop limit below 255",
      (packet) => {
        packet[7] = 254;
      },
    ],
    [
      "a wrong checksum",
      (packet) => {
        packet[42] = (packet[42] ?? 0) ^ 1;
      },
    ],
    [
      "an option of length 0",
      (packet) => {
        // The checksum stays right: what the length loses, the reserved field takes.
        packet[49] = 0;
        packet[47] = 1;
      },
    ],
    [
      "a code other than 0",
      (packet) => {
        packet[41] = 1;
        packet[42] = (packet[42] ?? 0) - ((packet[43] ?? 0) === 0 ? 1 : 0);
        packet[43] = (packet[43] ?? 0) - 1;
      },
    ],
  ])("is not given to one with %s (RFC 4861 §6.1.1)", async (_, change) => {
    const world = await settled();
    world.solicit(change);
    await world.clock.advance(seconds(20));
    expect(world.heard).toHaveLength(0);
  });

  it("is not given to one from :: that has a link-layer address (RFC 4861 §6.1.1)", async () => {
    const world = await settled();
    world.solicit(undefined, UNSPECIFIED, true);
    await world.clock.advance(seconds(20));
    expect(world.heard).toHaveLength(0);
  });
});
