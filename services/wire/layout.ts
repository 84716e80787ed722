import { Describer, FieldMark } from "./describer.ts";
import type { FieldReader, Fields, FieldWriter, ListCodec, Shape } from "./fields.ts";

/** A described message or option, ready to be read and written. */
export interface Layout<T> {
  /** Octets of the fields whose width does not depend on the value. */
  readonly fixedLength: number;
  /** Whether the description holds a part that may have any length. */
  readonly variable: boolean;
  /** The `constant` in the description (its type number), -1 without one. */
  readonly constant: number;
  read(reader: FieldReader): T;
  write(writer: FieldWriter, value: T): void;
  /** Octets that `value` takes when it begins `start` octets after an 8-octet boundary. */
  lengthOf(value: T, start: number): number;
}

/** The type that a layout describes. */
export type Decoded<L> = L extends Layout<infer T> ? T : never;

/** One field as it is written: a small number to switch on, and what that kind needs. */
interface Step {
  readonly name: string;
  readonly act: number;
  /** Bits, or octets of a fixed field. */
  readonly width: number;
  readonly codec: ListCodec<unknown> | undefined;
  readonly inner: readonly Step[];
}

const U8 = 0;
const U16 = 1;
const U32 = 2;
const U64 = 3;
const BITS = 4;
const OCTETS = 5;
const ADDRESSES = 6;
const LIST = 7;
const ASIDE = 8;
const GROUP = 9;

const INTEGERS = { 1: U8, 2: U16, 4: U32, 8: U64 } as const;

const stepOf = (name: string, mark: FieldMark): Step | undefined => {
  const { field } = mark;
  const step = (act: number, width = 0, codec?: ListCodec<unknown>): Step => ({ name, act, width, codec, inner: [] });
  switch (field.kind) {
    case "constant":
      return undefined;
    case "aside":
      return step(ASIDE);
    case "integer":
      return step(INTEGERS[field.octets]);
    case "bits":
      return step(BITS, field.width);
    case "octets":
      return step(OCTETS, field.length);
    case "rest":
      return step(OCTETS, -1);
    case "addresses":
      return step(ADDRESSES);
    case "list":
      return step(LIST, 0, field.codec);
    default:
      return field satisfies never;
  }
};

/** Collects the steps of a description; tells how many fields it found. */
const compile = (description: object, steps: Step[]): number => {
  let marks = 0;
  for (const [name, part] of Object.entries(description)) {
    if (part instanceof FieldMark) {
      marks++;
      const step = stepOf(name, part);
      if (step !== undefined) steps.push(step);
      continue;
    }
    if (typeof part !== "object" || part === null) continue;
    const inner: Step[] = [];
    marks += compile(part, inner);
    steps.push({ name, act: GROUP, width: 0, codec: undefined, inner });
  }
  return marks;
};

// The engine takes values out of messages by the names in their description, so here they are records of anything;
// the description's type holds the caller to the right ones. This is the one place where they are cast.
type Values = Readonly<Record<string, never>>;

const writeSteps = (writer: FieldWriter, steps: readonly Step[], values: Values): void => {
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i];
    if (step === undefined) return;
    const value = values[step.name];
    if (step.act === BITS) writer.bits(step.width, value ?? 0);
    else if (step.act === U16) writer.u16(value ?? 0);
    else if (step.act === OCTETS) writer.bytes(value ?? NONE, step.width);
    else if (step.act === U8) writer.u8(value ?? 0);
    else if (step.act === U32) writer.u32(value ?? 0);
    else if (step.act === LIST) step.codec?.write(writer, value ?? []);
    else if (step.act === GROUP) writeSteps(writer, step.inner, value ?? {});
    else if (step.act === ASIDE) writer.asideOctet = value ?? 0;
    else if (step.act === U64) writer.u64(value ?? 0n);
    else for (const one of (value ?? []) as readonly Uint8Array[]) writer.bytes(one, 16);
  }
};

const NONE = new Uint8Array(0);

const lengthOfStep = (step: Step, values: Values, start: number): number => {
  const value = values[step.name];
  if (step.act === LIST) return step.codec?.lengthOf(value ?? [], start) ?? 0;
  const { length } = (value ?? []) as ArrayLike<unknown>;
  return step.act === ADDRESSES ? length * 16 : length;
};

/**
 * Makes the codec of a description.
 * @throws Error when a property is no field, or fields are described out of order: a mistake in the program
 */
export const layout = <T extends object>(shape: (field: Fields) => T): Layout<Shape<T>> => {
  const describer = new Describer();
  const steps: Step[] = [];
  if (compile(shape(describer), steps) !== describer.count || describer.bitCount % 8 !== 0)
    throw new Error("a description holds fields only, each in its own property, in whole octets");
  const fixedLength = describer.bitCount / 8;
  const variable = steps.filter(
    (step) => step.act === LIST || step.act === ADDRESSES || (step.act === OCTETS && step.width < 0),
  );
  return {
    fixedLength,
    variable: variable.length > 0,
    constant: describer.constantValue,
    read: shape as (field: Fields) => Shape<T>,
    write: (writer, value) => writeSteps(writer, steps, value as Values),
    lengthOf: (value, start) => {
      let length = fixedLength;
      for (let i = 0; i < variable.length; i++) {
        const step = variable[i];
        if (step !== undefined) length += lengthOfStep(step, value as Values, start + length);
      }
      return length;
    },
  };
};
