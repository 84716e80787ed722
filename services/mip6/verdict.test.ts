import { describe, expect, it } from "vitest";
import { type Address, address } from "#ipv6/address.ts";
import { homeAddressHeader, type2Routing } from "#ipv6/extension-header.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { encodeIpv6Packet } from "#ipv6/packet.ts";
import { encodeMobilityPacket, type MobilitySending } from "./packet.ts";
import { judgePacket, type Role } from "./verdict.ts";

const home = address("2001:db8:1::100");
const careOf = address("2001:db8:f1::7");
const homeAgent = address("2001:db8:1::a1");
const unroutable = ["::", "::1", "ff02::1", "fe80::1"].map(address);
const roles: readonly Role[] = ["home-agent", "correspondent-node", "mobile-node"];

const kindFor = (packet: Uint8Array, role: Role) => judgePacket(packet, role).kind;
const toNode = { source: careOf, destination: homeAgent };

const homeTestInit: MobilitySending["message"] = { type: 1, homeInitCookie: new Uint8Array(8), options: [] };
const careOfTestInit: MobilitySending["message"] = { type: 2, careOfInitCookie: new Uint8Array(8), options: [] };

const withRouting = (inRouting: Address, destination = careOf): Uint8Array =>
  encodeIpv6Packet({
    source: homeAgent,
    destination,
    headers: [type2Routing(inRouting)],
    protocol: 59,
    payload: new Uint8Array(0),
  });

const withHome = (homeAddress: Address): Uint8Array =>
  encodeIpv6Packet({ ...toNode, headers: [homeAddressHeader(homeAddress)], protocol: 17, payload: new Uint8Array(8) });

describe("verdict on a packet by itself", () => {
  it("hands Mobility Headers on", () => {
    expect(kindFor(encodeMobilityPacket({ ...toNode, message: homeTestInit }), "correspondent-node")).toBe("mobility");
  });

  it("drops Home Test Init and Care-of Test Init with a Home Address option (R-9.4.1-01, R-9.4.1-02, R-9.4.2-01, R-9.4.2-02)", () => {
    for (const message of [homeTestInit, careOfTestInit]) {
      const packet = encodeMobilityPacket({ ...toNode, homeAddress: home, message });
      expect(kindFor(packet, "correspondent-node")).toBe("silence");
    }
  });

  it("drops a home address that is not unicast routable (R-9.3.1-01, R-6.3-02)", () => {
    for (const bad of unroutable) expect(kindFor(withHome(bad), "correspondent-node")).toBe("silence");
    expect(kindFor(withHome(home), "correspondent-node")).toBe("other");
  });

  it("drops two Home Address options (R-6.3-06)", () => {
    const header = homeAddressHeader(home);
    const packet = encodeIpv6Packet({ ...toNode, headers: [header, header], protocol: 17, payload: new Uint8Array(8) });
    for (const role of roles) expect(kindFor(packet, role)).toBe("silence");
  });

  it("drops a type 2 routing header at all but mobile nodes (R-8.2-03)", () => {
    expect(kindFor(withRouting(home), "correspondent-node")).toBe("silence");
    expect(kindFor(withRouting(home), "home-agent")).toBe("silence");
    expect(kindFor(withRouting(home), "mobile-node")).toBe("other");
  });

  it("drops a type 2 routing header of another length or number of segments (R-6.4.1-02, R-6.4.1-03)", () => {
    for (const [at, value] of [
      [41, 1],
      [41, 4],
      [43, 0],
      [43, 2],
    ] as const) {
      const packet = new Uint8Array([...withRouting(home), ...new Uint8Array(64)]);
      packet[5] = (packet[5] ?? 0) + 64;
      packet[at] = value;
      expect(kindFor(packet, "mobile-node")).toBe("silence");
    }
  });

  it("drops a routing header whose address is of smaller scope, no unicast address, or the destination (R-6.4-03, R-11.3.3-03)", () => {
    for (const bad of [...unroutable, careOf]) expect(kindFor(withRouting(bad), "mobile-node")).toBe("silence");
    expect(kindFor(withRouting(address("fe80::1"), address("fe80::2")), "mobile-node")).toBe("other");
  });

  it("hands tunnelled packets on", () => {
    const packet = encodeIpv6Packet({ ...toNode, protocol: 41, payload: withHome(home) });
    expect(kindFor(packet, "home-agent")).toBe("tunnelled");
  });

  it("drops a Mobile Prefix Advertisement without type 2 routing header (R-11.4.3-04)", () => {
    const message = { type: 147 as const, identifier: 1, flags: { managed: false, other: false }, options: [] };
    const ends = { source: homeAgent, destination: careOf, message };
    expect(kindFor(encodeIcmpv6Packet(ends), "mobile-node")).toBe("silence");
    expect(kindFor(encodeIcmpv6Packet({ ...ends, routingHome: home }), "mobile-node")).toBe("icmpv6");
  });

  it("drops a Mobile Prefix Solicitation without Home Address option (R-6.7-01)", () => {
    const message = { type: 146 as const, identifier: 1, options: [] };
    expect(kindFor(encodeIcmpv6Packet({ ...toNode, message }), "home-agent")).toBe("silence");
    expect(kindFor(encodeIcmpv6Packet({ ...toNode, homeAddress: home, message }), "home-agent")).toBe("icmpv6");
  });

  it("drops a home agent address discovery that cannot be answered or says nothing (R-6.5-02)", () => {
    const request = { type: 144 as const, identifier: 1, flags: { mobileRouter: false } };
    const reply = { type: 145 as const, identifier: 1, flags: { mobileRouter: false }, homeAgentAddresses: [] };
    expect(kindFor(encodeIcmpv6Packet({ ...toNode, message: request }), "home-agent")).toBe("icmpv6");
    const fromGroup = { ...toNode, source: address("ff02::1"), message: request };
    expect(kindFor(encodeIcmpv6Packet(fromGroup), "home-agent")).toBe("silence");
    expect(kindFor(encodeIcmpv6Packet({ ...toNode, message: reply }), "mobile-node")).toBe("silence");
    const full = { ...reply, homeAgentAddresses: [homeAgent] };
    expect(kindFor(encodeIcmpv6Packet({ ...toNode, message: full }), "mobile-node")).toBe("icmpv6");
  });
});
