import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address } from "#ipv6/address.ts";
import { unknownTypeOf } from "#wire/octet.ts";
import type { MobilityMessage, UnknownMessage } from "./messages/mobility-message.ts";
import { decodeMobilityHeader } from "./mobility-header.ts";
import type { MobilityOption } from "./options/mobility-option.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilitySending } from "./packet.ts";
import { judgePacket } from "./verdict.ts";

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyOctets = fc.uint8Array({ maxLength: 40 });
const u8 = fc.integer({ min: 0, max: 255 });
const u16 = fc.integer({ min: 0, max: 0xffff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const address: fc.Arbitrary<Address> = octets(16);
const unknownType = fc.integer({ min: 8, max: 255 }).map(unknownTypeOf<UnknownMessage["type"]>);
const of = <const N extends number>(value: N) => fc.constant(value);

const middleOption: fc.Arbitrary<MobilityOption> = fc.oneof(
  fc.record({ type: of(2), refreshInterval: u16 }),
  fc.record({ type: of(3), careOfAddress: address }),
  fc.record({ type: of(4), homeNonceIndex: u16, careOfNonceIndex: u16 }),
  fc.record({ type: of(6), prefixLength: fc.integer({ min: 0, max: 128 }), prefix: address }),
  fc.record({ type: of(8), subtype: u8, identifier: anyOctets }),
  fc.record({ type: of(9), subtype: u8, spi: u32, authenticator: anyOctets }),
  fc.record({ type: of(10), timestamp: fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }) }),
  fc.record({ type: of(19), vendorId: u32, subtype: u8, data: anyOctets }),
  fc.record({ type: fc.constantFrom(7, 11, 100, 200, 255), data: anyOctets }),
);

const options: fc.Arbitrary<MobilityOption[]> = fc
  .tuple(
    fc.array(middleOption, { maxLength: 5 }),
    fc.option(fc.record({ type: of(5), authenticator: octets(12) }), { nil: undefined }),
  )
  .map(([middle, last]) => (last === undefined ? middle : [...middle, last]));

const message: fc.Arbitrary<MobilityMessage> = fc.oneof(
  fc.record({ type: of(0), options }),
  fc.record({ type: of(1), homeInitCookie: octets(8), options }),
  fc.record({ type: of(2), careOfInitCookie: octets(8), options }),
  fc.record({ type: of(3), homeNonceIndex: u16, homeInitCookie: octets(8), homeKeygenToken: octets(8), options }),
  fc.record({ type: of(4), careOfNonceIndex: u16, careOfInitCookie: octets(8), careOfKeygenToken: octets(8), options }),
  fc.record({
    type: of(5),
    sequence: u16,
    flags: fc.record({
      acknowledge: fc.boolean(),
      homeRegistration: fc.boolean(),
      linkLocalCompatibility: fc.boolean(),
      keyManagement: fc.boolean(),
      mobileRouter: fc.boolean(),
    }),
    lifetime: u16,
    options,
  }),
  fc.record({
    type: of(6),
    status: u8,
    flags: fc.record({ keyManagement: fc.boolean(), mobileRouter: fc.boolean() }),
    sequence: u16,
    lifetime: u16,
    options,
  }),
  fc.record({ type: of(7), status: u8, homeAddress: address, options }),
  // A Mobility Header is whole units of 8 octets, of which 6 are taken.
  fc.record({ type: unknownType, data: fc.nat({ max: 4 }).chain((units) => octets(8 * units + 2)) }),
);

const sending: fc.Arbitrary<MobilitySending> = fc.record({
  source: address,
  destination: address,
  hopLimit: u8,
  homeAddress: fc.option(address, { nil: undefined }),
  routingHome: fc.option(address, { nil: undefined }),
  message,
});

const withoutPadding = (each: MobilityMessage): MobilityMessage =>
  "options" in each ? { ...each, options: each.options.filter((option) => option.type > 1) } : each;

describe("any Mobility Header packet", () => {
  it("decodes to what it was encoded from", () => {
    fc.assert(
      fc.property(sending, (each) => {
        const decoded = decodeMobilityPacket(encodeMobilityPacket(each));
        if (!decoded.ok) throw new Error(decoded.error.code);
        const { mobilityBytes, message: found, ...rest } = decoded.value;
        expect({ ...rest, message: withoutPadding(found) }).toEqual(each);
        expect(mobilityBytes.length % 8).toBe(0);
      }),
    );
  });

  it("encodes to the same octets after decoding, padding and all", () => {
    fc.assert(
      fc.property(sending, (each) => {
        const packet = encodeMobilityPacket(each);
        const decoded = decodeMobilityPacket(packet);
        expect(decoded.ok && encodeMobilityPacket(decoded.value)).toEqual(packet);
      }),
    );
  });

  it("is survived when octets are changed or cut anywhere", () => {
    const changes = fc.array(fc.tuple(fc.nat(), u8), { maxLength: 4 });
    fc.assert(
      fc.property(sending, changes, fc.nat(), fc.boolean(), (each, changed, cut, isCut) => {
        const packet = encodeMobilityPacket(each);
        for (const [at, value] of changed) packet[at % packet.length] = value;
        const seen = isCut ? packet.subarray(0, cut % packet.length) : packet;
        for (const role of ["home-agent", "correspondent-node", "mobile-node"] as const)
          expect(judgePacket(seen, role).kind).toBeTypeOf("string");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("any octets", () => {
  it("are decoded or refused, never thrown at", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeMobilityPacket(bytes).ok).toBeTypeOf("boolean");
        expect(decodeMobilityHeader(bytes).ok).toBeTypeOf("boolean");
      }),
      { numRuns: 1000 },
    );
  });

  it("behind a good IPv6 header are decoded or refused, never thrown at", () => {
    const next = fc.constantFrom(0, 41, 43, 44, 51, 58, 60, 135);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 200 }), next, next, (bytes, first, second) => {
        bytes[0] = 0x60;
        bytes[4] = 0;
        bytes[5] = bytes.length - 40;
        bytes[6] = first;
        bytes[40] = second;
        expect(judgePacket(bytes, "mobile-node").kind).toBeTypeOf("string");
      }),
      { numRuns: 1000 },
    );
  });
});
