import type { FieldReader, FieldWriter, ListCodec } from "./fields.ts";
import type { Layout } from "./layout.ts";
import type { Octet } from "./octet.ts";

/** An option that this program does not know, kept as it came. `Known` are the type numbers with a description. */
export interface RawOption<Known extends number> {
  readonly type: Exclude<Octet, Known>;
  readonly data: Uint8Array;
}

/** One octet of padding. */
export interface Pad1 {
  readonly type: 0;
}

/** Padding of 2 octets and more; `data` is zero when we build it. */
export interface PadN {
  readonly type: 1;
  readonly data: Uint8Array;
}

/** A described option: its type octet stands at `step * n + offset` from the start of the message. */
export interface OptionCodec<T> {
  readonly type: number;
  readonly layout: Layout<T>;
  readonly step: number;
  readonly offset: number;
}

/** Describes an option with the alignment `[step, offset]` that its RFC asks for. */
export const option = <T>(alignment: readonly [number, number], layout: Layout<T>): OptionCodec<T> => ({
  type: layout.constant,
  layout,
  step: alignment[0],
  offset: alignment[1],
});

/** The type of the option that a codec describes. */
export type DecodedOption<C> = C extends OptionCodec<infer T> ? T : never;

interface AnyOption {
  readonly type: number;
  readonly data?: Uint8Array;
}

const PAD1: Pad1 = { type: 0 };

const isPadding = (item: AnyOption): boolean => item.type < 2;

/** Octets of padding before an option at `position` so that it stands at `step * n + offset`. */
const gap = (position: number, step: number, offset: number): number => (step + offset - (position % step)) % step;

/**
 * Type-length-value options with Pad1 and PadN, as in the Mobility Header (RFC 6275 §6.2.1) and in Hop-by-Hop and
 * Destination Options headers (RFC 8200 §4.2). An option that overruns, or a known one of wrong length, is a fault.
 * A list that holds padding is written as listed; else options are aligned as their RFC asks, and the end is padded
 * to a multiple of 8 octets either way.
 */
export const optionList = <T extends { readonly type: number }>(
  codecs: readonly OptionCodec<T>[],
): ListCodec<T | Pad1 | PadN | RawOption<T["type"] | 0 | 1>> => {
  type Item = T | Pad1 | PadN | RawOption<T["type"] | 0 | 1>;
  // Each codec takes only values of its own type number, so inside the list they are codecs of anything.
  const known: (OptionCodec<unknown> | undefined)[] = new Array(256).fill(undefined);
  for (const codec of codecs) known[codec.type] = codec;

  const readOne = (reader: FieldReader, type: number, at: number): Item => {
    const length = reader.bytesRead[at + 1] ?? 0;
    const end = at + 2 + length;
    const codec = known[type];
    reader.position = at + 2;
    if (codec === undefined) return { type, data: reader.bytes(length) } as Item;
    const { fixedLength, variable } = codec.layout;
    if (length < fixedLength || (length > fixedLength && !variable)) {
      reader.fail(at + 1);
      return PAD1;
    }
    const outer = reader.limit;
    reader.limit = end;
    const value = codec.layout.read(reader);
    reader.limit = outer;
    return value as Item;
  };

  const read = (reader: FieldReader): readonly Item[] => {
    const items: Item[] = [];
    const bytes = reader.bytesRead;
    while (reader.position < reader.limit) {
      const at = reader.position;
      const type = bytes[at] ?? 0;
      if (type === 0) {
        reader.position = at + 1;
        items.push(PAD1);
        continue;
      }
      if (at + 2 > reader.limit || at + 2 + (bytes[at + 1] ?? 0) > reader.limit) {
        reader.fail(at);
        break;
      }
      items.push(readOne(reader, type, at));
    }
    return items;
  };

  const dataLength = (item: AnyOption): number => {
    const codec = known[item.type];
    return codec === undefined ? (item.data?.length ?? 0) : codec.layout.lengthOf(item, 0);
  };

  const isListed = (items: readonly AnyOption[]): boolean => {
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item !== undefined && isPadding(item)) return true;
    }
    return false;
  };

  const lengthOf = (items: readonly Item[], start: number): number => {
    const listed = isListed(items);
    let position = start;
    for (let i = 0; i < items.length; i++) {
      const item: AnyOption | undefined = items[i];
      if (item === undefined) continue;
      if (item.type === 0) {
        position++;
        continue;
      }
      const codec = known[item.type];
      if (!listed && codec !== undefined) position += gap(position, codec.step, codec.offset);
      position += 2 + dataLength(item);
    }
    return position + gap(position, 8, 0) - start;
  };

  const pad = (writer: FieldWriter, count: number): void => {
    // One octet is Pad1, which is all zero; more are one PadN (RFC 6275 §6.2.2, §6.2.3).
    if (count > 1) {
      writer.target[writer.position] = 1;
      writer.target[writer.position + 1] = count - 2;
    }
    writer.position += count;
  };

  const writeOne = (writer: FieldWriter, item: AnyOption): void => {
    const length = dataLength(item);
    const codec = known[item.type];
    writer.u8(item.type);
    writer.u8(length);
    if (codec !== undefined) codec.layout.write(writer, item);
    else if (item.data !== undefined) writer.bytes(item.data);
  };

  const write = (writer: FieldWriter, items: readonly Item[]): void => {
    const listed = isListed(items);
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      if (item === undefined) continue;
      if (item.type === 0) {
        writer.position++;
        continue;
      }
      const codec = known[item.type];
      if (!listed && codec !== undefined) pad(writer, gap(writer.position - writer.base, codec.step, codec.offset));
      writeOne(writer, item);
    }
    pad(writer, gap(writer.position - writer.base, 8, 0));
  };

  return { read, lengthOf, write };
};
