import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layout } from "./layout.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

const described = layout((field) => ({
  type: field.constant(9),
  code: field.reservedAside(),
  octet: field.u8(),
  word: field.u16(),
  flags: { first: field.bit(), second: field.bit(), reserved: field.reserved(6) },
  part: field.bits(12),
  rest: field.bits(4),
  long: field.u32(),
  huge: field.u64(),
  address: field.address(),
  tail: field.rest(),
}));

const sample = {
  type: 9 as const,
  octet: 0xfe,
  word: 0xbeef,
  flags: { first: true, second: false },
  part: 0xabc,
  rest: 0xd,
  long: 0xdeadbeef,
  huge: 0x8000000000000001n,
  address: new Uint8Array(16).fill(0x20),
  tail: new Uint8Array([1, 2, 3]),
};

const bytes = new Uint8Array(Buffer.from(`febeef80abcddeadbeef8000000000000001${"20".repeat(16)}010203`, "hex"));

const read = (input: Uint8Array) => {
  const reader = new Reader(input, 0, input.length);
  return { value: described.read(reader), reader };
};

const write = (value: typeof sample) => {
  const target = new Uint8Array(described.lengthOf(value, 0));
  const writer = new Writer(target, 0);
  described.write(writer, value);
  return { target, writer };
};

describe("layout", () => {
  it("reads fields in the order of their properties, big-endian", () => {
    const { value, reader } = read(bytes);
    expect(value).toEqual(sample);
    expect(reader.fault).toBe(-1);
    expect(reader.position).toBe(bytes.length);
  });

  it("writes the same octets from the same value", () => {
    expect(write(sample).target).toEqual(bytes);
  });

  it("keeps reserved bits only where they are set, and writes them back", () => {
    const odd = bytes.slice();
    odd[3] = 0x95;
    const { value } = read(odd);
    expect(value.flags).toEqual({ first: true, second: false, reserved: 0x15 });
    const target = new Uint8Array(odd.length);
    described.write(new Writer(target, 0), value);
    expect(target).toEqual(odd);
  });

  it("knows its length, its constant and that it may grow", () => {
    expect(described).toMatchObject({ fixedLength: 34, variable: true, constant: 9 });
    expect(described.lengthOf(sample, 0)).toBe(37);
  });

  it("tells the first octet that did not fit, and reads nothing beyond", () => {
    for (let length = 0; length < 34; length++) {
      const { reader } = read(bytes.subarray(0, length));
      expect(reader.fault).toBeGreaterThanOrEqual(0);
      expect(reader.fault).toBeLessThanOrEqual(length);
    }
  });

  it("stops at the limit though the octets go on", () => {
    const reader = new Reader(bytes, 0, 10);
    described.read(reader);
    expect(reader.fault).toBe(10);
  });

  it("hands the envelope's octet through both ways", () => {
    const reader = new Reader(bytes, 0, bytes.length);
    reader.asideOctet = 7;
    const value = described.read(reader);
    expect(value.code).toBe(7);
    const writer = new Writer(new Uint8Array(bytes.length), 0);
    described.write(writer, value);
    expect(writer.asideOctet).toBe(7);
  });

  it("refuses a value above the greatest allowed", () => {
    const limited = layout((field) => ({ length: field.u8(128) }));
    const at = (value: number) => {
      const reader = new Reader(new Uint8Array([value]), 0, 1);
      limited.read(reader);
      return reader.fault;
    };
    expect(at(128)).toBe(-1);
    expect(at(129)).toBe(0);
  });

  it("is a mistake of the program when a description does not fill its octets or reckons with a field", () => {
    expect(() => layout((field) => ({ bit: field.bit() }))).toThrow("whole octets");
    expect(() => layout((field) => ({ sum: field.u8() + field.u8() }))).toThrow("fields only");
  });

  it("reads back what it wrote, for any value of each width", () => {
    const value = fc.record({
      type: fc.constant(9 as const),
      octet: fc.integer({ min: 0, max: 255 }),
      word: fc.integer({ min: 0, max: 0xffff }),
      flags: fc.record({ first: fc.boolean(), second: fc.boolean() }),
      part: fc.integer({ min: 0, max: 0xfff }),
      rest: fc.integer({ min: 0, max: 15 }),
      long: fc.integer({ min: 0, max: 0xffffffff }),
      huge: fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }),
      address: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      tail: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(value, (each) => {
        const { value: back, reader } = read(write(each).target);
        expect(back).toEqual(each);
        expect(reader.fault).toBe(-1);
      }),
    );
  });
});
