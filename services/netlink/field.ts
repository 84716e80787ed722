/**
 * One value as netlink carries it: how it is read and written. Netlink is host-endian; fields named `be…` are in
 * network order all the same.
 */
export interface Field<T> {
  /** Octets it takes; undefined when that depends on the value. */
  readonly size: number | undefined;
  /** @returns undefined when the octets are not such a value; never throws */
  decode(bytes: Uint8Array): T | undefined;
  encode(value: T): Uint8Array;
}

/** The type of the values of a field. */
export type Value<F> = F extends Field<infer T> ? T : never;

const HOST_IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const integer = (
  size: number,
  read: (view: DataView) => number,
  write: (view: DataView, value: number) => void,
): Field<number> => ({
  size,
  decode: (bytes) => (bytes.length === size ? read(viewOf(bytes)) : undefined),
  encode: (value) => {
    const bytes = new Uint8Array(size);
    write(viewOf(bytes), value);
    return bytes;
  },
});

const long = (little: boolean): Field<bigint> => ({
  size: 8,
  decode: (bytes) => (bytes.length === 8 ? viewOf(bytes).getBigUint64(0, little) : undefined),
  encode: (value) => {
    const bytes = new Uint8Array(8);
    viewOf(bytes).setBigUint64(0, value, little);
    return bytes;
  },
});

export const u8 = integer(
  1,
  (v) => v.getUint8(0),
  (v, n) => v.setUint8(0, n),
);
export const u16 = integer(
  2,
  (v) => v.getUint16(0, HOST_IS_LITTLE),
  (v, n) => v.setUint16(0, n, HOST_IS_LITTLE),
);
export const u32 = integer(
  4,
  (v) => v.getUint32(0, HOST_IS_LITTLE),
  (v, n) => v.setUint32(0, n, HOST_IS_LITTLE),
);
export const i32 = integer(
  4,
  (v) => v.getInt32(0, HOST_IS_LITTLE),
  (v, n) => v.setInt32(0, n, HOST_IS_LITTLE),
);
export const be16 = integer(
  2,
  (v) => v.getUint16(0),
  (v, n) => v.setUint16(0, n),
);
export const be32 = integer(
  4,
  (v) => v.getUint32(0),
  (v, n) => v.setUint32(0, n),
);
export const u64 = long(HOST_IS_LITTLE);
export const be64 = long(false);

/** Octets of a fixed number, or any number when `size` is left out. */
export const octets = (size?: number): Field<Uint8Array> => ({
  size,
  decode: (bytes) => (size === undefined || bytes.length === size ? bytes.slice() : undefined),
  encode: (value) => value,
});

/** An IPv6 address in network order. */
export const address6 = octets(16);

/** Octets that a structure leaves unused: zero when written, ignored when read. */
export const unused = (size: number): Field<undefined> => ({
  size,
  decode: () => undefined,
  encode: () => new Uint8Array(size),
});

/** Text of the kernel: ends with a zero octet, which is not part of the value. */
export const text: Field<string> = {
  size: undefined,
  decode: (bytes) => {
    const end = bytes.indexOf(0);
    return new TextDecoder("latin1").decode(end < 0 ? bytes : bytes.subarray(0, end));
  },
  encode: (value) => new Uint8Array([...new TextEncoder().encode(value), 0]),
};

/** An attribute that says by being there. */
export const flag: Field<true> = {
  size: 0,
  decode: (bytes) => (bytes.length === 0 ? true : undefined),
  encode: () => new Uint8Array(0),
};

/** Puts pieces one after the other. */
export const concatenate = (pieces: readonly Uint8Array[]): Uint8Array => {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
};
