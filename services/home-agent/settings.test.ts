import { describe, expect, test } from "vitest";
import { formatProblems, parseConfig } from "#control/config.ts";
import { formatAddress, formatMac } from "#ipv6/address.ts";
import { configSchema, type HomeAgentConfig } from "./config-schema.ts";
import { lines, problems } from "./settings.test-support.ts";
import { settingsOf } from "./settings.ts";

describe("ha.yaml", () => {
  test("a short config is completed with defaults", () => {
    const config = parseConfig<HomeAgentConfig>(lines.join("\n"), "ha.yaml", configSchema);
    if (!config.ok) throw new Error(formatProblems(config.error));
    const settings = settingsOf(config.value);
    if (!settings.ok) throw new Error(formatProblems(settings.error));
    expect(config.value.value).toMatchObject({ authentication: "rfc4285", plane: "auto", cluster: { replicas: 1 } });
    expect(settings.value).toMatchObject({
      policy: { duplicateAddressDetection: "normal", maximumLifetime: 3_600_000, minimumLifetime: 4000 },
      routerAdvertisements: { interval: 600_000, minimumInterval: 198_000, routerLifetime: 0 },
      controlSocket: "/run/roam6/ha1.sock",
    });
    const [spec] = settings.value.instances;
    expect(formatAddress(spec?.homeAgentAddress ?? new Uint8Array(16))).toBe("2001:db8:1::a1");
    expect(formatMac(spec?.virtualMac ?? new Uint8Array(6))).toBe("00:00:5e:00:02:01");
    expect(problems()).toBe("");
  });

  test.each([
    ["a missing node name", "node:", "", "node"],
    ["a node name with blanks", "node:", "node: ha one", "ha.yaml:1:7: node"],
    ["a prefix that is none", "homeLink:", "homeLink: { device: home0, prefix: 2001:db8:1::1/64 }", "homeLink.prefix"],
    ["a missing device", "homeLink:", "homeLink: { prefix: 2001:db8:1::/64 }", "device"],
    ["a misspelt field", "homeLink:", "homeLink: { device: home0, prefix: 2001:db8:1::/64, dad: off }", "dad"],
    [
      "an unknown kind of detection",
      "homeLink:",
      "homeLink: { device: h, prefix: 2001:db8:1::/64, duplicateAddressDetection: maybe }",
      "normal",
    ],
    [
      "a mobile node with a wrong key",
      "- { homeAddress",
      "  - { homeAddress: 2001:db8:1::100, spi: 256, key: 0011 }",
      "ha.yaml:6:52: mobileNodes[0].key",
    ],
    [
      "a range of mobile nodes without a master key",
      "- { homeAddress",
      "  - { homeAddresses: { first: 2001:db8:1::1:0:0, count: 9 }, spi: 256 }",
      "ha.yaml:6:5: mobileNodes[0].masterKey: is missing",
    ],
    [
      "a range of mobile nodes that leaves the home prefix",
      "- { homeAddress",
      `  - { homeAddresses: { first: 2001:db8:2::1, count: 9 }, spi: 256, masterKey: "${"5a".repeat(16)}" }`,
      "ends at 2001:db8:2::9, not all of it is in homeLink.prefix",
    ],
    [
      "ranges that overlap",
      "- { homeAddress",
      ["2001:db8:1::1:0:0", "2001:db8:1::1:0:8"]
        .map(
          (first) =>
            `  - { homeAddresses: { first: "${first}", count: 9 }, spi: 256, masterKey: "${"5a".repeat(16)}" }`,
        )
        .join("\n"),
      "ha.yaml:7:22: mobileNodes[1].homeAddresses: overlaps a range before it",
    ],
    ["no instance", "- { name", "", "instances"],
    [
      "a long instance name",
      "- { name",
      "  - { name: longername, number: 1, address: 2001:db8:1::a1 }",
      "instances[0].name",
    ],
    ["a number beyond 255", "- { name", "  - { name: a, number: 256, address: 2001:db8:1::a1 }", "instances[0].number"],
    [
      "an address off the home link",
      "- { name",
      "  - { name: a, number: 1, address: 2001:db8:9::a1 }",
      "is not in homeLink.prefix",
    ],
    [
      "a group address as virtual MAC",
      "- { name",
      '  - { name: a, number: 1, address: 2001:db8:1::a1, virtualMac: "01:00:5e:00:02:01" }',
      "group address",
    ],
    [
      "a virtual MAC of zeros",
      "- { name",
      '  - { name: a, number: 1, address: 2001:db8:1::a1, virtualMac: "00:00:00:00:00:00" }',
      "ha.yaml:4:64: instances[0].virtualMac: is all zero; give another, or leave it out",
    ],
    [
      "a virtual MAC that another instance has by its number",
      "- { name",
      '  - { name: a, number: 1, address: 2001:db8:1::a1 }\n  - { name: b, number: 2, address: 2001:db8:1::a2, virtualMac: "00:00:5E:00:02:01" }',
      "ha.yaml:5:64: instances[1].virtualMac: another instance has this virtual MAC; give each its own",
    ],
    [
      "a home prefix of all addresses",
      "homeLink:",
      "homeLink: { device: h, prefix: '::/0' }",
      "takes in every address",
    ],
    [
      "a home prefix of one address",
      "homeLink:",
      "homeLink: { device: h, prefix: 2001:db8:1::a1/128 }",
      "homeLink.prefix: has room for one address only",
    ],
    [
      "a mobile node with the address of an instance",
      "- { homeAddress",
      '  - { homeAddress: 2001:db8:1:0::a1, spi: 256, key: "00112233445566778899aabbccddeeff" }',
      "ha.yaml:6:20: mobileNodes[0].homeAddress: is the address of instance a; give another address of the home link",
    ],
    [
      "a mobile node with the address of all routers",
      "- { homeAddress",
      '  - { homeAddress: "2001:db8:1::", spi: 256, key: "00112233445566778899aabbccddeeff" }',
      "mobileNodes[0].homeAddress: is the anycast address of the home link's routers",
    ],
    [
      "an unknown node in prefer",
      "- { name",
      "  - { name: a, number: 1, address: 2001:db8:1::a1, prefer: [ha7] }",
      "is no node of the cluster",
    ],
    [
      "two instances alike",
      "- { name",
      "  - { name: a, number: 1, address: 2001:db8:1::a1 }\n  - { name: a, number: 1, address: 2001:db8:1::a1 }",
      "another instance has this",
    ],
    [
      "a key that is too short",
      "- { homeAddress",
      "  - { homeAddress: 2001:db8:1::100, spi: 256, key: 0011 }",
      "mobileNodes[0].key",
    ],
    [
      "a reserved SPI",
      "- { homeAddress",
      '  - { homeAddress: 2001:db8:1::100, spi: 255, key: "00112233445566778899aabbccddeeff" }',
      "mobileNodes[0].spi",
    ],
    [
      "a home address off the home link",
      "- { homeAddress",
      '  - { homeAddress: 2001:db8:9::100, spi: 256, key: "00112233445566778899aabbccddeeff" }',
      "is not in homeLink.prefix",
    ],
    [
      "two replicas",
      "cluster:",
      "cluster: { key: 00112233445566778899aabbccddeeff, replicas: 2, peers: [{ node: ha2, address: 2001:db8:1::12 }] }",
      "cluster.replicas",
    ],
    ["an unknown way of authentication", "", "authentication: ipsec", "authentication"],
    [
      "a prefix that is preferred for longer than it is valid",
      "homeLink:",
      "homeLink: { device: h, prefix: 2001:db8:1::/64, validLifetime: 3600, preferredLifetime: 3601 }",
      "homeLink.preferredLifetime: is above homeLink.validLifetime",
    ],
    [
      "a prefix that is valid for less than any binding",
      "homeLink:",
      "homeLink: { device: h, prefix: 2001:db8:1::/64, validLifetime: 30 }\nlifetime: { minimum: 31 }",
      "ha.yaml:2:64: homeLink.validLifetime: is below lifetime.minimum",
    ],
    ["lifetimes the wrong way round", "", "lifetime: { maximum: 60, minimum: 100 }", "lifetime.minimum"],
    ["a lifetime beyond the field", "", "lifetime: { maximum: 262144 }", "lifetime.maximum"],
    ["an unknown plane", "", "plane: fast", "plane"],
    ["an unknown log level", "", "log: { level: loud }", "log.level"],
    ["a tolerance that RFC 4285 forbids", "", "clockTolerance: 3", "clockTolerance"],
  ])("%s is told with its place", (_, start, replacement, expected) => {
    const told = problems(start, replacement);
    expect(told).toContain(expected);
    expect(told).toMatch(/^ha\.yaml:\d+:\d+: .+; .+/);
  });

  test.each([
    ["", Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    ["validLifetime: 3600", 3_600_000, 3_600_000],
    ["preferredLifetime: 1800", Number.POSITIVE_INFINITY, 1_800_000],
    ["validLifetime: 3600, preferredLifetime: 0", 3_600_000, 0],
  ])("the home prefix with { %s } is valid for %d ms and preferred for %d ms", (said, valid, preferred) => {
    const text = lines.map((line) => line.replace(/(?<=2001:db8:1::\/64)(?= })/, said === "" ? "" : `, ${said}`));
    const config = parseConfig<HomeAgentConfig>(text.join("\n"), "ha.yaml", configSchema);
    if (!config.ok) throw new Error(formatProblems(config.error));
    const policy = { prefixValidLifetime: valid, prefixPreferredLifetime: preferred };
    const inSeconds = (value: number) => (value === Number.POSITIVE_INFINITY ? 0xffff_ffff : value / 1000);
    const routerAdvertisements = {
      prefixValidLifetime: inSeconds(valid),
      prefixPreferredLifetime: inSeconds(preferred),
    };
    expect(settingsOf(config.value)).toMatchObject({ ok: true, value: { policy, routerAdvertisements } });
  });

  test("two instances of one number are told of that, not of the virtual MAC that comes of it", () => {
    const instances = ["a", "b"].map((name, at) => `  - { name: ${name}, number: 1, address: 2001:db8:1::a${at + 1} }`);
    expect(problems("- { name", instances.join("\n"))).toMatch(/^\S+ instances\[1\]\.number: [^\n]+$/);
  });

  test("a range of mobile nodes may go over the address of an instance, which has no mobile node", () => {
    const range = 'homeAddresses: { first: "2001:db8:1::", count: 1000 }';
    expect(problems("- { homeAddress", `  - { ${range}, spi: 256, masterKey: "${"5a".repeat(16)}" }`)).toBe("");
  });

  test("authentication without any key is refused, none at all must be asked for", () => {
    const without = lines.filter((line) => !line.includes("mobileNodes") && !line.includes("homeAddress"));
    const check = (extra: string) => {
      const config = parseConfig<HomeAgentConfig>([...without, extra].join("\n"), "ha.yaml", configSchema);
      if (!config.ok) return formatProblems(config.error);
      const settings = settingsOf(config.value);
      return settings.ok ? "" : formatProblems(settings.error);
    };
    expect(check("")).toContain("no mobile node has a key");
    expect(check("authentication: none")).toBe("");
  });
});
