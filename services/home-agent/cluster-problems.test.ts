import { describe, expect, test } from "vitest";
import { lines, problems, problemsOf } from "./settings.test-support.ts";

const withPeers = (...peers: readonly string[]): string =>
  `cluster: { key: 00112233445566778899aabbccddeeff, peers: [${peers.join(", ")}] }`;

describe("cluster", () => {
  test.each([
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
    ["peers without a bus", "nats:", "", "ha.yaml:7:58: cluster.peers: share no bus"],
    [
      "peers with a bus for each",
      "nats:",
      'nats: { embedded: { listen: "[::1]:4222" } }',
      "name the NATS servers of all in nats.servers, or give nats.embedded.cluster",
    ],
    [
      "a peer with the address of an instance",
      "cluster:",
      withPeers('{ node: ha2, address: "2001:db8:1::a1" }'),
      "ha.yaml:7:81: cluster.peers[0].address: is that of an instance, which moves; give the node's own",
    ],
    [
      "two peers with one name",
      "cluster:",
      withPeers('{ node: ha2, address: "2001:db8:1::12" }', '{ node: ha2, address: "2001:db8:1::13" }'),
      "ha.yaml:7:109: cluster.peers[1].node: another peer has this name; list each node once",
    ],
    [
      "two peers with one address",
      "cluster:",
      withPeers('{ node: ha2, address: "2001:db8:1::12" }', '{ node: ha3, address: "2001:db8:1:0::12" }'),
      "cluster.peers[1].address: another peer has this address; give each node its own",
    ],
  ])("%s is told with its place", (_, start, replacement, expected) => {
    const told = problems(start, replacement);
    expect(told).toContain(expected);
    expect(told).toMatch(/^ha\.yaml:\d+:\d+: .+; .+/);
  });

  test.each(["::", "ff02::1", "::1", "fe80::12"])("a peer cannot have the address %s", (address) => {
    expect(problems("cluster:", withPeers(`{ node: ha2, address: "${address}" }`))).toContain(
      "cluster.peers[0].address: is not unicast and routable; give the node's own global address on the home link",
    );
  });

  test("peers that meet on servers of their own have a bus", () => {
    expect(problems("nats:", 'nats: { servers: ["nats://[2001:db8:ff::21]:4222"] }')).toBe("");
  });

  test("a peer may have an address beside the home prefix, and none at all where no edge is", () => {
    expect(problems("cluster:", withPeers('{ node: ha2, address: "fd00::12" }'))).toBe("");
    const apart = lines.map((line) => (line.startsWith("cluster:") ? withPeers("{ node: ha2 }") : line));
    expect(problemsOf([...apart, "edge: false"])).toBe("");
  });
});
