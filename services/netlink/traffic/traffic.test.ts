import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { concatenate, u32, u64 } from "#netlink/field.ts";
import { NLM_F } from "#netlink/message.ts";
import {
  CLSACT,
  classifier,
  classifierInfo,
  discipline,
  flowerOptions,
  matchAllOptions,
  packetsOf,
  RTM_ACTION,
  RTM_CLASSIFIER,
  RTM_QDISC,
  standingAction,
  TC_ACT,
  TC_PROTOCOL,
} from "./traffic.ts";

const hex = (bytes: Uint8Array): string => [...bytes].map((octet) => octet.toString(16).padStart(2, "0")).join("");
const HOME = address("2001:db8:1::100");
const EXACT = new Uint8Array(16).fill(0xff);
const DROP = { kind: "gact", options: { parameters: { index: 6275, action: TC_ACT.SHOT } } } as const;
const NEW = NLM_F.CREATE | NLM_F.EXCL;
/** What `tc` of iproute2 6.1 was seen to send, less NLM_F_REQUEST and ACK and the sequence; NLA_F_NESTED added, which it leaves out in part. */
const DROP_BYTES = `2c000180${"0900010067616374000000"}001c0002801800020083180000${"00000000"}02000000${"0000000000000000"}`;

describe("traffic control messages as tc of iproute2 sends them", () => {
  it("clsact at device 3", () => {
    const message = discipline.encode({
      type: RTM_QDISC.NEW,
      flags: NEW,
      header: { index: 3, handle: CLSACT.HANDLE, parent: CLSACT.PARENT },
      attributes: { kind: "clsact" },
    });
    expect(hex(message)).toBe(
      "3000000024000006" + "0000000000000000" + "00000000030000000000fffff1ffffff00000000" + "0b000100636c736163740000",
    );
    expect(discipline.decode(message)?.attributes).toEqual({ kind: "clsact" });
  });

  it("drop of all that comes in, after preference 1, counted by action 6275", () => {
    const message = classifier.encode({
      type: RTM_CLASSIFIER.NEW,
      flags: NEW,
      header: { index: 3, handle: 1, parent: CLSACT.INGRESS, info: classifierInfo(2, TC_PROTOCOL.ALL) },
      attributes: { kind: "matchall", options: matchAllOptions.encode({ actions: { first: DROP } }) },
    });
    expect(hex(message)).toBe(
      "680000002c000006" +
        "0000000000000000" +
        "000000000300000001000000f2ffffff00030200" +
        "0d0001006d61746368616c6c00000000" +
        "34000280" +
        "30000280" +
        DROP_BYTES,
    );
  });

  it("pass of one inner source address", () => {
    const options = flowerOptions.encode({ etherType: TC_PROTOCOL.IPV6, source: HOME, sourceMask: EXACT });
    const message = classifier.encode({
      type: RTM_CLASSIFIER.NEW,
      flags: NEW,
      header: { index: 3, parent: CLSACT.INGRESS, info: classifierInfo(1, TC_PROTOCOL.IPV6) },
      attributes: { kind: "flower", options },
    });
    // The order of attributes has no meaning; tc writes the flags of offloading besides.
    expect(hex(message)).toBe(
      "640000002c000006" +
        "0000000000000000" +
        "000000000300000000000000f2ffffff86dd0100" +
        "0b000100666c6f7765720000" +
        "34000280" +
        "0600080086dd0000" +
        "14000e0020010db8000100000000000000000100" +
        "14000f00ffffffffffffffffffffffffffffffff",
    );
    const read = classifier.decode(message)?.attributes;
    expect(flowerOptions.decode(read?.options ?? new Uint8Array(0))?.source).toEqual(HOME);
  });

  it("pass of one inner source from one outer source to one outer destination", () => {
    // As seen, with the octets of `handle 7`; the flags of offloading (attribute 22) are kept as they are.
    const options =
      "14000e0020010db8000100000000000000000100" +
      `14000f00${"ff".repeat(16)}` +
      "14001f0020010db800f100000000000000000005" +
      `14002000${"ff".repeat(16)}` +
      "1400210020010db80001000000000000000000a1" +
      `14002200${"ff".repeat(16)}` +
      "0800160000000000" +
      "0600080086dd0000";
    const wanted = {
      etherType: TC_PROTOCOL.IPV6,
      source: HOME,
      sourceMask: EXACT,
      outerSource: address("2001:db8:f1::5"),
      outerSourceMask: EXACT,
      outerDestination: address("2001:db8:1::a1"),
      outerDestinationMask: EXACT,
    };
    const bytes = Uint8Array.from(options.match(/../g) ?? [], (two) => Number.parseInt(two, 16));
    expect(flowerOptions.decode(bytes)).toEqual({ ...wanted, unknown: [{ type: 22, payload: new Uint8Array(4) }] });
    expect(hex(flowerOptions.encode(wanted))).toBe(`0600080086dd0000${options.slice(0, -32)}`);
  });

  it("action 6275 made and asked for", () => {
    const made = standingAction.encode({
      type: RTM_ACTION.NEW,
      flags: NEW,
      attributes: { actions: { first: DROP } },
    });
    expect(hex(made)).toBe(`4400000030000006${"0000000000000000"}00000000${"30000180"}${DROP_BYTES}`);
    const asked = standingAction.encode({
      type: RTM_ACTION.GET,
      attributes: { actions: { first: { kind: "gact", index: 6275 } } },
    });
    expect(hex(asked)).toBe(
      `3000000032000000${"0000000000000000"}00000000${"1c000180"}${"18000180"}${"0900010067616374000000"}00${"0800030083180000"}`,
    );
  });
});

describe("counter of an action (linux/gen_stats.h)", () => {
  const basic = (packets: number) => concatenate([u64.encode(1500n), u32.encode(packets)]);

  it("is read with and without the padding of 64-bit processors", () => {
    expect(packetsOf({ basic: basic(7) })).toBe(7);
    expect(packetsOf({ basic: concatenate([basic(7), new Uint8Array(4)]) })).toBe(7);
  });

  it("is the long one where 32 bits did not suffice, and 0 where there is none", () => {
    expect(packetsOf({ basic: basic(0xffffffff), packets: 0x1_0000_0001n })).toBe(0x1_0000_0001);
    expect(packetsOf({})).toBe(0);
    expect(packetsOf({ basic: new Uint8Array(3) })).toBe(0);
  });
});

describe("traffic control codecs", () => {
  it("never throw on any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (input) => {
        for (const format of [discipline, classifier, standingAction]) format.decode(input);
        for (const options of [flowerOptions, matchAllOptions]) options.decode(input);
      }),
      { numRuns: 300 },
    );
  });
});
