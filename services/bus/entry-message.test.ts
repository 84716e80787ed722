import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { instantOf, type Milliseconds, millis, seconds } from "#wire/time.ts";
import { decodeEntry, encodeEntry, type StreamEntry } from "./entry-message.ts";
import { SCHEMA } from "./envelope.ts";
import { binding } from "./generated/messages.js";

const clocks = { now: instantOf(1_000), wall: 1_900_000_000_000 };

const record = (change: object = {}): StreamEntry => ({
  kind: "record",
  epoch: 3,
  commit: 9,
  record: {
    homeAddress: address("2001:db8:1::100"),
    careOfAddress: address("2001:db8:f1::1"),
    sequence: 65_535,
    lifetime: seconds(60),
    expiresAt: instantOf(31_000),
    flags: 0xc000,
    replayTimestamp: 0xffff_ffff_ffff_fffen,
    spi: 0xffff_ffff,
    epoch: 3,
    revision: 12,
    ...change,
  },
});

describe("stream entries", () => {
  it("come back whole on the node that wrote them", () => {
    expect(decodeEntry(encodeEntry(record(), clocks), clocks)).toEqual({ ok: true, value: record() });
    const epoch: StreamEntry = { kind: "epoch", epoch: 4, node: "ha2", claim: 2 ** 47 - 1 };
    expect(decodeEntry(encodeEntry(epoch, clocks), clocks)).toEqual({ ok: true, value: epoch });
  });

  it("round trip any record", () => {
    fc.assert(
      fc.property(
        fc.record({
          homeAddress: fc.uint8Array({ minLength: 16, maxLength: 16 }),
          careOfAddress: fc.uint8Array({ minLength: 16, maxLength: 16 }),
          sequence: fc.nat(65_535),
          replayTimestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
          spi: fc.nat(0xffff_ffff),
          flags: fc.nat(65_535),
          revision: fc.nat(Number.MAX_SAFE_INTEGER),
        }),
        (change) => {
          const entry = record(change);
          expect(decodeEntry(encodeEntry(entry, clocks), clocks)).toEqual({ ok: true, value: entry });
        },
      ),
    );
  });

  it("end their lifetime at the same moment on a node with other clocks", () => {
    const there = { now: instantOf(777_000), wall: clocks.wall + 10_000 };
    const entry = decodeEntry(encodeEntry(record(), clocks), there);
    expect(entry.ok && entry.value.kind === "record" && entry.value.record.expiresAt).toBe(777_000 + 20_000);
  });

  const endThere = (there: typeof clocks, ageAtMost?: Milliseconds): number => {
    const entry = decodeEntry(encodeEntry(record(), clocks), there, ageAtMost);
    if (!entry.ok || entry.value.kind !== "record") throw new Error("no record");
    return entry.value.record.expiresAt;
  };

  it("never end later than they did for their writer, however far the clocks are apart", () => {
    expect(endThere({ now: instantOf(0), wall: clocks.wall - 86_400_000 })).toBe(30_000);
    const entry = decodeEntry(encodeEntry(record({ expiresAt: instantOf(86_400_000) }), clocks), {
      now: instantOf(0),
      wall: clocks.wall - 86_400_000,
    });
    expect(entry.ok && entry.value.kind === "record" && entry.value.record.expiresAt).toBe(60_000);
  });

  it("take no age from wall clocks that the entry cannot have, and any that it can (DESIGN §4.8)", () => {
    const HOUR = 3_600_000;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 0, max: 30_000 }),
        fc.constantFrom(0, HOUR, -HOUR, 86_400_000),
        (way, more, apart) => {
          const now = instantOf(500 + way);
          const end = endThere({ now, wall: clocks.wall + way + apart }, millis(way + more));
          expect(end).toBe(500 + 30_000 + (apart === 0 ? 0 : way));
        },
      ),
    );
  });

  it("are over when their end has passed", () => {
    const there = { now: instantOf(50), wall: clocks.wall + 86_400_000 };
    const entry = decodeEntry(encodeEntry(record(), clocks), there);
    expect(entry.ok && entry.value.kind === "record" && entry.value.record.expiresAt).toBeLessThan(0);
  });

  it("are read one schema version ahead, with fields that are not known here", () => {
    const body = { homeAddress: new Uint8Array(16), careOfAddress: new Uint8Array(16), sequence: 5 };
    const newer = binding.v1.Entry.encode({ schema: SCHEMA + 1, epoch: 1, commit: 1, binding: body }).finish();
    const unknownField = Uint8Array.from([...newer, 0xa0, 0x06, 0x2a]);
    expect(decodeEntry(unknownField, clocks)).toMatchObject({ ok: true, value: { kind: "record" } });
  });

  it("are refused two schema versions ahead, and without a version", () => {
    const bytes = (schema: number) => binding.v1.Entry.encode({ schema, epochStart: { node: "ha1" } }).finish();
    expect(decodeEntry(bytes(SCHEMA + 2), clocks)).toEqual({
      ok: false,
      error: { code: "unsupported-schema", schema: SCHEMA + 2 },
    });
    expect(decodeEntry(bytes(0), clocks)).toEqual({ ok: false, error: { code: "unsupported-schema", schema: 0 } });
  });

  it("never throw on any bytes or truncation", () => {
    const whole = encodeEntry(record(), clocks);
    for (let end = 0; end < whole.length; end++) decodeEntry(whole.subarray(0, end), clocks);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decodeEntry(bytes, clocks).ok).toBe("boolean");
      }),
    );
  });

  it("refuse an address that is not of 16 octets", () => {
    const body = { homeAddress: new Uint8Array(15), careOfAddress: new Uint8Array(16) };
    const bytes = binding.v1.Entry.encode({ schema: SCHEMA, binding: body }).finish();
    expect(decodeEntry(bytes, clocks)).toMatchObject({ ok: false, error: { code: "malformed" } });
  });
});
