import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  address,
  formatAddress,
  formatMac,
  formatPrefix,
  inPrefix,
  isUnicastRoutable,
  isUniqueLocal,
  linkLocalOf,
  multicastMac,
  parseAddress,
  parseMac,
  parsePrefix,
  prefixOf,
  solicitedNode,
} from "./address.ts";

const anyAddress = fc.uint8Array({ minLength: 16, maxLength: 16 });

describe("IPv6 address text", () => {
  it("is written as RFC 5952 asks: lower case, longest run of zeros, none for a single one", () => {
    for (const text of ["::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "fe80::1:0:0:2", "1:0:0:2::3"])
      expect(formatAddress(address(text))).toBe(text);
    expect(formatAddress(address("2001:0DB8:0000:0000:0001:0000:0000:0001"))).toBe("2001:db8::1:0:0:1");
  });

  it("is read back for any address", () => {
    fc.assert(
      fc.property(anyAddress, (each) => {
        expect(address(formatAddress(each))).toEqual(each);
      }),
    );
  });

  it.each([
    "",
    ":",
    ":::",
    "1::2::3",
    "12345::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "::g",
    "fe80::1%eth0",
    "::1.2.3",
  ])("refuses %j", (text) => {
    expect(parseAddress(text)).toEqual({ ok: false, error: { code: "not-an-address", text } });
  });

  it("reads an IPv4 tail", () => {
    expect(formatAddress(address("::ffff:192.0.2.1"))).toBe("::ffff:c000:201");
  });
});

describe("prefixes", () => {
  it("hold the addresses that share their bits", () => {
    fc.assert(
      fc.property(
        anyAddress,
        fc.integer({ min: 0, max: 128 }),
        fc.integer({ min: 0, max: 127 }),
        (each, length, bit) => {
          const prefix = prefixOf(each, length);
          expect(inPrefix(each, prefix)).toBe(true);
          const flipped = each.slice();
          flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
          expect(inPrefix(flipped, prefix)).toBe(bit >= length);
        },
      ),
    );
  });

  it("are read and written, with no bits beyond their length", () => {
    const parsed = parsePrefix("2001:db8:1::/64");
    expect(parsed.ok && formatPrefix(parsed.value)).toBe("2001:db8:1::/64");
    for (const text of ["2001:db8:1::1/64", "2001:db8::/129", "2001:db8::", "x/64"])
      expect(parsePrefix(text).ok).toBe(false);
  });
});

describe("addresses of RFC 4291", () => {
  it("are routable unless unspecified, loopback, multicast or link-local", () => {
    expect(isUnicastRoutable(address("2001:db8::1"))).toBe(true);
    for (const text of ["::", "::1", "ff0e::1", "fe80::1", "febf::1"])
      expect(isUnicastRoutable(address(text))).toBe(false);
  });

  it("are unique local from fc00:: to fdff:ffff:… (RFC 4193 §3.1)", () => {
    for (const text of ["fc00::1", "fdff::1"]) expect(isUniqueLocal(address(text))).toBe(true);
    for (const text of ["fbff::1", "fe00::1", "2001:db8::1"]) expect(isUniqueLocal(address(text))).toBe(false);
  });

  it("are made for solicited nodes, link-layer addresses and groups", () => {
    expect(formatAddress(solicitedNode(address("2001:db8::1:2:3456")))).toBe("ff02::1:ff02:3456");
    const mac = parseMac("00:00:5e:00:02:01");
    if (!mac.ok) throw new Error(mac.error.code);
    expect(formatAddress(linkLocalOf(mac.value))).toBe("fe80::200:5eff:fe00:201");
    expect(formatMac(multicastMac(address("ff02::1:ff02:3456")))).toBe("33:33:ff:02:34:56");
    expect(parseMac("00:00:5e:00:02").ok).toBe(false);
  });
});
