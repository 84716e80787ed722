import { describe, expect, test } from "vitest";
import { formatProblems, parseConfig } from "#control/config.ts";
import { address } from "#ipv6/address.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { configSchema, type HomeAgentConfig } from "./config-schema.ts";
import { routerAdvertisementSchema } from "./router-advertisement-config.ts";
import { routerAdvertisementOf } from "./router-advertiser.ts";
import { settingsOf } from "./settings.ts";

/** What a home agent advertises by a config with this under `routerAdvertisements`, or the problems of that config. */
const read = (text: string) => {
  const lines = [
    "node: ha1",
    `homeLink: { device: home0, prefix: 2001:db8:1::/64, routerAdvertisements: { ${text} } }`,
    "instances: [{ name: a, number: 1, address: 2001:db8:1::a1 }]",
    "authentication: none",
  ];
  const config = parseConfig<HomeAgentConfig>(lines.join("\n"), "ha.yaml", configSchema);
  if (!config.ok) return { problems: formatProblems(config.error) };
  const settings = settingsOf(config.value);
  if (!settings.ok) return { problems: formatProblems(settings.error) };
  const { routerAdvertisements: options, instances } = settings.value;
  const [spec] = instances;
  if (options === undefined || spec === undefined) return {};
  const packet = decodeIpv6Packet(routerAdvertisementOf(spec, options).subarray(14));
  const message = packet.ok ? decodeIcmpv6Packet(packet.value) : packet;
  if (!message.ok || !("routerLifetime" in message.value)) throw new Error("no Router Advertisement");
  const { options: list, ...fixed } = message.value;
  const option = (type: number) => list.find((each) => each.type === type);
  return { options, fixed, interval: option(7), homeAgent: option(8), prefix: option(3) };
};

describe("homeLink.routerAdvertisements", () => {
  test("left out, the intervals are those of RFC 4861 §6.2.1, far from the limits for mobile nodes (R-7.5-04, R-7.5-05)", () => {
    expect(read("").options).toMatchObject({
      interval: 600_000,
      minimumInterval: 198_000,
      minimumDelay: 3000,
      unsolicited: true,
    });
  });

  test("the limits for mobile nodes can be configured, nothing below them (R-7.5-02, R-7.5-03, R-8.3-03)", () => {
    expect(read("interval: 0.07, minimumInterval: 0.03").options).toMatchObject({ interval: 70, minimumInterval: 30 });
    expect(read("interval: 0.069").problems).toContain("homeLink.routerAdvertisements.interval");
    expect(read("interval: 0.07, minimumInterval: 0.029").problems).toContain("routerAdvertisements.minimumInterval");
    expect(read("interval: 4, minimumInterval: 3.1").problems).toContain("above three quarters of interval");
  });

  test("its descriptions tell what links and needs the intervals are for (R-7.5-06, R-7.5-07)", () => {
    const { interval, unsolicited } = routerAdvertisementSchema.properties;
    expect(interval.description).toMatch(/wireless links.* keep to 4 s or more/);
    expect(unsolicited.description).toContain("links where multicast is dear");
  });

  test("MinDelayBetweenRAs is 3 s, MinRtrAdvInterval where that is less, or what the config says, at least 30 ms (R-13-02, R-13-05)", () => {
    expect(read("interval: 600").options?.minimumDelay).toBe(3000);
    expect(read("interval: 3").options).toMatchObject({ minimumInterval: 2250, minimumDelay: 2250 });
    expect(read("interval: 0.07, minimumInterval: 0.03").options?.minimumDelay).toBe(30);
    expect(read("interval: 600, minimumDelay: 0.03").options?.minimumDelay).toBe(30);
    expect(read("interval: 600, minimumDelay: 0.029").problems).toContain("routerAdvertisements.minimumDelay");
  });

  test("the Advertisement Interval option can be switched off (R-8.3-01)", () => {
    expect(read("interval: 4").interval).toEqual({ type: 7, advertisementInterval: 4000 });
    expect(read("interval: 4, advertisementInterval: false").interval).toBeUndefined();
  });

  test("the preference is that of the config (R-8.4-11)", () => {
    expect(read("homeAgentPreference: 9").homeAgent).toMatchObject({ preference: 9 });
    expect(read("homeAgentPreference: 65536").problems).toContain("homeAgentPreference");
  });

  test("a Home Agent Lifetime of 0 is refused, and none comes of a short interval (R-7.4-05)", () => {
    expect(read("homeAgentLifetime: 0").problems).toContain("routerAdvertisements.homeAgentLifetime");
    expect(read("homeAgentLifetime: 1").homeAgent).toMatchObject({ lifetime: 1 });
    for (const interval of [0.07, 1, 9, 10.1, 600, 1800])
      expect(read(`interval: ${interval}`).homeAgent).toMatchObject({
        lifetime: Math.max(30, Math.ceil(3 * interval)),
      });
  });

  test("Home Agent Information is left out when it would say what its absence says (R-7.4-10)", () => {
    expect(read("routerLifetime: 1800, homeAgentLifetime: 1800").homeAgent).toBeUndefined();
    expect(read("routerLifetime: 1800, homeAgentLifetime: 1800, homeAgentPreference: 1").homeAgent).toBeDefined();
    expect(read("routerLifetime: 1800, homeAgentLifetime: 1799").homeAgent).toMatchObject({ lifetime: 1799 });
  });

  test("a Router Lifetime is 0, or not below the interval, and no short interval makes it less than 1 s (RFC 4861 §6.2.1) (R-7.5-12)", () => {
    expect(read("interval: 600, routerLifetime: 599").problems).toContain("is below interval");
    expect(read("interval: 600, routerLifetime: 600").fixed).toMatchObject({ routerLifetime: 600 });
    expect(read("interval: 0.07, routerLifetime: 0.5").problems).toContain("routerLifetime");
    expect(read("interval: 0.07, routerLifetime: 1").fixed).toMatchObject({ routerLifetime: 1 });
  });

  test("off means that none are sent; the prefix holds the whole home agent address", () => {
    expect(read("enabled: false").options).toBeUndefined();
    expect(read("").prefix).toMatchObject({ prefix: address("2001:db8:1::a1"), flags: { routerAddress: true } });
  });
});
