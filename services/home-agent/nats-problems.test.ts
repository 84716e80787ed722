import { describe, expect, test } from "vitest";
import { lines, problems, problemsOf } from "./settings.test-support.ts";

describe("nats", () => {
  test.each([
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
    [
      "more copies than NATS servers",
      "cluster:",
      "cluster: { key: 00112233445566778899aabbccddeeff, replicas: 3, peers: [{ node: ha2, address: 2001:db8:1::12 }] }",
      "ha.yaml:7:61: cluster.replicas: 3 copies need as many NATS servers, and there are 2; name the others in nats.embedded.cluster.routes, or lower it",
    ],
    [
      "a certificate without its key",
      "nats:",
      'nats: { servers: ["tls://ha1"], tls: { certFile: /cert.pem } }',
      "ha.yaml:8:38: nats.tls.keyFile: is missing although there is certFile; name both or none",
    ],
    [
      "a key without its certificate",
      "nats:",
      'nats: { servers: ["tls://ha1"], tls: { keyFile: /key.pem } }',
      "nats.tls.certFile: is missing although there is keyFile",
    ],
  ])("%s is told with its place", (_, start, replacement, expected) => {
    const told = problems(start, replacement);
    expect(told).toContain(expected);
    expect(told).toMatch(/^ha\.yaml:\d+:\d+: .+; .+/);
    expect(told).not.toContain("secret");
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

  test.each([
    ["[::1]:4222", "[::1]:4222"],
    ["[::1]:4222", "[0::1]:4222"],
    ["[::1]:4222", "[::]:4222"],
    ["0.0.0.0:6222", "ha1:6222"],
    ["HA1:6222", "ha1:6222"],
    [undefined, "[::1]:4222"],
  ])("a server cannot listen for clients at %s and for servers at %s", (clients, servers) => {
    const listen = clients === undefined ? "" : `listen: "${clients}", `;
    const cluster = `{ name: r, listen: "${servers}", routes: ["b:1"] }`;
    expect(problems("nats:", `nats: { embedded: { ${listen}cluster: ${cluster} } }`)).toMatch(
      /^ha\.yaml:8:\d+: nats\.embedded\.cluster\.listen: is where clients are listened for \(.+:\d+\); give another port$/,
    );
  });

  test.each([
    ["[::1]:4222", "[::1]:6222"],
    ["[::1]:4222", "[2001:db8:ff::11]:4222"],
    ["ha1:4222", "ha2:4222"],
  ])("a server may listen for clients at %s and for servers at %s", (clients, servers) => {
    const cluster = `{ name: r, listen: "${servers}", routes: ["b:1"] }`;
    expect(problems("nats:", `nats: { embedded: { listen: "${clients}", cluster: ${cluster} } }`)).toBe("");
  });

  test("certificate and key are named together, and neither need be", () => {
    for (const tls of ["{}", "{ caFile: /ca.pem }", "{ certFile: /cert.pem, keyFile: /key.pem }"])
      expect(problems("nats:", `nats: { servers: ["tls://ha1"], tls: ${tls} }`)).toBe("");
  });
});
