import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address, formatAddress } from "#ipv6/address.ts";
import { writeIpv6Header } from "#ipv6/packet.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import { foldSum, sumWords } from "#wire/checksum.ts";
import { answerTo, belongsTo, readTunnelledProbe } from "./probe.ts";

const HOME_AGENT = address("2001:db8:1::a1");
const CARE_OF = address("2001:db8:c0::1");
const HOME = address("2001:db8:1::1:0:0");
const CORRESPONDENT = address("2001:db8:c::c");

/** A probe as fan-probe sends it, in a home agent's tunnel. */
const tunnelled = (number: number): Uint8Array => {
  const bytes = new Uint8Array(152);
  const view = new DataView(bytes.buffer);
  const header = { hopLimit: 63 };
  writeIpv6Header(bytes, 0, {
    ...header,
    payloadLength: 112,
    nextHeader: 41,
    source: HOME_AGENT,
    destination: CARE_OF,
  });
  writeIpv6Header(bytes, 40, {
    ...header,
    payloadLength: 72,
    nextHeader: 17,
    source: CORRESPONDENT,
    destination: HOME,
  });
  view.setUint16(80, 40_000);
  view.setUint16(82, 5997);
  view.setUint16(84, 72);
  view.setUint32(88, 0x52364350, true);
  view.setUint32(92, number, true);
  view.setBigUint64(96, 1_700_000_000_123_000_000n, true);
  for (let i = 32; i < 64; i++) bytes[88 + i] = number * 7 + i;
  return bytes;
};

const own = { homeAddress: HOME, homeAgent: HOME_AGENT };

describe("probe", () => {
  test("is read out of its tunnel, with number, time and filling checked", () => {
    const probe = readTunnelledProbe(tunnelled(300));
    expect(probe).toMatchObject({ number: 300, sentAt: 1_700_000_000_123, whole: true });
    expect(probe !== undefined && belongsTo(probe, own)).toBe(true);
  });

  test("of another number, home address or tunnel entry is not this mobile node's", () => {
    const wrong = tunnelled(300);
    wrong[130] = 0;
    expect(readTunnelledProbe(wrong)?.whole).toBe(false);
    const probe = readTunnelledProbe(tunnelled(300));
    if (probe === undefined) throw new Error("no probe");
    expect(belongsTo(probe, { ...own, homeAddress: address("2001:db8:1::1:0:1") })).toBe(false);
    expect(belongsTo(probe, { ...own, homeAgent: address("2001:db8:1::a2") })).toBe(false);
  });

  test("is answered through the reverse tunnel, from where the mobile node is, with a right checksum", () => {
    const moved = address("2001:db8:c0:1::1");
    const answer = answerTo(tunnelled(7), { careOfAddress: moved, number: 3, at: 1_700_000_000_200 });
    const addresses = [8, 24, 48, 64].map((at) => formatAddress(answer.subarray(at, at + 16)));
    expect(addresses).toEqual(["2001:db8:c0:1::1", "2001:db8:1::a1", "2001:db8:1::1:0:0", "2001:db8:c::c"]);
    const view = new DataView(answer.buffer);
    expect([view.getUint16(80), view.getUint16(82)]).toEqual([5997, 40_000]);
    expect([view.getUint32(92, true), view.getUint32(104, true)]).toEqual([7, 3]);
    expect(view.getBigUint64(112, true)).toBe(1_700_000_000_200_000_000n);
    expect(foldSum(pseudoHeaderSum(HOME, CORRESPONDENT, 72, 17) + sumWords(answer, 80, 152))).toBe(0xffff);
  });

  test("other octets are none", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readTunnelledProbe(bytes) === undefined));
    expect(readTunnelledProbe(tunnelled(1).subarray(0, 151))).toBeUndefined();
  });
});
