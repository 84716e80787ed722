import type { ByteQueue } from "./byte-queue.ts";
import { type CaptureItem, PACKET_LIMIT, SEARCH_LIMIT } from "./capture-item.ts";
import { type Interface, readInterface, readPacket } from "./pcapng-blocks.ts";

/** Block types (draft-ietf-opsawg-pcapng §11.1) whose content matters here. */
const BLOCK = { sectionHeader: 0x0a0d0d0a, interface: 1, packet: 2, simplePacket: 3, enhancedPacket: 6 } as const;

/** Octets of a block that is looked into; it holds one packet and its options. A longer one is skipped. */
const BLOCK_LIMIT = PACKET_LIMIT + 128 * 1024;
/** Interfaces that a section may describe. */
const INTERFACE_LIMIT = 4096;

/** A section: its byte order, and the interfaces in the order of their blocks. */
interface Section {
  readonly littleEndian: boolean;
  readonly interfaces: Interface[];
}

/** Reads a pcapng file from its start, where a section header stands. */
export async function* readPcapng(queue: ByteQueue): AsyncGenerator<CaptureItem> {
  let section: Section = { littleEndian: true, interfaces: [] };
  for (;;) {
    const { offset } = queue;
    const damage = (message: string): CaptureItem => ({ kind: "damage", offset, message });
    const start = await queue.peek(12);
    if (start.length === 0) return;
    if (start.length < 12) {
      yield damage("the file ends within a block");
      return;
    }
    const littleEndian = byteOrderOf(start) ?? section.littleEndian;
    const type = numberAt(start, 0, littleEndian);
    const length = numberAt(start, 4, littleEndian);
    if (length < 12 || length % 4 !== 0 || (type === BLOCK.sectionHeader && byteOrderOf(start) === undefined)) {
      yield damage(`this is no block; ${await findBlock(queue, littleEndian)} octets are skipped`);
      continue;
    }
    if (length > BLOCK_LIMIT) {
      const skipped = await findBlock(queue, littleEndian);
      yield damage(`a block of ${length} octets is too long; ${skipped} octets are skipped`);
      continue;
    }
    const block = await queue.peek(length);
    const complete = block.length === length && numberAt(block, length - 4, littleEndian) === length;
    if (block.length === length && !complete) {
      yield damage(
        `the lengths at both ends of a block differ; ${await findBlock(queue, littleEndian)} octets are skipped`,
      );
      continue;
    }
    await queue.take(length);
    if (!complete) yield damage(`the file ends within a block, ${length - block.length} octets are missing`);
    const body = block.subarray(8, complete ? length - 4 : block.length);
    if (type === BLOCK.sectionHeader) section = { littleEndian, interfaces: [] };
    else if (type === BLOCK.interface) {
      const described = readInterface(body, littleEndian);
      if (described === undefined || section.interfaces.length >= INTERFACE_LIMIT) yield damage("this is no interface");
      else section.interfaces.push(described);
    } else if (type === BLOCK.packet || type === BLOCK.simplePacket || type === BLOCK.enhancedPacket) {
      const packet = readPacket(body, { type, littleEndian, interfaces: section.interfaces });
      yield packet.ok ? packet.value : damage(packet.error);
    }
  }
}

const numberAt = (octets: Uint8Array, at: number, littleEndian: boolean): number =>
  new DataView(octets.buffer, octets.byteOffset).getUint32(at, littleEndian);

/** Byte order of a section header; undefined when the 12 octets begin none. */
const byteOrderOf = (start: Uint8Array): boolean | undefined => {
  if (numberAt(start, 0, false) !== BLOCK.sectionHeader) return undefined;
  const magic = numberAt(start, 8, false);
  return magic === 0x1a2b3c4d ? false : magic === 0x4d3c2b1a ? true : undefined;
};

/**
 * Skips to the next whole block of a known type.
 * @returns octets skipped
 */
const findBlock = async (queue: ByteQueue, littleEndian: boolean): Promise<number> => {
  const window = await queue.peek(SEARCH_LIMIT + BLOCK_LIMIT);
  const end = Math.min(window.length, SEARCH_LIMIT);
  for (let at = 1; at + 12 <= end; at += 1) {
    const order = byteOrderOf(window.subarray(at, at + 12)) ?? littleEndian;
    const type = numberAt(window, at, order);
    if (type !== BLOCK.sectionHeader && (type === 0 || type > 10)) continue;
    const length = numberAt(window, at + 4, order);
    if (length < 12 || length % 4 !== 0 || at + length > window.length) continue;
    if (numberAt(window, at + length - 4, order) !== length) continue;
    await queue.skip(at);
    return at;
  }
  await queue.skip(end);
  return end;
};
