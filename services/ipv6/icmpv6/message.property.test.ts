import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Icmpv6Message } from "./message.ts";
import { decodeIcmpv6Message, encodeIcmpv6Message, type Icmpv6Problem } from "./packet.ts";

const u8 = fc.integer({ min: 0, max: 255 });
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const SOURCE = octets(16);

/** Octets between the checksum and the options, by type (RFC 4861 §4, RFC 6275 §6.5 to §6.8). */
const FIXED = { 133: 4, 134: 12, 135: 20, 136: 20, 144: 4, 145: 4, 146: 4, 147: 4 } as const;
/** Neighbor Discovery options in units of 8 octets: the length that each has to have, where it has one. */
const UNITS: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 4, 5: 1, 7: 1, 8: 1 };

/** An option of the right form, most of the time; its content is anything. */
const option: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.oneof(fc.constantFrom(1, 2, 3, 5, 7, 8), u8), fc.integer({ min: 1, max: 4 }))
  .chain(([type, units]) => {
    const length = UNITS[type] ?? units;
    return octets(8 * length - 2).map((content) => Uint8Array.of(type, length, ...content));
  });

/** A message of the right form, most of the time. */
const message: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(FIXED).map(Number) as (keyof typeof FIXED)[])),
    fc.array(option, { maxLength: 5 }),
  )
  .chain(([type, options]) =>
    octets(FIXED[type]).map((fixed) => Uint8Array.of(type, 0, 0, 0, ...fixed, ...options.flatMap((each) => [...each]))),
  );

const shapeOf = (problem: Icmpv6Problem) => problem.code;
const again = (decoded: Icmpv6Message, source: Uint8Array) =>
  decodeIcmpv6Message(encodeIcmpv6Message(source, source, decoded));

describe("any ICMPv6 message", () => {
  it("that decodes is encoded to what decodes to the same", () => {
    let decodable = 0;
    fc.assert(
      fc.property(message, SOURCE, (bytes, source) => {
        const decoded = decodeIcmpv6Message(bytes);
        if (!decoded.ok) return;
        decodable++;
        expect(again(decoded.value, source)).toEqual(decoded);
      }),
      { numRuns: 2_000 },
    );
    expect(decodable, "most are of the right form").toBeGreaterThan(1_000);
  });

  it("is survived when octets are changed or cut anywhere", () => {
    const changes = fc.array(fc.tuple(fc.nat(), u8), { maxLength: 4 });
    fc.assert(
      fc.property(message, SOURCE, changes, fc.nat(), (bytes, source, changed, cut) => {
        for (const [at, value] of changed) bytes[at % bytes.length] = value;
        for (const seen of [bytes, bytes.subarray(0, cut % bytes.length)]) {
          const decoded = decodeIcmpv6Message(seen);
          if (decoded.ok) expect(again(decoded.value, source)).toEqual(decoded);
          else expect(shapeOf(decoded.error)).toMatch(/^icmpv6-/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("of any type and any octets is decoded or refused, never thrown at", () => {
    fc.assert(
      fc.property(u8, fc.uint8Array({ maxLength: 120 }), (type, rest) => {
        const decoded = decodeIcmpv6Message(Uint8Array.of(type, ...rest));
        expect(decoded.ok || shapeOf(decoded.error)).toSatisfy(
          (seen) => seen === true || /^icmpv6-/.test(String(seen)),
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
