import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import type { Icmpv6Message } from "./message.ts";
import { decodeIcmpv6Message, decodeIcmpv6Packet, encodeIcmpv6Message, encodeIcmpv6Packet } from "./packet.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
const source = address("2001:db8:1::a1");
const destination = address("2001:db8:f1::7");
const home = address("2001:db8:1::100");
const homeHex = "20010db8000100000000000000000100";

interface Golden {
  readonly title: string;
  readonly message: Icmpv6Message;
  /** Without the checksum, which is checked apart. */
  readonly hex: string;
}

/** Written by hand from the figures of RFC 4443 §3, §4, RFC 4861 §4, RFC 6275 §6.5 to §7.4 and RFC 3963 §4. */
const golden: readonly Golden[] = [
  {
    title: "Destination Unreachable",
    message: { type: 1, code: 3, invokingPacket: bytes("6000") },
    hex: "0103 0000 00000000 6000",
  },
  {
    title: "Packet Too Big",
    message: { type: 2, code: 0, mtu: 1280, invokingPacket: bytes("6000") },
    hex: "0200 0000 00000500 6000",
  },
  {
    title: "Time Exceeded",
    message: { type: 3, code: 1, invokingPacket: bytes("6000") },
    hex: "0301 0000 00000000 6000",
  },
  {
    title: "Parameter Problem",
    message: { type: 4, code: 2, pointer: 46, invokingPacket: bytes("6000") },
    hex: "0402 0000 0000002e 6000",
  },
  {
    title: "Echo Request",
    message: { type: 128, identifier: 1, sequence: 2, data: bytes("aabb") },
    hex: "8000 0000 0001 0002 aabb",
  },
  {
    title: "Echo Reply",
    message: { type: 129, identifier: 1, sequence: 2, data: bytes("") },
    hex: "8100 0000 0001 0002",
  },
  {
    title: "Router Solicitation",
    message: { type: 133, options: [{ type: 1, linkLayerAddress: bytes("02005e000201") }] },
    hex: "8500 0000 00000000 0101 02005e000201",
  },
  {
    title: "Router Advertisement of a home agent, with the options of RFC 6275 §7 (R-7.1-01, R-7.3-01, R-7.4-01)",
    message: {
      type: 134,
      currentHopLimit: 64,
      flags: { managed: false, other: false, homeAgent: true },
      routerLifetime: 1800,
      reachableTime: 0,
      retransmitTimer: 0,
      options: [
        { type: 1, linkLayerAddress: bytes("00005e000201") },
        {
          type: 3,
          prefixLength: 64,
          flags: { onLink: true, autonomous: true, routerAddress: true },
          validLifetime: 7200,
          preferredLifetime: 3600,
          prefix: home,
        },
        { type: 5, mtu: 1500 },
        { type: 7, advertisementInterval: 3000 },
        { type: 8, flags: { mobileRouter: false }, preference: 10, lifetime: 1800 },
      ],
    },
    hex: `8600 0000 40 20 0708 00000000 00000000
      0101 00005e000201
      0304 40 e0 00001c20 00000e10 00000000 ${homeHex}
      0501 0000 000005dc
      0701 0000 00000bb8
      0801 0000 000a 0708`,
  },
  {
    title: "Neighbor Solicitation",
    message: { type: 135, target: home, options: [] },
    hex: `8700 0000 00000000 ${homeHex}`,
  },
  {
    title: "Neighbor Advertisement with bits R, S, O",
    message: {
      type: 136,
      flags: { router: true, solicited: true, override: true },
      target: home,
      options: [{ type: 2, linkLayerAddress: bytes("00005e000201") }],
    },
    hex: `8800 0000 e0000000 ${homeHex} 0201 00005e000201`,
  },
  {
    title: "Home Agent Address Discovery Request (R-6.5-03)",
    message: { type: 144, identifier: 0x83f7, flags: { mobileRouter: true } },
    hex: "9000 0000 83f7 8000",
  },
  {
    title: "Home Agent Address Discovery Reply (R-6.6-02)",
    message: { type: 145, identifier: 0x83f7, flags: { mobileRouter: false }, homeAgentAddresses: [home, home] },
    hex: `9100 0000 83f7 0000 ${homeHex} ${homeHex}`,
  },
  {
    title: "Mobile Prefix Solicitation (R-6.7-07)",
    message: { type: 146, identifier: 7, options: [] },
    hex: "9200 0000 0007 0000",
  },
  {
    title: "Mobile Prefix Advertisement with M and O (R-6.8-06)",
    message: { type: 147, identifier: 7, flags: { managed: true, other: true }, options: [] },
    hex: "9300 0000 0007 c000",
  },
  {
    title: "an unknown message, kept raw",
    message: { type: 200, code: 3, data: bytes("010203") },
    hex: "c803 0000 010203",
  },
];

const withoutChecksum = (encoded: Uint8Array): string => {
  const copy = encoded.slice();
  copy.fill(0, 2, 4);
  return Buffer.from(copy).toString("hex");
};

const again = (hex: string): string => {
  const decoded = decodeIcmpv6Message(bytes(hex));
  if (!decoded.ok) throw new Error(decoded.error.code);
  return withoutChecksum(encodeIcmpv6Message(source, destination, decoded.value));
};

describe("golden ICMPv6 messages", () => {
  it.each(golden)("$title", ({ message, hex }) => {
    expect(withoutChecksum(encodeIcmpv6Message(source, destination, message))).toBe(hex.replaceAll(/\s/g, ""));
    expect(decodeIcmpv6Message(bytes(hex))).toEqual({ ok: true, value: message });
  });
});

describe("ICMPv6 codec", () => {
  it.each([
    ["R-6.5-01", "9000 0000 83f7 7fff"],
    ["R-6.6-01", `9100 0000 83f7 7fff ${homeHex}`],
    ["R-6.7-04", "9200 0000 0007 ffff"],
    ["R-6.8-05", "9300 0000 0007 3fff"],
    ["R-7.3-02", "8600 0000 40000708 00000000 00000000 0701 ffff 00000bb8"],
    ["R-7.4-02", "8600 0000 40000708 00000000 00000000 0801 7fff 000a 0708"],
  ])("ignores reserved bits on receipt and writes back what was decoded (%s)", (_, hex) => {
    expect(again(hex)).toBe(hex.replaceAll(/\s/g, ""));
  });

  it.each([
    ["R-6.7-06", "9200 0000 0007 0000 c801 010203040506"],
    ["R-6.8-07", "9300 0000 0007 0000 c802 0102030405060708090a0b0c0d0e"],
  ])("keeps unknown options raw (%s)", (_, hex) => {
    const decoded = decodeIcmpv6Message(bytes(hex));
    if (!decoded.ok || !("options" in decoded.value)) throw new Error("no options");
    expect(decoded.value.options[0]?.type).toBe(200);
    expect(again(hex)).toBe(hex.replaceAll(/\s/g, ""));
  });

  const prefix = `0304 40 e0 00001c20 00000e10 00000000 ${homeHex}`;
  it.each([
    ["9200 0000 0007 0000 0101 00005e000201", [[1, 1]]],
    [
      `9300 0000 0007 0000 ${prefix} 0101 00005e000201`,
      [
        [3, 4],
        [1, 1],
      ],
    ],
    ["9300 0000 0007 0000 c802 0102030405060708090a0b0c0d0e", [[200, 2]]],
  ])(
    "has options as type, length in units of 8 octets, data in prefix discovery: %s (R-6.7-05, R-6.8-06)",
    (hex, options) => {
      const decoded = decodeIcmpv6Message(bytes(hex));
      if (!decoded.ok || !("options" in decoded.value)) throw new Error("no options");
      expect(decoded.value.options.map(({ type }) => type)).toEqual(options.map(([type]) => type));
      const written = bytes(again(hex)).subarray(8);
      let at = 0;
      for (const [type, length = 0] of options) {
        expect([...written.subarray(at, at + 2)]).toEqual([type, length]);
        at += 8 * length;
      }
      expect(at).toBe(written.length);
    },
  );

  it.each([
    ["an option of length 0", "8500 0000 00000000 0100 000000000000"],
    ["an option beyond the end", "8500 0000 00000000 0102 000000000000"],
    ["a prefix option of 8 octets", "9300 0000 0007 0000 0301 40c0 00000000"],
    ["a prefix length of 129", `9300 0000 0007 0000 0304 81 c0 00000001 00000001 00000000 ${homeHex}`],
    ["a list of addresses that is not whole", `9100 0000 0007 0000 ${homeHex} 2001`],
    ["a message cut in its fixed part", "9300 0000 00"],
  ])("refuses %s", (_, hex) => {
    const decoded = decodeIcmpv6Message(bytes(hex));
    expect(decoded.ok ? undefined : decoded.error.code).toBe("icmpv6-malformed");
  });

  const prefixes: Icmpv6Message = { type: 147, identifier: 7, flags: { managed: false, other: false }, options: [] };

  it("counts home addresses in the checksum, and verifies it (R-6.8-02, R-6.7-01)", () => {
    const packet = encodeIcmpv6Packet({ source, destination, routingHome: home, message: prefixes });
    const decoded = decodeIpv6Packet(packet);
    if (!decoded.ok) throw new Error(decoded.error.code);
    expect(decoded.value).toMatchObject({ hopLimit: 255, routingHome: home });
    expect(decodeIcmpv6Packet(decoded.value)).toEqual({ ok: true, value: prefixes });
    expect(decoded.value.payload).toEqual(encodeIcmpv6Message(source, home, prefixes));
    packet[packet.length - 1] = 1;
    expect(decodeIcmpv6Packet(decoded.value)).toEqual({ ok: false, error: { code: "icmpv6-checksum-mismatch" } });
  });

  it("tells another protocol and a cut message", () => {
    const decoded = decodeIpv6Packet(encodeIcmpv6Packet({ source, destination, message: prefixes }));
    if (!decoded.ok) throw new Error(decoded.error.code);
    const other = decodeIcmpv6Packet({ ...decoded.value, protocol: 17 });
    expect(other).toEqual({ ok: false, error: { code: "not-icmpv6", protocol: 17 } });
    expect(decodeIcmpv6Message(bytes("8700"))).toEqual({ ok: false, error: { code: "icmpv6-truncated" } });
  });
});
