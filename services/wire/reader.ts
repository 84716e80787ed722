import type { FieldReader, ListCodec, Reserved } from "./fields.ts";

const NONE = new Uint8Array(0);

/**
 * Reads described fields from untrusted octets, big-endian. It never throws: the first field that does not fit sets
 * `fault`, and all later ones read as zero.
 */
export class Reader implements FieldReader {
  readonly bytesRead: Uint8Array;
  position: number;
  /** Nothing at or beyond this offset is read. */
  limit: number;
  /** Offset of the first octet that did not fit, -1 when all did. */
  fault = -1;
  asideOctet = 0;
  private bitOffset = 0;

  constructor(bytes: Uint8Array, position: number, limit: number) {
    this.bytesRead = bytes;
    this.position = position;
    this.limit = Math.min(limit, bytes.length);
  }

  fail(at: number): void {
    if (this.fault < 0) this.fault = at;
    this.position = this.limit;
  }

  constant<const N extends number>(value: N): N {
    return value;
  }

  u8(maximum = 255): number {
    const at = this.position;
    if (at >= this.limit) return this.overrun();
    this.position = at + 1;
    const value = this.bytesRead[at] ?? 0;
    if (value > maximum) this.fail(at);
    return value;
  }

  u16(): number {
    const at = this.position;
    if (at + 2 > this.limit) return this.overrun();
    this.position = at + 2;
    const bytes = this.bytesRead;
    return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  }

  u32(): number {
    const high = this.u16();
    return high * 0x10000 + this.u16();
  }

  u64(): bigint {
    const high = this.u32();
    return (BigInt(high) << 32n) | BigInt(this.u32());
  }

  bit(): boolean {
    const at = this.position;
    if (at >= this.limit) return this.overrun() === 1;
    const shift = 7 - this.bitOffset;
    if (shift === 0) {
      this.bitOffset = 0;
      this.position = at + 1;
    } else this.bitOffset++;
    return (((this.bytesRead[at] ?? 0) >> shift) & 1) === 1;
  }

  bits(width: number): number {
    const start = this.bitOffset;
    const at = this.position;
    const end = start + width;
    if (at + ((end + 7) >> 3) > this.limit) return this.overrun();
    let value = 0;
    let left = width;
    let octet = at;
    let used = start;
    while (left > 0) {
      const take = Math.min(8 - used, left);
      const part = ((this.bytesRead[octet] ?? 0) >> (8 - used - take)) & ((1 << take) - 1);
      value = value * (1 << take) + part;
      left -= take;
      used = 0;
      octet++;
    }
    this.position = at + (end >> 3);
    this.bitOffset = end & 7;
    return value;
  }

  reserved(width: number): Reserved {
    const value = this.bits(width);
    return value === 0 ? undefined : value;
  }

  aside(): number {
    return this.asideOctet;
  }

  reservedAside(): Reserved {
    return this.asideOctet === 0 ? undefined : this.asideOctet;
  }

  address(): Uint8Array {
    return this.bytes(16);
  }

  bytes(length: number): Uint8Array {
    const at = this.position;
    if (at + length > this.limit) {
      this.overrun();
      return NONE;
    }
    this.position = at + length;
    return this.bytesRead.subarray(at, at + length);
  }

  rest(): Uint8Array {
    return this.bytes(this.limit - this.position);
  }

  addresses(): readonly Uint8Array[] {
    const found: Uint8Array[] = [];
    while (this.position < this.limit && this.fault < 0) found.push(this.bytes(16));
    return found;
  }

  list<T>(codec: ListCodec<T>): readonly T[] {
    return codec.read(this);
  }

  private overrun(): number {
    this.fail(this.position);
    return 0;
  }
}
