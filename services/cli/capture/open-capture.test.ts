import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CaptureForm, corpusPackets, writeBlock, writePcap, writePcapng } from "./capture-fixture.ts";
import type { CapturedPacket, CaptureItem } from "./capture-item.ts";
import { openCapture } from "./open-capture.ts";

async function* inChunks(octets: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

const read = async (octets: Uint8Array, size = 1000): Promise<readonly CaptureItem[] | string> => {
  const capture = await openCapture(inChunks(octets, size));
  if (!capture.ok) return capture.error;
  const items: CaptureItem[] = [];
  for await (const item of capture.value) items.push(item);
  return items;
};

const packetsOf = (items: readonly CaptureItem[] | string): readonly CapturedPacket[] =>
  typeof items === "string" ? [] : items.filter((item) => item.kind === "packet");
const damagesOf = (items: readonly CaptureItem[] | string): number =>
  typeof items === "string" ? 0 : items.filter((item) => item.kind === "damage").length;

const frames = corpusPackets()
  .slice(0, 12)
  .map(({ octets }) => octets);
const form: CaptureForm = { littleEndian: true, nanoseconds: false, linkType: 229 };
const writers = { pcap: writePcap, pcapng: writePcapng } as const;

describe.each(["pcap", "pcapng"] as const)("%s", (format) => {
  const write = writers[format];

  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])("is read whatever byte order (little: %s) and time unit (ns: %s)", async (littleEndian, nanoseconds) => {
    const packets = packetsOf(await read(write(frames, { littleEndian, nanoseconds, linkType: 101 }), 7));
    expect(packets.map(({ data }) => Buffer.from(data).toString("hex"))).toEqual(
      frames.map((frame) => Buffer.from(frame).toString("hex")),
    );
    const fraction = nanoseconds ? 123_456_789n : 123_456_000n;
    expect(packets.map(({ time }) => time)).toEqual(
      frames.map((_, index) => BigInt(index) * 1_000_000_000n + fraction),
    );
    expect(new Set(packets.map(({ linkType }) => linkType))).toEqual(new Set([101]));
    if (format === "pcapng") expect(packets[3]?.comments).toEqual(["packet 4"]);
  });

  test("cut off at any octet, gives the packets before the cut and names the damage", async () => {
    const few = frames.slice(0, 3);
    const octets = write(few, form);
    const ends = few.map((_, index) => write(few.slice(0, index + 1), form).length);
    for (let end = 24; end < octets.length; end += 1) {
      const items = await read(octets.subarray(0, end));
      const whole = ends.filter((packetEnd) => packetEnd <= end).length;
      expect(packetsOf(items).length, `cut at ${end}`).toBeGreaterThanOrEqual(whole);
      expect(packetsOf(items).length, `cut at ${end}`).toBeLessThanOrEqual(whole + 1);
    }
    for (let end = 0; end < 24; end += 1) await read(octets.subarray(0, end));
    expect(damagesOf(await read(octets.subarray(0, octets.length - 1)))).toBe(1);
  });

  test("with any octets changed, is read to its end without an exception", async () => {
    const octets = write(frames, form);
    const change = fc.tuple(fc.nat(octets.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 20 }), async (changes) => {
        const mutated = Uint8Array.from(octets);
        for (const [at, value] of changes) mutated[at] = value;
        await read(mutated, 333);
      }),
      { numRuns: 300 },
    );
  });

  test("with one damaged record, goes on with the next sound one", async () => {
    const octets = Uint8Array.from(write(frames, form));
    const start = write(frames.slice(0, 4), form).length;
    octets.fill(0xff, start, start + 12);
    const items = await read(octets);
    expect(damagesOf(items)).toBe(1);
    expect(packetsOf(items).length).toBe(frames.length - 1);
  });
});

test("any octets behind a magic number are survived", async () => {
  const starts = [0xa1b2c3d4, 0x4d3cb2a1, 0x0a0d0d0a, 0xa1b2cd34].map((magic) => {
    const start = Buffer.alloc(4);
    start.writeUInt32BE(magic);
    return start;
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 400 }), async (start, rest) => {
      await read(Buffer.concat([start, rest]));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["", "the file is empty"],
  ["abc", "too short"],
  ["hello, world", "neither a pcap nor a pcapng file"],
  ["\x1f\x8b\x08\x00\x00\x00", "compressed"],
])("%j is no capture", async (text, words) => {
  expect(await read(Buffer.from(text, "latin1"))).toContain(words);
});

describe("pcapng", () => {
  const oneSection = writePcapng(frames.slice(0, 2), form);

  test("sections may differ in byte order and interfaces", async () => {
    const other = writePcapng(frames.slice(2, 4), { littleEndian: false, nanoseconds: true, linkType: 1 });
    const packets = packetsOf(await read(Buffer.concat([oneSection, other])));
    expect(packets.map(({ linkType }) => linkType)).toEqual([229, 229, 1, 1]);
  });

  test("simple packet blocks have no time, unknown blocks are skipped", async () => {
    const head = oneSection.subarray(0, 28 + 20);
    const body = Buffer.concat([Buffer.from([48, 0, 0, 0]), frames[0] ?? Buffer.alloc(48)]);
    const unknown = writeBlock(true, 0x80000001, Buffer.alloc(40, 1));
    const packets = packetsOf(await read(Buffer.concat([head, unknown, writeBlock(true, 3, body)])));
    expect(packets.map(({ time, data }) => [time, data.length])).toEqual([[undefined, 48]]);
  });

  test("a packet of an interface that is not described is named, reading goes on", async () => {
    const body = Buffer.alloc(20);
    body.writeUInt32LE(7);
    const items = await read(Buffer.concat([oneSection, writeBlock(true, 6, body), oneSection]));
    expect(damagesOf(items)).toBe(1);
    expect(packetsOf(items).length).toBe(4);
  });
});
