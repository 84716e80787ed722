import { describe, expect, test } from "vitest";
import { formatProblems, parseConfig } from "#control/config.ts";
import { formatAddress, formatMac } from "#ipv6/address.ts";
import { configSchema, type HomeAgentConfig } from "./config-schema.ts";
import { createMobileNodeKeyStore } from "./mobile-node-keys.ts";
import { addMobileNodes } from "./mobile-nodes.ts";
import { settingsOf } from "./settings.ts";

const lines = [
  "node: ha1",
  "homeLink: { device: home0, prefix: 2001:db8:1::/64 }",
  "instances:",
  "  - { name: a, number: 1, address: 2001:db8:1::a1, prefer: [ha1, ha2] }",
  "mobileNodes:",
  '  - { homeAddress: 2001:db8:1::100, spi: 256, key: "00112233445566778899aabbccddeeff" }',
  "cluster: { key: 00112233445566778899aabbccddeeff, peers: [{ node: ha2, address: 2001:db8:1::12 }] }",
  'nats: { embedded: { cluster: { name: roam6, listen: "[2001:db8:ff::11]:6222", routes: ["[2001:db8:ff::12]:6222"] } } }',
];
/** Problems of a config; empty when it is fine. */
const problemsOf = (text: readonly string[]): string => {
  const config = parseConfig<HomeAgentConfig>(text.join("\n"), "ha.yaml", configSchema);
  if (!config.ok) return formatProblems(config.error);
  const settings = settingsOf(config.value);
  if (!settings.ok) return formatProblems(settings.error);
  const { value } = config.value;
  const path = { path: ["mobileNodes"], homePrefix: value.homeLink.prefix };
  return formatProblems(addMobileNodes(createMobileNodeKeyStore(1).openList(), value.mobileNodes, config.value, path));
};

/** Problems of the config with one line replaced. */
const problems = (start = "", replacement = ""): string => {
  const text = lines.map((line) => (start !== "" && line.trimStart().startsWith(start) ? replacement : line));
  return problemsOf(start === "" ? [...text, replacement] : text);
};

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
      "peers without a key",
      "cluster:",
      "cluster: { peers: [{ node: ha2, address: 2001:db8:1::12 }] }",
      "cluster.key: is missing",
    ],
    [
      "this node among its peers",
      "cluster:",
      "cluster: { key: 00112233445566778899aabbccddeeff, peers: [{ node: ha1, address: 2001:db8:1::12 }, { node: ha2, address: 2001:db8:1::13 }] }",
      "is this node itself",
    ],
    [
      "two replicas",
      "cluster:",
      "cluster: { key: 00112233445566778899aabbccddeeff, replicas: 2, peers: [{ node: ha2, address: 2001:db8:1::12 }] }",
      "cluster.replicas",
    ],
    [
      "more copies than NATS servers",
      "cluster:",
      "cluster: { key: 00112233445566778899aabbccddeeff, replicas: 3, peers: [{ node: ha2, address: 2001:db8:1::12 }] }",
      "ha.yaml:7:61: cluster.replicas: 3 copies need as many NATS servers, and there are 2; name the others in nats.embedded.cluster.routes, or lower it",
    ],
    ["an unknown way of authentication", "", "authentication: ipsec", "authentication"],
    [
      "a prefix that is preferred for longer than it is valid",
      "homeLink:",
      "homeLink: { device: h, prefix: 2001:db8:1::/64, validLifetime: 3600, preferredLifetime: 3601 }",
      "homeLink.preferredLifetime: is above homeLink.validLifetime",
    ],
    ["lifetimes the wrong way round", "", "lifetime: { maximum: 60, minimum: 100 }", "lifetime.minimum"],
    ["a lifetime beyond the field", "", "lifetime: { maximum: 262144 }", "lifetime.maximum"],
    [
      "NATS both joined and embedded",
      "nats:",
      'nats: { servers: ["nats://[::1]:4222"], embedded: {} }',
      "nats.embedded",
    ],
    [
      "a NATS server without a host",
      "nats:",
      'nats: { servers: ["nats://"] }',
      'ha.yaml:8:19: nats.servers[0]: "nats://" is not the URL of a NATS server',
    ],
    [
      "a NATS server with a password",
      "nats:",
      'nats: { servers: ["nats://ha1", "nats://u:secret@ha1:4222"] }',
      "ha.yaml:8:33: nats.servers[1]: holds a user or a password, which would not be used",
    ],
    [
      "a NATS server with a password and no port",
      "nats:",
      'nats: { servers: ["nats://u:secret@ha1:port"] }',
      'nats.servers[0]: "nats://...@ha1:port" is not the URL of a NATS server',
    ],
    [
      "TLS for the embedded NATS server",
      "nats:",
      "nats: { tls: { caFile: /ca.pem }, embedded: { cluster: { name: r, listen: 'a:1', routes: ['b:1'] } } }",
      "ha.yaml:8:14: nats.tls: has no effect on the embedded server; name nats.servers",
    ],
    [
      "credentials for the embedded NATS server",
      "nats:",
      "nats: { credentialsFile: /a.creds, embedded: { cluster: { name: r, listen: 'a:1', routes: ['b:1'] } } }",
      "ha.yaml:8:26: nats.credentialsFile: has no effect on the embedded server",
    ],
    [
      "NATS servers that could not know each other",
      "cluster:",
      "cluster: {}",
      "ha.yaml:7:10: cluster.key: is missing although there is nats.embedded.cluster",
    ],
    ["a NATS address without port", "nats:", 'nats: { embedded: { listen: "::1" } }', "nats.embedded.listen"],
    ["peers without a bus", "nats:", "", "ha.yaml:7:58: cluster.peers: share no bus"],
    [
      "peers with a bus for each",
      "nats:",
      'nats: { embedded: { listen: "[::1]:4222" } }',
      "name the NATS servers of all in nats.servers, or give nats.embedded.cluster",
    ],
    ["an unknown plane", "", "plane: fast", "plane"],
    ["an unknown log level", "", "log: { level: loud }", "log.level"],
    ["a tolerance that RFC 4285 forbids", "", "clockTolerance: 3", "clockTolerance"],
  ])("%s is told with its place", (_, start, replacement, expected) => {
    const told = problems(start, replacement);
    expect(told).toContain(expected);
    expect(told).toMatch(/^ha\.yaml:\d+:\d+: .+; .+/);
    expect(told).not.toContain("secret");
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

  test("peers that meet on servers of their own have a bus", () => {
    expect(problems("nats:", 'nats: { servers: ["nats://[2001:db8:ff::21]:4222"] }')).toBe("");
  });

  test.each([
    "nats://[::1]:4222",
    "tls://[2001:db8::1]",
    "nats://2001:db8::1",
    "nats://192.0.2.1:4222",
    "nats://nats_1:4222/",
    "tls://nats.example.org",
  ])("%s is the URL of a NATS server", (url) => {
    expect(problems("nats:", `nats: { servers: ["${url}"] }`)).toBe("");
  });

  test.each([
    "nats://",
    "nats://:4222",
    "nats://[::1",
    "nats://[ha1]:4222",
    "nats://ha1:0",
    "nats://ha1:65536",
    "nats://ha 1",
    "http://ha1:4222",
    "ha1:4222",
    "nats://ha1:4222,ha2:4222",
  ])("%s is none", (url) => {
    expect(problems("nats:", `nats: { servers: ["${url}"] }`)).toContain("is not the URL of a NATS server");
  });

  test("copies are not counted on servers that are not this node's", () => {
    const cluster = `${lines.find((line) => line.startsWith("cluster:"))?.slice(0, -1)}, replicas: 3 }`;
    const text = [...lines.filter((line) => !/^(cluster|nats):/.test(line)), cluster];
    expect(problemsOf([...text, 'nats: { servers: ["nats://ha1:4222"] }'])).toBe("");
    const alone = text.filter((line) => line !== cluster).map((line) => line.replace(", prefer: [ha1, ha2]", ""));
    expect(problemsOf([...alone, "cluster: { replicas: 3 }"])).toContain("this node's is alone");
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
