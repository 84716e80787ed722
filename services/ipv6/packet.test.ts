import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { address } from "./address.ts";
import { type ExtensionHeader, homeAddressHeader, type2Routing } from "./extension-header.ts";
import { decodeIpv6Packet, encodeIpv6Packet } from "./packet.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const of = <const N extends number>(value: N) => fc.constant(value);

const options = fc.array(
  fc.record({ type: fc.constantFrom(4, 5, 0x1e, 0x3e), data: fc.uint8Array({ maxLength: 20 }) }),
  { maxLength: 4 },
);
const header: fc.Arbitrary<ExtensionHeader> = fc.oneof(
  fc.record({ protocol: of(60), options }),
  fc.record({ protocol: of(43), routingType: fc.constantFrom(0, 4), segmentsLeft: of(0), data: octets(12) }),
  fc.record({
    protocol: of(44),
    offset: of(0),
    moreFragments: fc.constant(false),
    identification: fc.integer({ min: 0, max: 0xffffffff }),
  }),
  fc.record({ protocol: of(51), data: octets(22) }),
);

const packet = fc.record({
  trafficClass: fc.integer({ min: 0, max: 255 }),
  flowLabel: fc.integer({ min: 0, max: 0xfffff }),
  hopLimit: fc.integer({ min: 0, max: 255 }),
  source: octets(16),
  destination: octets(16),
  headers: fc.array(header, { maxLength: 5 }),
  protocol: fc.constantFrom(6, 17, 41, 50, 58, 59, 135),
  payload: fc.uint8Array({ maxLength: 60 }),
});

const isPadding = (option: { readonly type: number }): boolean => option.type < 2;
const withoutPadding = (each: ExtensionHeader): ExtensionHeader =>
  "options" in each ? { ...each, options: each.options.filter((option) => !isPadding(option)) } : each;

describe("IPv6 packet", () => {
  it("decodes to what it was encoded from", () => {
    fc.assert(
      fc.property(packet, (each) => {
        const decoded = decodeIpv6Packet(encodeIpv6Packet(each));
        if (!decoded.ok) throw new Error(decoded.error.code);
        const { payloadLength, payloadOffset, headers, ...rest } = decoded.value;
        expect({ ...rest, headers: headers.map(withoutPadding) }).toEqual(each);
        expect(payloadLength - (payloadOffset - 40)).toBe(each.payload.length);
      }),
    );
  });

  it("is encoded to the same octets again, padding and all", () => {
    fc.assert(
      fc.property(packet, (each) => {
        const bytes = encodeIpv6Packet(each);
        const decoded = decodeIpv6Packet(bytes);
        expect(decoded.ok && encodeIpv6Packet(decoded.value)).toEqual(bytes);
      }),
    );
  });

  it("tells the home addresses of option and routing header", () => {
    const home = address("2001:db8:1::100");
    const decoded = decodeIpv6Packet(
      encodeIpv6Packet({
        source: address("2001:db8::1"),
        destination: address("2001:db8::2"),
        headers: [type2Routing(home), homeAddressHeader(home)],
        protocol: 59,
        payload: new Uint8Array(0),
      }),
    );
    expect(decoded.ok && decoded.value).toMatchObject({ homeAddress: home, routingHome: home, hopLimit: 64 });
  });

  it("puts Home Address at 8n+6 of its header with zero padding (R-6.3-01, R-6.2.2-01)", () => {
    const home = address("2001:db8:1::100");
    const bytes = encodeIpv6Packet({
      source: home,
      destination: home,
      headers: [homeAddressHeader(home)],
      protocol: 59,
      payload: new Uint8Array(0),
    });
    expect([...bytes.subarray(40, 48)]).toEqual([59, 2, 1, 2, 0, 0, 0xc9, 16]);
  });
});
