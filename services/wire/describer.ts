import type { Fields, ListCodec, Reserved } from "./fields.ts";

/** What a field of a description is, as the writer needs to know it. */
export type FieldKind =
  | { readonly kind: "constant" | "aside" | "rest" | "addresses" }
  | { readonly kind: "integer"; readonly octets: 1 | 2 | 4 | 8 }
  | { readonly kind: "bits"; readonly width: number }
  | { readonly kind: "octets"; readonly length: number }
  | { readonly kind: "list"; readonly codec: ListCodec<unknown> };

/** What the describer leaves in the place of a value. */
export class FieldMark {
  readonly field: FieldKind;

  constructor(field: FieldKind) {
    this.field = field;
  }
}

/**
 * Runs a description to learn its fields. The marks it returns pass for the values that a `Reader` would return, which
 * the type system cannot know: hence the cast in `mark`, and only there.
 */
export class Describer implements Fields {
  bitCount = 0;
  count = 0;
  constantValue = -1;

  private mark<T>(bits: number, field: FieldKind): T {
    this.bitCount += bits;
    this.count++;
    return new FieldMark(field) as unknown as T;
  }

  constant<const N extends number>(value: N): N {
    this.constantValue = value;
    return this.mark(0, { kind: "constant" });
  }

  u8(): number {
    return this.mark(8, { kind: "integer", octets: 1 });
  }

  u16(): number {
    return this.mark(16, { kind: "integer", octets: 2 });
  }

  u32(): number {
    return this.mark(32, { kind: "integer", octets: 4 });
  }

  u64(): bigint {
    return this.mark(64, { kind: "integer", octets: 8 });
  }

  bit(): boolean {
    return this.mark(1, { kind: "bits", width: 1 });
  }

  bits(width: number): number {
    return this.mark(width, { kind: "bits", width });
  }

  reserved(width: number): Reserved {
    return this.mark(width, { kind: "bits", width });
  }

  aside(): number {
    return this.mark(0, { kind: "aside" });
  }

  reservedAside(): Reserved {
    return this.mark(0, { kind: "aside" });
  }

  address(): Uint8Array {
    return this.bytes(16);
  }

  bytes(length: number): Uint8Array {
    return this.mark(length * 8, { kind: "octets", length });
  }

  rest(): Uint8Array {
    return this.mark(0, { kind: "rest" });
  }

  addresses(): readonly Uint8Array[] {
    return this.mark(0, { kind: "addresses" });
  }

  list<T>(codec: ListCodec<T>): readonly T[] {
    return this.mark(0, { kind: "list", codec });
  }
}
