import { describe, expect, it } from "vitest";
import type { BindingUpdate } from "./messages/binding-messages.ts";
import type { MobilityMessage } from "./messages/mobility-message.ts";
import { decodeMobilityHeader, mobilityHeaderLength, writeMobilityHeader } from "./mobility-header.ts";
import { findOption } from "./options/mobility-option.ts";

const NO_FLAGS = {
  acknowledge: false,
  homeRegistration: false,
  linkLocalCompatibility: false,
  keyManagement: false,
  mobileRouter: false,
};

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));

const decoded = (hex: string) => {
  const result = decodeMobilityHeader(bytes(hex));
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};

const problemOf = (hex: string) => {
  const result = decodeMobilityHeader(bytes(hex));
  return result.ok ? undefined : result.error;
};

const again = (hex: string): string => {
  const message = decoded(hex);
  const target = new Uint8Array(mobilityHeaderLength(message));
  writeMobilityHeader(target, 0, message);
  return Buffer.from(target).toString("hex");
};

/** A Binding Update with the options given, filled up to whole units of 8 octets with Pad1. */
const update = (options: string): string => {
  const body = `050000000001c0000001${options}`.replaceAll(/\s/g, "");
  const units = Math.ceil((body.length / 2 + 2) / 8);
  return `3b${(units - 1).toString(16).padStart(2, "0")}${body}`.padEnd(units * 16, "0");
};

describe("Mobility Header", () => {
  it.each([
    ["R-6.1.1-04", "3b01 05ff 0000 0001 8000 0001 01020000"],
    ["R-6.1.2-01", "3b00 0000 0000 ffff"],
    ["R-6.1.3-01", "3b01 0100 0000 abcd 0102030405060708"],
    ["R-6.1.4-01", "3b01 0200 0000 abcd 0102030405060708"],
    ["R-6.1.7-05", "3b01 0500 0000 0001 8bff 0001 01020000"],
    ["R-6.1.8-03", "3b01 0600 0000 003f 0001 0001 01020000"],
    ["R-6.1.9-02", "3b02 0700 0000 01ee 20010db8000100000000000000000100"],
  ])("ignores reserved bits on receipt and writes back what was decoded (%s)", (_, hex) => {
    expect(again(hex)).toBe(hex.replaceAll(" ", ""));
  });

  it("takes no meaning from the reserved bits of a Binding Update (R-6.1.7-05)", () => {
    const plain = decoded("3b01 0500 0000 0001 8000 0001 01020000");
    const odd = decoded("3b01 05ff 0000 0001 8bff 0001 01020000");
    if (plain.type !== 5 || odd.type !== 5) throw new Error("not an update");
    const { acknowledge, homeRegistration, mobileRouter, keyManagement } = odd.flags;
    expect({ acknowledge, homeRegistration, mobileRouter, keyManagement }).toEqual({
      acknowledge: true,
      homeRegistration: false,
      mobileRouter: false,
      keyManagement: false,
    });
    expect(odd.sequence).toBe(plain.sequence);
  });

  it.each([
    [0, "R-6.1.2-02", "3b01 0000 0000 0000 c804 01020304 0000"],
    [1, "R-6.1.3-02", "3b02 0100 0000 0000 0102030405060708 c804 01020304 0000"],
    [2, "R-6.1.4-02", "3b02 0200 0000 0000 0102030405060708 c804 01020304 0000"],
    [3, "R-6.1.5-01", "3b03 0300 0000 0000 01020304050607081112131415161718 c804 01020304 0000"],
    [4, "R-6.1.6-01", "3b03 0400 0000 0000 01020304050607081112131415161718 c804 01020304 0000"],
    [5, "R-6.1.7-09", "3b02 0500 0000 0001 8000 0001 c804 01020304 01040000 0000"],
    [6, "R-6.1.8-05", "3b02 0600 0000 0000 0001 0001 c804 01020304 01040000 0000"],
    [7, "R-6.1.9-03", "3b03 0700 0000 0100 20010db8000100000000000000000100 c804 01020304 0000"],
  ])("keeps an unknown option of MH Type %i raw and goes on behind it (%s)", (type, _, hex) => {
    const message = decoded(hex);
    if (!("options" in message)) throw new Error("no options");
    expect(message.type).toBe(type);
    expect(message.options[0]).toEqual({ type: 200, data: bytes("01020304") });
    expect(again(hex)).toBe(hex.replaceAll(" ", ""));
  });

  it.each([
    [0, 8, { type: 0, options: [] }],
    [1, 16, { type: 1, homeInitCookie: new Uint8Array(8), options: [] }],
    [2, 16, { type: 2, careOfInitCookie: new Uint8Array(8), options: [] }],
    [
      3,
      24,
      {
        type: 3,
        homeNonceIndex: 1,
        homeInitCookie: new Uint8Array(8),
        homeKeygenToken: new Uint8Array(8),
        options: [],
      },
    ],
    [
      4,
      24,
      {
        type: 4,
        careOfNonceIndex: 1,
        careOfInitCookie: new Uint8Array(8),
        careOfKeygenToken: new Uint8Array(8),
        options: [],
      },
    ],
    [5, 12, { type: 5, sequence: 1, flags: NO_FLAGS, lifetime: 1, options: [] }],
    [6, 12, { type: 6, status: 0, flags: NO_FLAGS, sequence: 1, lifetime: 1, options: [] }],
    [7, 24, { type: 7, status: 1, homeAddress: new Uint8Array(16), options: [] }],
  ] as const)("has the options of MH Type %i behind its fixed part, at octet %i (R-6.1.1-07)", (_, offset, message) => {
    // An option without alignment is the first thing behind the fixed part, and is read from there alone.
    const option = { type: 200, data: bytes("a1a2a3a4a5a6") } as const;
    const whole: MobilityMessage = { ...message, options: [option] };
    const target = new Uint8Array(mobilityHeaderLength(whole));
    writeMobilityHeader(target, 0, whole);
    expect(Buffer.from(target.subarray(offset, offset + 8)).toString("hex")).toBe("c806a1a2a3a4a5a6");
    expect(Buffer.from(target.subarray(0, offset)).toString("hex")).not.toContain("c806");
    const back = decodeMobilityHeader(target);
    expect(back.ok && "options" in back.value ? back.value.options[0] : undefined).toEqual(option);
  });

  it("handles the options behind an unknown one, which is no error (R-6.2.1-01, R-6.2.1-02)", () => {
    const message = decoded(update("c8020102 0310 20010db8000000000000000000000007 0000"));
    if (message.type !== 5) throw new Error("not an update");
    expect(findOption(message.options, 3)?.careOfAddress).toEqual(bytes("20010db8000000000000000000000007"));
    expect(findOption(message.options, 4)).toBeUndefined();
  });

  it("accepts padding that is not zero (R-6.2.2-01)", () => {
    const hex = update("0102dead");
    expect(again(hex)).toBe(hex.replaceAll(" ", ""));
  });

  it.each([
    ["an option beyond the end", update("01030000")],
    ["a type without a length", update("0100 00 03")],
    ["an Alternate Care-of Address of 15 octets", update("030f 20010db8000000000000000000000 007 0000 00")],
    ["Nonce Indices of 8 octets", update("0408 0001000200030004 0000")],
    ["a Binding Authorization Data of 10 octets", update("050a 00112233445566778899")],
    ["a prefix length above 128", update("0612 0081 20010db8007100000000000000000000")],
    ["an identifier without subtype", update("0800 0000")],
  ])("refuses %s (R-6.2.1-03)", (_, hex) => {
    expect(problemOf(hex)?.code).toBe("option-malformed");
  });

  it.each([
    ["padding", update("050c 00112233445566778899aabb 0100")],
    ["another option", update("050c 00112233445566778899aabb 0404 00010002")],
  ])("refuses Binding Authorization Data with %s behind it (R-6.2-01, R-9.5.1-11, R-9.5.1-12)", (_, hex) => {
    expect(problemOf(hex)?.code).toBe("authorization-not-last");
  });

  it.each([
    [1, "3b00 0100 0000 0000"],
    [2, "3b00 0200 0000 0000"],
    [3, "3b01 0300 0000 0000 0102030405060708"],
    [4, "3b01 0400 0000 0000 0102030405060708"],
    [5, "3b00 0500 0000 0000"],
    [6, "3b00 0600 0000 0000"],
    [7, "3b01 0700 0000 0000 0102030405060708"],
  ])("refuses MH Type %i with a Header Len below its own, pointing at it (R-9.2-08, R-9.2-11)", (_, hex) => {
    expect(problemOf(hex)).toEqual({ code: "header-length-too-small", pointer: 1 });
  });

  it("refuses another Payload Proto than 59, pointing at it (R-9.2-04, R-9.2-07)", () => {
    expect(problemOf("0601 0500 0000 0001 8000 0001 01020000")).toEqual({ code: "payload-proto", pointer: 0 });
  });

  it("refuses a Header Len beyond its octets", () => {
    expect(problemOf("3b02 0500 0000 0001 8000 0001 01020000")?.code).toBe("mobility-header-truncated");
    expect(problemOf("3b00 0000")?.code).toBe("mobility-header-truncated");
  });

  it("writes options as listed when the list holds padding, else aligned", () => {
    const flags = {
      acknowledge: true,
      homeRegistration: true,
      linkLocalCompatibility: false,
      keyManagement: false,
      mobileRouter: false,
    };
    const refresh = { type: 2 as const, refreshInterval: 1 };
    const message = (options: BindingUpdate["options"]): BindingUpdate => ({
      type: 5,
      sequence: 1,
      flags,
      lifetime: 1,
      options,
    });
    const write = (options: BindingUpdate["options"]) => {
      const target = new Uint8Array(mobilityHeaderLength(message(options)));
      writeMobilityHeader(target, 0, message(options));
      return Buffer.from(target.subarray(12)).toString("hex");
    };
    expect(write([{ type: 200, data: bytes("01") }, refresh])).toBe("c80101000202000101020000");
    expect(write([{ type: 0 }, refresh, { type: 1, data: bytes("ff") }])).toBe("00020200010101ff01020000");
  });
});
