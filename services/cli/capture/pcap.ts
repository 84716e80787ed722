import { failed, ok, type Result } from "#wire/result.ts";
import type { ByteQueue } from "./byte-queue.ts";
import { type CaptureItem, PACKET_LIMIT, SEARCH_LIMIT } from "./capture-item.ts";

/** Form of a pcap file, told by its first four octets (draft-ietf-opsawg-pcap §4). */
interface Form {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  /** Octets of a record header; 24 in the form of Kuznetzov's patch. */
  readonly header: number;
}

const FORMS: ReadonlyMap<number, Form> = new Map([
  [0xa1b2c3d4, { littleEndian: false, nanoseconds: false, header: 16 }],
  [0xd4c3b2a1, { littleEndian: true, nanoseconds: false, header: 16 }],
  [0xa1b23c4d, { littleEndian: false, nanoseconds: true, header: 16 }],
  [0x4d3cb2a1, { littleEndian: true, nanoseconds: true, header: 16 }],
  [0xa1b2cd34, { littleEndian: false, nanoseconds: false, header: 24 }],
  [0x34cdb2a1, { littleEndian: true, nanoseconds: false, header: 24 }],
]);

/** A record header as read. */
interface RecordHeader {
  readonly seconds: number;
  readonly fraction: number;
  readonly captured: number;
  readonly original: number;
}

const headerAt = (octets: Uint8Array, at: number, form: Form): RecordHeader | undefined => {
  if (octets.length < at + form.header) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset + at);
  const word = (index: number): number => view.getUint32(index * 4, form.littleEndian);
  return { seconds: word(0), fraction: word(1), captured: word(2), original: word(3) };
};

const isSound = (header: RecordHeader, form: Form): boolean =>
  header.captured <= PACKET_LIMIT &&
  header.captured <= header.original &&
  header.original <= 16 * PACKET_LIMIT &&
  header.fraction < (form.nanoseconds ? 1e9 : 1e6);

/**
 * Reads a pcap file from its start.
 * @param magic its first four octets as a big-endian number
 * @returns undefined when it is no pcap file
 */
export const readPcap = async (
  queue: ByteQueue,
  magic: number,
): Promise<Result<AsyncIterable<CaptureItem>, string> | undefined> => {
  const form = FORMS.get(magic);
  if (form === undefined) return undefined;
  const header = await queue.take(24);
  if (header.length < 24) return failed("the file ends within its header");
  const view = new DataView(header.buffer, header.byteOffset);
  const major = view.getUint16(4, form.littleEndian);
  if (major !== 2) return failed(`version ${major} of pcap is unknown`);
  // The upper half of the field tells of frame check sequences.
  return ok(readRecords(queue, form, view.getUint32(20, form.littleEndian) & 0xffff));
};

async function* readRecords(queue: ByteQueue, form: Form, linkType: number): AsyncGenerator<CaptureItem> {
  for (;;) {
    const { offset } = queue;
    const octets = await queue.peek(form.header);
    if (octets.length === 0) return;
    const header = headerAt(octets, 0, form);
    if (header === undefined) {
      yield { kind: "damage", offset, message: "the file ends within a record header" };
      return;
    }
    if (!isSound(header, form)) {
      const skipped = await findRecord(queue, form);
      const message = "this is no record header";
      yield { kind: "damage", offset, message: `${message}; ${skipped} octets are skipped` };
      continue;
    }
    await queue.take(form.header);
    const data = await queue.take(header.captured);
    const scale = form.nanoseconds ? 1n : 1000n;
    if (data.length < header.captured) {
      yield {
        kind: "damage",
        offset,
        message: `the file ends within a packet, ${header.captured - data.length} octets are missing`,
      };
    }
    yield {
      kind: "packet",
      time: BigInt(header.seconds) * 1_000_000_000n + BigInt(header.fraction) * scale,
      linkType,
      data,
      originalLength: header.original,
      comments: [],
    };
  }
}

/**
 * Skips to the next place where two sound records follow each other or one ends the file.
 * @returns octets skipped
 */
const findRecord = async (queue: ByteQueue, form: Form): Promise<number> => {
  const window = await queue.peek(SEARCH_LIMIT + PACKET_LIMIT);
  const end = Math.min(window.length, SEARCH_LIMIT);
  for (let at = 1; at < end; at += 1) {
    const header = headerAt(window, at, form);
    if (header === undefined || header.captured === 0 || !isSound(header, form)) continue;
    const behind = at + form.header + header.captured;
    const next = headerAt(window, behind, form);
    if (behind !== window.length && (next === undefined || !isSound(next, form) || next.captured === 0)) continue;
    await queue.skip(at);
    return at;
  }
  await queue.skip(end);
  return end;
};
