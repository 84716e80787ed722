import type { Field, Value } from "./field.ts";

/** The fields of a C structure in their order; unnamed holes are `unused` fields. */
export type Shape = Readonly<Record<string, Field<unknown>>>;
export type StructValue<S extends Shape> = { readonly [K in keyof S]: Value<S[K]> };
/** What is left out is zero. */
export type StructInput<S extends Shape> = { readonly [K in keyof S]?: Value<S[K]> | undefined };

/** A C structure of fixed size. */
export interface Struct<S extends Shape> extends Field<StructValue<S>> {
  readonly size: number;
  encode(value: StructInput<S>): Uint8Array;
  /** Reads it from the start of longer input. */
  decodeStart(bytes: Uint8Array): StructValue<S> | undefined;
}

/**
 * Declares a C structure. The compiler's own padding must be named.
 * @throws RangeError when a field has no fixed size (a mistake in the declaration)
 */
export const struct = <S extends Shape>(shape: S): Struct<S> => {
  const fields: { readonly name: string; readonly field: Field<unknown>; readonly offset: number; size: number }[] = [];
  let size = 0;
  for (const [name, field] of Object.entries(shape)) {
    if (field.size === undefined) throw new RangeError(`field ${name} has no fixed size`);
    fields.push({ name, field, offset: size, size: field.size });
    size += field.size;
  }
  const decodeStart = (bytes: Uint8Array): StructValue<S> | undefined => {
    if (bytes.length < size) return undefined;
    const value: Record<string, unknown> = {};
    for (const { name, field, offset, size: length } of fields)
      value[name] = field.decode(bytes.subarray(offset, offset + length));
    // The record has the names and types of the shape it was read by.
    return value as StructValue<S>;
  };
  return {
    size,
    decodeStart,
    decode: (bytes) => (bytes.length === size ? decodeStart(bytes) : undefined),
    encode: (value) => {
      const bytes = new Uint8Array(size);
      for (const { name, field, offset, size: length } of fields) {
        const part = value[name];
        if (part !== undefined) bytes.set(field.encode(part).subarray(0, length), offset);
      }
      return bytes;
    },
  };
};
