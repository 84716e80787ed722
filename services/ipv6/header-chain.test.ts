import { describe, expect, it } from "vitest";
import { address } from "./address.ts";
import { type ExtensionHeader, homeAddressHeader, type2Routing } from "./extension-header.ts";
import { followHeaders } from "./header-chain.ts";
import { encodeIpv6Packet } from "./packet.ts";

const ends = { source: address("2001:db8::1"), destination: address("2001:db8::2") };
const home = address("2001:db8:1::100");
const octets = (...values: number[]) => new Uint8Array(values);

const packetOf = (headers: readonly ExtensionHeader[], protocol = 17): Uint8Array =>
  encodeIpv6Packet({ ...ends, headers, protocol, payload: new Uint8Array(8) });

const chainOf = (packet: Uint8Array) => {
  const chain = followHeaders(packet);
  if (!chain.ok) throw new Error(chain.error.code);
  return chain.value;
};

const problemOf = (packet: Uint8Array) => {
  const chain = followHeaders(packet);
  return chain.ok ? undefined : chain.error;
};

const fragment = (offset: number, moreFragments: boolean): ExtensionHeader => ({
  protocol: 44,
  offset,
  moreFragments,
  identification: 7,
});

describe("header chain", () => {
  it("leads through all extension headers to the upper layer", () => {
    const headers: ExtensionHeader[] = [
      { protocol: 0, options: [{ type: 5, data: octets(0, 0) }] },
      type2Routing(home),
      homeAddressHeader(home),
      fragment(0, false),
      { protocol: 51, data: new Uint8Array(22) },
    ];
    const packet = packetOf(headers);
    const seen: number[] = [];
    const chain = followHeaders(packet, (protocol) => seen.push(protocol));
    expect(seen).toEqual([0, 43, 60, 44, 51]);
    expect(chain.ok && chain.value).toMatchObject({ protocol: 17, offset: packet.length - 8, fragmented: false });
  });

  it("finds the home addresses of option and routing header (R-6.3-01, R-6.4.1-02)", () => {
    const packet = packetOf([type2Routing(home), homeAddressHeader(home)]);
    const { routingHomeAt, homeAddressAt } = chainOf(packet);
    expect(packet.subarray(routingHomeAt, routingHomeAt + 16)).toEqual(home);
    expect(packet.subarray(homeAddressAt, homeAddressAt + 16)).toEqual(home);
  });

  it("ends at a fragment that does not hold the whole packet", () => {
    for (const part of [fragment(0, true), fragment(3, false)])
      expect(chainOf(packetOf([part, homeAddressHeader(home)]))).toMatchObject({
        protocol: 44,
        fragmented: true,
        homeAddressAt: -1,
      });
  });

  it("skips options whose type says so, and stops at others with their place (RFC 8200 §4.2)", () => {
    const withOption = (type: 0x1e | 0x5e | 0x9e | 0xde): Uint8Array =>
      packetOf([{ protocol: 60, options: [{ type, data: octets(1, 2) }] }]);
    expect(chainOf(withOption(0x1e)).protocol).toBe(17);
    for (const optionType of [0x5e, 0x9e, 0xde] as const)
      expect(problemOf(withOption(optionType))).toEqual({ code: "unrecognized-option", pointer: 42, optionType });
  });

  it("passes a routing header without segments left, and stops at one with (RFC 8200 §4.4)", () => {
    const routing = (segmentsLeft: number): Uint8Array =>
      packetOf([{ protocol: 43, routingType: 0, segmentsLeft, data: new Uint8Array(20) }]);
    expect(chainOf(routing(0)).protocol).toBe(17);
    expect(problemOf(routing(1))).toEqual({ code: "unrecognized-routing-type", pointer: 42 });
  });

  it("refuses a second Home Address option or type 2 routing header (R-6.3-06)", () => {
    const option = homeAddressHeader(home);
    expect(problemOf(packetOf([option, option]))).toEqual({ code: "home-address-repeated", pointer: 70 });
    const routing = type2Routing(home);
    expect(problemOf(packetOf([routing, routing]))?.code).toBe("type-2-routing-malformed");
  });

  it("refuses Hop-by-Hop Options behind another header, pointing to what named them (RFC 8200 §4, §4.3)", () => {
    const packet = packetOf([homeAddressHeader(home), { protocol: 0, options: [] }]);
    expect(problemOf(packet)).toEqual({ code: "hop-by-hop-not-first", pointer: 40 });
  });

  it("refuses a packet cut anywhere, and one of another version", () => {
    const packet = packetOf([type2Routing(home), homeAddressHeader(home)]);
    for (let length = 0; length < packet.length; length++)
      expect(problemOf(packet.subarray(0, length))?.code).toBe("truncated");
    packet[0] = 0x45;
    expect(problemOf(packet)).toEqual({ code: "not-ipv6" });
  });

  it("refuses headers that go beyond the Payload Length", () => {
    const packet = packetOf([homeAddressHeader(home)]);
    for (let payload = 0; payload < 24; payload++) {
      packet[5] = payload;
      expect(problemOf(packet)?.code).toBe("truncated");
    }
  });

  it("gives up on more headers than any sender has a use for", () => {
    const headers = Array.from({ length: 40 }, (): ExtensionHeader => ({ protocol: 60, options: [] }));
    expect(problemOf(packetOf(headers))?.code).toBe("too-many-headers");
  });

  it("ignores octets of the link behind the packet", () => {
    const packet = new Uint8Array([...packetOf([homeAddressHeader(home)]), 9, 9, 9]);
    expect(chainOf(packet).end).toBe(packet.length - 3);
  });
});
