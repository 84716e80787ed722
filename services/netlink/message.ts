import { attribute, attributes } from "./attribute.ts";
import { concatenate, type Field, i32, text, u16, u32 } from "./field.ts";
import { type Shape, type Struct, type StructInput, type StructValue, struct } from "./struct.ts";

/** Flags of `nlmsghdr` (linux/netlink.h). REQUEST and ACK are the socket's business. */
export const NLM_F = {
  REQUEST: 0x01,
  MULTI: 0x02,
  ACK: 0x04,
  DUMP_INTR: 0x10,
  /** Of an error: the failed message is cut to its header. */
  CAPPED: 0x100,
  /** Of an error: attributes with the kernel's explanation follow. */
  ACK_TLVS: 0x200,
  DUMP: 0x300,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

/** Message types of netlink itself. */
export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const;

const header = struct({ length: u32, type: u16, flags: u16, sequence: u32, port: u32 });

/** `nlmsghdr`, host-endian, 16 octets; `length` counts it. */
export type MessageHeader = StructValue<{
  length: typeof u32;
  type: typeof u16;
  flags: typeof u16;
  sequence: typeof u32;
  port: typeof u32;
}>;

/** A message with its header read. */
export interface RawMessage {
  readonly header: MessageHeader;
  readonly payload: Uint8Array;
  /** Header and payload. */
  readonly bytes: Uint8Array;
}

/** One whole message; sequence and port stay zero for the socket to fill in. */
export const encodeMessage = (type: number, flags: number, pieces: readonly Uint8Array[]): Uint8Array => {
  const payload = concatenate(pieces);
  return concatenate([header.encode({ length: header.size + payload.length, type, flags }), payload]);
};

/**
 * Splits what a socket received into messages; ends at the first that does not fit.
 * @throws never
 */
export const splitMessages = (bytes: Uint8Array): readonly RawMessage[] => {
  const messages: RawMessage[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const head = header.decodeStart(bytes.subarray(offset));
    if (head === undefined || head.length < header.size || offset + head.length > bytes.length) break;
    const whole = bytes.subarray(offset, offset + head.length);
    messages.push({ header: head, payload: whole.subarray(header.size), bytes: whole });
    offset += (head.length + 3) & ~3;
  }
  return messages;
};

/** A kind of message: a fixed structure, then attributes. */
export interface MessageFormat<H extends Shape, A> {
  encode(message: {
    readonly type: number;
    readonly flags?: number;
    readonly header?: StructInput<H>;
    readonly attributes?: A;
  }): Uint8Array;
  /** @returns undefined when the message is too short for its structure; never throws */
  decode(
    bytes: Uint8Array,
  ):
    | { readonly type: number; readonly flags: number; readonly header: StructValue<H>; readonly attributes: A }
    | undefined;
}

/** Declares a kind of message. */
export const messageFormat = <H extends Shape, A>(fixed: Struct<H>, tail: Field<A>): MessageFormat<H, A> => {
  const length = (fixed.size + 3) & ~3;
  const padding = new Uint8Array(length - fixed.size);
  return {
    encode: (message) =>
      encodeMessage(message.type, message.flags ?? 0, [
        fixed.encode(message.header ?? {}),
        padding,
        message.attributes === undefined ? new Uint8Array(0) : tail.encode(message.attributes),
      ]),
    decode: (bytes) => {
      const [raw] = splitMessages(bytes);
      const start = raw === undefined ? undefined : fixed.decodeStart(raw.payload);
      const values = raw === undefined ? undefined : tail.decode(raw.payload.subarray(length));
      if (raw === undefined || start === undefined || values === undefined) return undefined;
      return { type: raw.header.type, flags: raw.header.flags, header: start, attributes: values };
    },
  };
};

const errorAttributes = attributes({ message: attribute(1, text), offset: attribute(2, u32) });

/** What the kernel answered to a message: errno 0 is the acknowledgement. */
export interface Acknowledgement {
  /** Positive errno, 0 for success. */
  readonly errno: number;
  /** Text of the extended acknowledgement, where there is one. */
  readonly message: string | undefined;
  /** Octets from the start of the request to the attribute that was wrong, where the kernel tells. */
  readonly offset: number | undefined;
}

/**
 * Reads NLMSG_ERROR, or NLMSG_DONE at the end of a dump, with its extended acknowledgement.
 * @returns undefined when it is neither or too short
 */
export const decodeAcknowledgement = (raw: RawMessage): Acknowledgement | undefined => {
  const { type, flags } = raw.header;
  if (type !== NLMSG.ERROR && type !== NLMSG.DONE) return undefined;
  const code = i32.decode(raw.payload.subarray(0, 4));
  if (code === undefined) return undefined;
  let start = 4;
  if (type === NLMSG.ERROR) {
    const request = header.decodeStart(raw.payload.subarray(4));
    if (request === undefined) return undefined;
    const echoed = flags & NLM_F.CAPPED || request.length < header.size ? header.size : request.length;
    start += (echoed + 3) & ~3;
  }
  const told = flags & NLM_F.ACK_TLVS ? errorAttributes.decode(raw.payload.subarray(start)) : undefined;
  return { errno: Math.abs(code), message: told?.message, offset: told?.offset };
};
