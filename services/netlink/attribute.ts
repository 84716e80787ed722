import { concatenate, type Field, type Value } from "./field.ts";

const NLA_F_NESTED = 0x8000;
const TYPE_MASK = 0x3fff;
const HEADER = 4;
const HOST_IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** An attribute that no descriptor names, kept as it was. */
export interface RawAttribute {
  /** With its flag bits (NLA_F_NESTED, NLA_F_NET_BYTEORDER). */
  readonly type: number;
  readonly payload: Uint8Array;
}

const aligned = (length: number): number => (length + 3) & ~3;

const encodeRaw = (type: number, payload: Uint8Array): Uint8Array => {
  const length = HEADER + payload.length;
  const bytes = new Uint8Array(aligned(length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, length, HOST_IS_LITTLE);
  view.setUint16(2, type, HOST_IS_LITTLE);
  bytes.set(payload, HEADER);
  return bytes;
};

/**
 * Reads a row of attributes; what follows the first one that does not fit is left out.
 * @throws never
 */
export const readAttributes = (bytes: Uint8Array): readonly RawAttribute[] => {
  const found: RawAttribute[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset + HEADER <= bytes.length) {
    const length = view.getUint16(offset, HOST_IS_LITTLE);
    if (length < HEADER || offset + length > bytes.length) break;
    const type = view.getUint16(offset + 2, HOST_IS_LITTLE);
    found.push({ type, payload: bytes.subarray(offset + HEADER, offset + length) });
    offset += aligned(length);
  }
  return found;
};

/** One attribute of a family: its number and its value. */
export interface Attribute<T> {
  readonly type: number;
  readonly field: Field<T>;
}

/** An attribute with a plain value. */
export const attribute = <T>(type: number, field: Field<T>): Attribute<T> => ({ type, field });

/** An attribute that holds attributes; the flag NLA_F_NESTED is set when written. */
export const nested = <T>(type: number, field: Field<T>): Attribute<T> => ({ type: type | NLA_F_NESTED, field });

type Schema = Readonly<Record<string, Attribute<unknown>>>;
type AttributeValue<A> = A extends Attribute<infer T> ? Value<Field<T>> : never;

/** Values by name, all optional; `unknown` keeps what no descriptor names or could read. */
export type AttributeValues<S extends Schema> = {
  readonly [K in keyof S]?: AttributeValue<S[K]> | undefined;
} & { readonly unknown?: readonly RawAttribute[] | undefined };

/** Declares a row of attributes. A repeated attribute keeps its first value; the others go to `unknown`. */
export const attributes = <S extends Schema>(schema: S): Field<AttributeValues<S>> => {
  const entries = Object.entries(schema);
  const byType = new Map(entries.map(([name, { type, field }]) => [type & TYPE_MASK, { name, field }]));
  return {
    size: undefined,
    decode: (bytes) => {
      const values: Record<string, unknown> = {};
      const unknown: RawAttribute[] = [];
      for (const raw of readAttributes(bytes)) {
        const known = byType.get(raw.type & TYPE_MASK);
        const value = known === undefined || known.name in values ? undefined : known.field.decode(raw.payload);
        if (known === undefined || value === undefined) unknown.push({ type: raw.type, payload: raw.payload.slice() });
        else values[known.name] = value;
      }
      if (unknown.length > 0) values["unknown"] = unknown;
      // The record has the names and types of the schema it was read by.
      return values as AttributeValues<S>;
    },
    encode: (values) => {
      const pieces: Uint8Array[] = [];
      const given: Readonly<Record<string, unknown>> = values;
      for (const [name, { type, field }] of entries) {
        const value = given[name];
        if (value !== undefined) pieces.push(encodeRaw(type, field.encode(value)));
      }
      for (const raw of values.unknown ?? []) pieces.push(encodeRaw(raw.type, raw.payload));
      return concatenate(pieces);
    },
  };
};

/** A row of attributes of one type, each an element of a list (as NFTA_LIST_ELEM). */
export const listOf = <T>(element: Attribute<T>): Field<readonly T[]> => ({
  size: undefined,
  decode: (bytes) => {
    const list: T[] = [];
    for (const raw of readAttributes(bytes)) {
      const value = element.field.decode(raw.payload);
      if (value === undefined || (raw.type & TYPE_MASK) !== (element.type & TYPE_MASK)) return undefined;
      list.push(value);
    }
    return list;
  },
  encode: (list) => concatenate(list.map((value) => encodeRaw(element.type, element.field.encode(value)))),
});
