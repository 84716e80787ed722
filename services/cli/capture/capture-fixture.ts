import { readFileSync } from "node:fs";

/** A packet of the corpus (test/vectors/corpus/packets.json). */
interface CorpusPacket {
  readonly name: string;
  readonly class: "valid" | "hostile";
  readonly octets: Uint8Array;
  readonly typeName: string | undefined;
}

interface CorpusFile {
  readonly packets: readonly {
    readonly name: string;
    readonly class: "valid" | "hostile";
    readonly hex: string;
    readonly fields?: { readonly mh?: { readonly typeName: string } };
  }[];
}

/** The packets of the corpus, for tests. */
export const corpusPackets = (): readonly CorpusPacket[] => {
  const file = new URL("../../../test/vectors/corpus/packets.json", import.meta.url);
  const { packets }: CorpusFile = JSON.parse(readFileSync(file, "utf8"));
  return packets.map((packet) => ({
    name: packet.name,
    class: packet.class,
    octets: new Uint8Array(Buffer.from(packet.hex, "hex")),
    typeName: packet.fields?.mh?.typeName,
  }));
};

/** How a capture for a test is written. */
export interface CaptureForm {
  readonly littleEndian: boolean;
  /** Nanoseconds, else microseconds. */
  readonly nanoseconds: boolean;
  readonly linkType: number;
}

const words = (littleEndian: boolean, ...values: readonly number[]): Buffer => {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) {
    if (littleEndian) buffer.writeUInt32LE(value >>> 0, index * 4);
    else buffer.writeUInt32BE(value >>> 0, index * 4);
  }
  return buffer;
};

const halves = (littleEndian: boolean, high: number, low: number): number =>
  littleEndian ? (low << 16) | high : (high << 16) | low;

/** Writes a pcap file whose packets are one second apart from 1970 on. */
export const writePcap = (frames: readonly Uint8Array[], form: CaptureForm): Uint8Array => {
  const { littleEndian, nanoseconds, linkType } = form;
  const magic = nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
  const header = words(littleEndian, magic, halves(littleEndian, 2, 4), 0, 0, 65_535, linkType);
  const records = frames.map((frame, index) =>
    Buffer.concat([words(littleEndian, index, nanoseconds ? 123_456_789 : 123_456, frame.length, frame.length), frame]),
  );
  return Buffer.concat([header, ...records]);
};

/** Writes one pcapng block around a body whose length is a multiple of 4. */
export const writeBlock = (littleEndian: boolean, type: number, body: Uint8Array): Buffer => {
  const length = words(littleEndian, body.length + 12);
  return Buffer.concat([words(littleEndian, type), length, body, length]);
};

const padTo4 = (octets: Uint8Array): Buffer => Buffer.concat([octets, Buffer.alloc((4 - (octets.length % 4)) % 4)]);

/** Writes a pcapng file: one section, one interface, enhanced packet blocks with a comment, "packet N". */
export const writePcapng = (frames: readonly Uint8Array[], form: CaptureForm): Uint8Array => {
  const { littleEndian, nanoseconds, linkType } = form;
  const section = words(littleEndian, 0x1a2b3c4d, halves(littleEndian, 1, 0), 0xffffffff, 0xffffffff);
  const resolution = words(littleEndian, halves(littleEndian, 9, 1));
  const about = [words(littleEndian, halves(littleEndian, linkType, 0), 0)];
  if (nanoseconds) about.push(resolution, Buffer.from([9, 0, 0, 0]), words(littleEndian, 0));
  const packets = frames.map((frame, index) => {
    const ticks = BigInt(index) * (nanoseconds ? 1_000_000_000n : 1_000_000n) + (nanoseconds ? 123_456_789n : 123_456n);
    const stamp = [Number(ticks >> 32n), Number(ticks & 0xffff_ffffn)];
    const comment = Buffer.from(`packet ${index + 1}`);
    const option = Buffer.concat([words(littleEndian, halves(littleEndian, 1, comment.length)), padTo4(comment)]);
    const head = words(littleEndian, 0, ...stamp, frame.length, frame.length);
    return writeBlock(littleEndian, 6, Buffer.concat([head, padTo4(frame), option, words(littleEndian, 0)]));
  });
  return Buffer.concat([
    writeBlock(littleEndian, 0x0a0d0d0a, section),
    writeBlock(littleEndian, 1, Buffer.concat(about)),
    ...packets,
  ]);
};
