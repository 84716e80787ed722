import type { FieldReader, FieldWriter, ListCodec } from "#wire/fields.ts";
import type { OptionCodec, RawOption } from "#wire/option-list.ts";

interface AnyOption {
  readonly type: number;
  readonly data?: Uint8Array;
}

/**
 * Options of Neighbor Discovery: type, length in units of 8 octets, data (RFC 4861 §4.6). A length of 0, an overrun, or
 * a known option that is too short makes the whole message malformed (RFC 4861 §6.1.1).
 */
export const neighborOptionList = <T extends { readonly type: number }>(
  codecs: readonly OptionCodec<T>[],
): ListCodec<T | RawOption<T["type"]>> => {
  type Item = T | RawOption<T["type"]>;
  const known: (OptionCodec<unknown> | undefined)[] = new Array(256).fill(undefined);
  for (const codec of codecs) known[codec.type] = codec;

  const readOne = (reader: FieldReader, type: number, at: number, end: number): Item => {
    const codec = known[type];
    reader.position = at + 2;
    // The list makes an item by the description of its type number, else raw.
    if (codec === undefined) return { type, data: reader.bytes(end - at - 2) } as Item;
    const { fixedLength, variable } = codec.layout;
    if (end - at - 2 < fixedLength || (end - at - 2 !== fixedLength && !variable)) reader.fail(at + 1);
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
      const length = (bytes[at + 1] ?? 0) * 8;
      if (at + 2 > reader.limit || length === 0 || at + length > reader.limit) {
        reader.fail(at);
        break;
      }
      items.push(readOne(reader, bytes[at] ?? 0, at, at + length));
    }
    return items;
  };

  const lengthOfOne = (item: AnyOption): number => {
    const codec = known[item.type];
    const data = codec === undefined ? (item.data?.length ?? 0) : codec.layout.lengthOf(item, 0);
    return (data + 9) & ~7;
  };

  const lengthOf = (items: readonly Item[]): number => {
    let length = 0;
    for (const item of items) length += lengthOfOne(item);
    return length;
  };

  const write = (writer: FieldWriter, items: readonly Item[]): void => {
    for (const item of items as readonly AnyOption[]) {
      const start = writer.position;
      const length = lengthOfOne(item);
      writer.u8(item.type);
      writer.u8(length >> 3);
      const codec = known[item.type];
      if (codec !== undefined) codec.layout.write(writer, item);
      else if (item.data !== undefined) writer.bytes(item.data);
      writer.position = start + length;
    }
  };

  return { read, lengthOf, write };
};
