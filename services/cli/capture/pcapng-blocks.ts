import { failed, ok, type Result } from "#wire/result.ts";
import type { CapturedPacket } from "./capture-item.ts";

/** An interface as its block describes it (draft-ietf-opsawg-pcapng §4.2). */
export interface Interface {
  readonly linkType: number;
  /** Most octets of a packet that were kept; 0 for all. */
  readonly snapLength: number;
  /** Ticks of its time stamps in a second. */
  readonly ticks: bigint;
  /** Seconds to be added to its time stamps. */
  readonly offset: bigint;
}

const OPTION = { end: 0, comment: 1, timeResolution: 9, timeOffset: 14 } as const;
/** Options of a block that are looked at. */
const OPTION_COUNT_LIMIT = 256;

interface BlockOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** Options from `at` to the end of a block; what does not fit ends the list. */
const readOptions = (body: Uint8Array, at: number, littleEndian: boolean): readonly BlockOption[] => {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const options: BlockOption[] = [];
  let position = at;
  while (position + 4 <= body.length && options.length < OPTION_COUNT_LIMIT) {
    const code = view.getUint16(position, littleEndian);
    const length = view.getUint16(position + 2, littleEndian);
    if (code === OPTION.end || position + 4 + length > body.length) break;
    options.push({ code, value: body.subarray(position + 4, position + 4 + length) });
    position += 4 + padded(length);
  }
  return options;
};

const padded = (length: number): number => (length + 3) & ~3;

/** @returns the interface of an Interface Description Block's body, or undefined when it is too short */
export const readInterface = (body: Uint8Array, littleEndian: boolean): Interface | undefined => {
  if (body.length < 8) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  let ticks = 1_000_000n;
  let offset = 0n;
  for (const { code, value } of readOptions(body, 8, littleEndian)) {
    const [resolution] = value;
    if (code === OPTION.timeResolution && resolution !== undefined) ticks = ticksOf(resolution);
    if (code === OPTION.timeOffset && value.length === 8) {
      offset = new DataView(value.buffer, value.byteOffset).getBigInt64(0, littleEndian);
    }
  }
  return {
    linkType: view.getUint16(0, littleEndian),
    snapLength: view.getUint32(4, littleEndian),
    ticks,
    offset,
  };
};

/** The top bit says whether the rest is a negative power of 2 or of 10. */
const ticksOf = (resolution: number): bigint =>
  resolution & 0x80 ? 1n << BigInt(resolution & 0x7f) : 10n ** BigInt(Math.min(resolution, 30));

/** What a packet block needs of its section. */
interface Surroundings {
  /** 2: Packet Block, 3: Simple Packet Block, 6: Enhanced Packet Block (§4.3, §4.4, appendix A). */
  readonly type: 2 | 3 | 6;
  readonly littleEndian: boolean;
  readonly interfaces: readonly Interface[];
}

/** @returns the packet of a packet block's body, or a sentence why it has none */
export const readPacket = (
  body: Uint8Array,
  { type, littleEndian, interfaces }: Surroundings,
): Result<CapturedPacket, string> => {
  const headerLength = type === 3 ? 4 : 20;
  if (body.length < headerLength) return failed("a packet block is too short");
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const index = type === 3 ? 0 : type === 2 ? view.getUint16(0, littleEndian) : view.getUint32(0, littleEndian);
  const source = interfaces[index];
  if (source === undefined) return failed(`a packet names the interface ${index}, which is not described`);
  const originalLength = view.getUint32(headerLength - 4, littleEndian);
  const whole = source.snapLength === 0 ? originalLength : Math.min(originalLength, source.snapLength);
  const captured = type === 3 ? Math.min(whole, body.length - 4) : view.getUint32(12, littleEndian);
  const data = body.subarray(headerLength, headerLength + captured);
  if (data.length < captured) return failed(`a packet of ${captured} octets does not fit its block`);
  const stamp =
    (BigInt(type === 3 ? 0 : view.getUint32(4, littleEndian)) << 32n) |
    BigInt(view.getUint32(type === 3 ? 0 : 8, littleEndian));
  const comments = type === 3 ? [] : readOptions(body, headerLength + padded(captured), littleEndian);
  return ok({
    kind: "packet",
    time: type === 3 ? undefined : source.offset * 1_000_000_000n + (stamp * 1_000_000_000n) / source.ticks,
    linkType: source.linkType,
    data,
    originalLength,
    comments: comments
      .filter(({ code }) => code === OPTION.comment)
      .map(({ value }) => Buffer.from(value).toString("utf8")),
  });
};
