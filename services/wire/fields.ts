/** Bits that a receiver ignores and a sender leaves zero; only what was not zero on the wire is kept, to write it again. */
export type Reserved = number | undefined;

/**
 * The vocabulary of message descriptions. A description is a function from these to an object literal whose
 * properties stand in the order of the octets: run with a `Reader` it decodes, run once with a `Describer` it tells
 * names, widths and order, from which the one engine writes.
 */
export interface Fields {
  /** A value that takes no octets here, such as the type number by which the description is chosen. */
  constant<const N extends number>(value: N): N;
  /** 8 bits; a value above `maximum` makes the message malformed. */
  u8(maximum?: number): number;
  u16(): number;
  u32(): number;
  u64(): bigint;
  /** The next bit, most significant first. */
  bit(): boolean;
  /** The next `width` bits (at most 24) as a number. */
  bits(width: number): number;
  /** `width` bits (at most 32) that are ignored. */
  reserved(width: number): Reserved;
  /** The octet that the envelope holds for this message: ICMPv6 Code. */
  aside(): number;
  /** As `aside`, where any value but 0 is ignored or unusual: the Reserved octet of the Mobility Header. */
  reservedAside(): Reserved;
  /** An IPv6 address: 16 octets, a view of the input. */
  address(): Uint8Array;
  /** `length` octets, a view of the input. */
  bytes(length: number): Uint8Array;
  /** All octets up to the end, a view of the input. */
  rest(): Uint8Array;
  /** Addresses up to the end; the message is malformed unless they fill it. */
  addresses(): readonly Uint8Array[];
  /** A list of options up to the end. */
  list<T>(codec: ListCodec<T>): readonly T[];
}

/** How a list of options is read and written by the fields around it. */
export interface ListCodec<T> {
  /** Reads to the reader's limit; what does not fit is told by `reader.fail`. */
  read(reader: FieldReader): readonly T[];
  /** Octets of the list when it begins `start` octets after an 8-octet boundary of the message. */
  lengthOf(items: readonly T[], start: number): number;
  write(writer: FieldWriter, items: readonly T[]): void;
}

/** Fields that are read from octets. */
export interface FieldReader extends Fields {
  readonly bytesRead: Uint8Array;
  position: number;
  /** Nothing at or beyond this offset is read. */
  limit: number;
  /** Says that the octet at this offset does not fit the description. */
  fail(at: number): void;
}

/** Octets that fields are written to; they are zero before. */
export interface FieldWriter {
  readonly target: Uint8Array;
  position: number;
  /** Where the message that is being written begins; alignment counts from there. */
  readonly base: number;
  /** What `aside` fields leave for the envelope. */
  asideOctet: number;
  u8(value: number): void;
  u16(value: number): void;
  u32(value: number): void;
  u64(value: bigint): void;
  /** At most 32 bits; `true` is 1. */
  bits(width: number, value: number | boolean): void;
  /** Writes exactly `length` octets of `value`, all of them when it is left out. */
  bytes(value: Uint8Array, length?: number): void;
}

/** A described value with optional reserved bits, so that those who build messages leave them out. */
export type Shape<T> = T extends Uint8Array | readonly unknown[] | number | bigint | boolean
  ? T
  : { readonly [K in keyof T as undefined extends T[K] ? never : K]: Shape<T[K]> } & {
      readonly [K in keyof T as undefined extends T[K] ? K : never]?: T[K];
    };
