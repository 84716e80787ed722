import type { FieldWriter } from "./fields.ts";

/** Writes fields into octets that are zero before, big-endian; the caller has reckoned the length. */
export class Writer implements FieldWriter {
  readonly target: Uint8Array;
  position: number;
  readonly base: number;
  asideOctet = 0;
  private bitOffset = 0;

  constructor(target: Uint8Array, position: number) {
    this.target = target;
    this.position = position;
    this.base = position;
  }

  u8(value: number): void {
    this.target[this.position++] = value;
  }

  u16(value: number): void {
    const at = this.position;
    this.target[at] = value >>> 8;
    this.target[at + 1] = value;
    this.position = at + 2;
  }

  u32(value: number): void {
    const at = this.position;
    this.target[at] = value >>> 24;
    this.target[at + 1] = value >>> 16;
    this.target[at + 2] = value >>> 8;
    this.target[at + 3] = value;
    this.position = at + 4;
  }

  u64(value: bigint): void {
    this.u32(Number(BigInt.asUintN(32, value >> 32n)));
    this.u32(Number(BigInt.asUintN(32, value)));
  }

  /** At most 32 bits; `true` is 1. */
  bits(width: number, value: number | boolean): void {
    const bits = Number(value);
    const { target } = this;
    let left = width;
    while (left > 0) {
      const room = 8 - this.bitOffset;
      const take = Math.min(room, left);
      left -= take;
      if (bits !== 0) {
        const part = (bits >>> left) & ((1 << take) - 1);
        target[this.position] = (target[this.position] ?? 0) | (part << (room - take));
      }
      if (take === room) {
        this.bitOffset = 0;
        this.position++;
      } else this.bitOffset += take;
    }
  }

  /** Writes exactly `length` octets of `value`, all of them when it is negative. */
  bytes(value: Uint8Array, length: number = -1): void {
    const { target } = this;
    const at = this.position;
    const count = length < 0 ? value.length : length;
    for (let i = 0; i < count; i++) target[at + i] = value[i] ?? 0;
    this.position = at + count;
  }
}
