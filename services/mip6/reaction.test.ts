import { describe, expect, it } from "vitest";
import { address, UNSPECIFIED } from "#ipv6/address.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilitySending, type PacketProblem } from "./packet.ts";
import { type RefusedPacket, reactionTo, unknownBindingReaction, unknownMessageReaction } from "./reaction.ts";

const ends: RefusedPacket = { source: address("2001:db8:f1::7"), destination: address("2001:db8:1::a1") };
const home = address("2001:db8:1::100");
const multicast = address("ff02::1");

const sending: MobilitySending = {
  ...ends,
  homeAddress: home,
  message: { type: 1, homeInitCookie: new Uint8Array(8), options: [] },
};

/** A packet with one octet changed and its checksum put right again. */
const withOctet = (at: number, value: number): Uint8Array => {
  const packet = encodeMobilityPacket(sending);
  const sum = (at % 2 === 0 ? 0x100 : 1) * (value - (packet[at] ?? 0));
  packet[at] = value;
  const old = ((packet[68] ?? 0) << 8) | (packet[69] ?? 0);
  const checksum = (((old - sum) % 0xffff) + 0xffff) % 0xffff;
  packet.set([checksum >> 8, checksum & 0xff], 68);
  return packet;
};

const reactionFor = (packet: Uint8Array) => {
  const decoded = decodeMobilityPacket(packet);
  return decoded.ok ? decoded.value : reactionTo(decoded.error, packet);
};

describe("reaction to a refused packet", () => {
  it("is Parameter Problem code 0 pointing at Payload Proto (R-9.2-05, R-9.2-06, R-9.2-07)", () => {
    expect(reactionFor(withOctet(64, 6))).toEqual({
      kind: "parameter-problem",
      code: 0,
      pointer: 64,
      layer: "mobility",
    });
  });

  it("is Parameter Problem code 0 pointing at Header Len when that is too small (R-9.2-09, R-9.2-10, R-9.2-11)", () => {
    const problem: PacketProblem = { code: "header-length-too-small", pointer: 65 };
    expect(reactionTo(problem, ends)).toEqual({ kind: "parameter-problem", code: 0, pointer: 65, layer: "mobility" });
  });

  it("is Binding Error status 2 with the home address of the option for an unknown MH Type (R-9.2-02, R-9.2-03, R-9.3.3-02)", () => {
    const decoded = reactionFor(withOctet(66, 99));
    if (!("message" in decoded)) throw new Error(decoded.kind);
    expect(decoded.message.type).toBe(99);
    expect(unknownMessageReaction(decoded)).toEqual({ kind: "binding-error", status: 2, homeAddress: home });
  });

  it("has the unspecified home address without the option (R-9.3.3-02)", () => {
    expect(unknownMessageReaction(ends)).toEqual({ kind: "binding-error", status: 2, homeAddress: UNSPECIFIED });
  });

  it("is Binding Error status 1 for a Home Address option without binding (R-9.3.1-06, R-6.1.9-01)", () => {
    const expected = { kind: "binding-error", status: 1, homeAddress: home };
    expect(unknownBindingReaction({ ...ends, homeAddress: home })).toEqual(expected);
  });

  it("is no Binding Error to a source that is not unicast (R-9.3.3-01)", () => {
    for (const source of [multicast, UNSPECIFIED]) {
      expect(unknownMessageReaction({ ...ends, source })).toEqual({ kind: "silence" });
      expect(unknownBindingReaction({ ...ends, source, homeAddress: home })).toEqual({ kind: "silence" });
    }
  });

  it("is silence for a wrong checksum, whatever else is wrong (R-9.2-01)", () => {
    const packet = encodeMobilityPacket(sending);
    packet[64] = 6;
    expect(reactionFor(packet)).toEqual({ kind: "silence" });
  });

  it.each<PacketProblem>([
    { code: "authorization-not-last" },
    { code: "option-malformed", pointer: 70 },
    { code: "mobility-header-truncated", pointer: 65 },
    { code: "type-2-routing-malformed", pointer: 43 },
    { code: "home-address-repeated", pointer: 70 },
    { code: "truncated", pointer: 4 },
    { code: "not-mobility", protocol: 17 },
  ])("is silence for $code", (problem) => {
    expect(reactionTo(problem, ends)).toEqual({ kind: "silence" });
  });

  it.each([
    [0x40, false, "silence"],
    [0x80, false, "parameter-problem"],
    [0xc2, false, "parameter-problem"],
    [0x80, true, "parameter-problem"],
    [0xc2, true, "silence"],
  ] as const)("to unknown option %i (multicast: %s) is %s (RFC 8200 §4.2)", (optionType, toGroup, kind) => {
    const problem: PacketProblem = { code: "unrecognized-option", pointer: 42, optionType };
    const reaction = reactionTo(problem, toGroup ? { ...ends, destination: multicast } : ends);
    expect(reaction.kind).toBe(kind);
    if (reaction.kind === "parameter-problem") expect(reaction).toMatchObject({ code: 2, pointer: 42, layer: "ipv6" });
  });

  it("points at the routing type that is not known (RFC 8200 §4.4)", () => {
    const reaction = reactionTo({ code: "unrecognized-routing-type", pointer: 42 }, ends);
    expect(reaction).toEqual({ kind: "parameter-problem", code: 0, pointer: 42, layer: "ipv6" });
  });

  it("is never an ICMPv6 error about or to a multicast address (RFC 4443 §2.4)", () => {
    const problem: PacketProblem = { code: "payload-proto", pointer: 64 };
    expect(reactionTo(problem, { ...ends, source: multicast }).kind).toBe("silence");
    expect(reactionTo(problem, { ...ends, source: UNSPECIFIED }).kind).toBe("silence");
    expect(reactionTo(problem, { ...ends, destination: multicast }).kind).toBe("silence");
  });

  it("is silence when there is no packet to answer", () => {
    expect(reactionTo({ code: "not-ipv6" }, new Uint8Array(3))).toEqual({ kind: "silence" });
  });
});
