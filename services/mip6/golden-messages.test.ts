import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import type { MobilityMessage } from "./messages/mobility-message.ts";
import { decodeMobilityHeader, mobilityHeaderLength, writeMobilityHeader } from "./mobility-header.ts";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));

const home = address("2001:db8:1::100");
const careOf = address("2001:db8:f1::7");
const cookie = bytes("0102030405060708");
const token = bytes("1112131415161718");
const noUpdateFlags = {
  acknowledge: false,
  homeRegistration: false,
  linkLocalCompatibility: false,
  keyManagement: false,
  mobileRouter: false,
};
const noAcknowledgementFlags = { keyManagement: false, mobileRouter: false };

interface Golden {
  readonly title: string;
  readonly message: MobilityMessage;
  readonly hex: string;
}

/** Written by hand, octet by octet, from the figures of RFC 6275 §6.1 and §6.2, RFC 3963 §4, RFC 4283 §3, RFC 4285 §5, §6 and RFC 5094 §3. The checksum is 0. */
const golden: readonly Golden[] = [
  {
    title: "Binding Refresh Request without options: Header Len 0 (R-6.1.2-03)",
    message: { type: 0, options: [] },
    hex: "3b00 0000 0000 0000",
  },
  {
    title: "Home Test Init without options: Header Len 1 (R-6.1.3-03)",
    message: { type: 1, homeInitCookie: cookie, options: [] },
    hex: "3b01 0100 0000 0000 0102030405060708",
  },
  {
    title: "Care-of Test Init without options: Header Len 1 (R-6.1.4-03)",
    message: { type: 2, careOfInitCookie: cookie, options: [] },
    hex: "3b01 0200 0000 0000 0102030405060708",
  },
  {
    title: "Home Test without options: Header Len 2 (R-6.1.5-02)",
    message: { type: 3, homeNonceIndex: 0x1234, homeInitCookie: cookie, homeKeygenToken: token, options: [] },
    hex: "3b02 0300 0000 1234 0102030405060708 1112131415161718",
  },
  {
    title: "Care-of Test without options: Header Len 2 (R-6.1.6-02)",
    message: { type: 4, careOfNonceIndex: 0x4321, careOfInitCookie: cookie, careOfKeygenToken: token, options: [] },
    hex: "3b02 0400 0000 4321 0102030405060708 1112131415161718",
  },
  {
    title: "Binding Update without options: 4 octets of padding, Header Len 1 (R-6.1.7-10)",
    message: { type: 5, sequence: 0x00ff, flags: noUpdateFlags, lifetime: 105, options: [] },
    hex: "3b01 0500 0000 00ff 0000 0069 01020000",
  },
  ...(
    [
      ["acknowledge", "8000"],
      ["homeRegistration", "4000"],
      ["linkLocalCompatibility", "2000"],
      ["keyManagement", "1000"],
      ["mobileRouter", "0400"],
    ] as const
  ).map(([flag, hex]) => ({
    title: `Binding Update with bit ${flag} alone (R-6.1.7-06)`,
    message: { type: 5 as const, sequence: 1, flags: { ...noUpdateFlags, [flag]: true }, lifetime: 1, options: [] },
    hex: `3b01 0500 0000 0001 ${hex} 0001 01020000`,
  })),
  {
    title: "Binding Acknowledgement without options: 4 octets of padding, Header Len 1 (R-6.1.8-06)",
    message: { type: 6, status: 135, flags: noAcknowledgementFlags, sequence: 7, lifetime: 9, options: [] },
    hex: "3b01 0600 0000 8700 0007 0009 01020000",
  },
  {
    title: "Binding Acknowledgement with K and R (RFC 3963 §4.2)",
    message: {
      type: 6,
      status: 0,
      flags: { keyManagement: true, mobileRouter: true },
      sequence: 7,
      lifetime: 9,
      options: [],
    },
    hex: "3b01 0600 0000 00c0 0007 0009 01020000",
  },
  {
    title: "Binding Error: Header Len 2 (R-6.1.9-01)",
    message: { type: 7, status: 1, homeAddress: home, options: [] },
    hex: "3b02 0700 0000 0100 20010db8000100000000000000000100",
  },
  {
    title: "Binding Refresh Advice stands at 2n (R-6.2.4-03)",
    message: {
      type: 6,
      status: 0,
      flags: noAcknowledgementFlags,
      sequence: 7,
      lifetime: 9,
      options: [{ type: 2, refreshInterval: 10 }],
    },
    hex: "3b01 0600 0000 0000 0007 0009 0202000a",
  },
  {
    title: "Alternate Care-of Address stands at 8n+6 (R-6.2.5-01)",
    message: {
      type: 5,
      sequence: 1,
      flags: noUpdateFlags,
      lifetime: 1,
      options: [{ type: 3, careOfAddress: careOf }],
    },
    hex: "3b03 0500 0000 0001 0000 0001 0100 0310 20010db800f100000000000000000007",
  },
  {
    title:
      "Nonce Indices and Binding Authorization Data at 2n and 8n+2, nothing behind (R-6.2-01, R-6.2-02, R-6.2.6-01)",
    message: {
      type: 5,
      sequence: 1,
      flags: noUpdateFlags,
      lifetime: 1,
      options: [
        { type: 4, homeNonceIndex: 8, careOfNonceIndex: 9 },
        { type: 5, authenticator: bytes("a0a1a2a3a4a5a6a7a8a9aaab") },
      ],
    },
    hex: "3b03 0500 0000 0001 0000 0001 040400080009 050c a0a1a2a3a4a5a6a7a8a9aaab",
  },
  {
    title: "Mobile Network Prefix stands at 8n+4 (RFC 3963 §4.3)",
    message: {
      type: 5,
      sequence: 1,
      flags: { ...noUpdateFlags, mobileRouter: true },
      lifetime: 1,
      options: [{ type: 6, prefixLength: 56, prefix: address("2001:db8:71::") }],
    },
    hex: "3b03 0500 0000 0001 0400 0001 0612 0038 20010db8007100000000000000000000",
  },
  {
    title: "identifier, replay timestamp and authenticator of RFC 4283 and RFC 4285",
    message: {
      type: 5,
      sequence: 1,
      flags: noUpdateFlags,
      lifetime: 1,
      options: [
        { type: 8, subtype: 1, identifier: bytes("6140622e63") },
        { type: 10, timestamp: 0xe0123456a253c4bcn },
        { type: 9, subtype: 1, spi: 0x000fdf20, authenticator: bytes("a0a1a2a3a4a5a6a7a8a9aaab") },
      ],
    },
    hex:
      "3b06 0500 0000 0001 0000 0001 0806 01 6140622e63 010400000000 0a08 e0123456a253c4bc " +
      "00 0911 01 000fdf20 a0a1a2a3a4a5a6a7a8a9aaab",
  },
  {
    title: "Vendor Specific stands at 4n+2 (RFC 5094 §3)",
    message: { type: 0, options: [{ type: 19, vendorId: 9999, subtype: 3, data: bytes("78797a") }] },
    hex: "3b02 0000 0000 0000 0100 1308 0000270f 03 78797a 01020000",
  },
  {
    title: "an unknown option has no alignment, and the end is padded with Pad1 (R-6.2.2-02)",
    message: { type: 0, options: [{ type: 200, data: bytes("0102030405") }] },
    hex: "3b01 0000 0000 0000 c805 0102030405 00",
  },
  {
    title: "an unknown message is kept raw",
    message: { type: 99, data: bytes("00010203040506070809") },
    hex: "3b01 6300 0000 0001 0203 0405 0607 0809",
  },
];

const write = (message: MobilityMessage): Uint8Array => {
  const target = new Uint8Array(mobilityHeaderLength(message));
  writeMobilityHeader(target, 0, message);
  return target;
};

const isPadding = (option: { readonly type: number }): boolean => option.type < 2;

describe("golden Mobility Headers", () => {
  it.each(golden)("$title", ({ message, hex }) => {
    const expected = bytes(hex);
    expect(Buffer.from(write(message)).toString("hex")).toBe(Buffer.from(expected).toString("hex"));
    const decoded = decodeMobilityHeader(expected);
    if (!decoded.ok) throw new Error(decoded.error.code);
    const back = decoded.value;
    expect("options" in back ? { ...back, options: back.options.filter((each) => !isPadding(each)) } : back).toEqual(
      message,
    );
    expect(write(back)).toEqual(expected);
  });

  it("begin with Payload Proto 59 and fill whole units of 8 octets (R-6.1.1-01, R-6.1.1-02, R-6.1.1-03)", () => {
    for (const { message } of golden) {
      const header = write(message);
      expect(header[0]).toBe(59);
      expect(header.length).toBe(((header[1] ?? 0) + 1) * 8);
    }
  });
});
