import { getSystemErrorMessage } from "node:util";
import { decodeAcknowledgement, NLMSG, splitMessages } from "#netlink/message.ts";
import type { NetlinkFailure } from "./netlink-socket.ts";

/** Octets of `nlmsghdr`: length, type, flags, sequence number, port; of the host's byte order. */
const HEADER = 16;

/** One message inside a datagram; `bytes` is a view. */
export interface ReceivedMessage {
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const alignedLength = (length: number): number => (length + 3) & ~3;

/** The messages of a datagram in order; ends at the first length that cannot be. */
export function* messagesOf(datagram: Uint8Array): Generator<ReceivedMessage> {
  const view = viewOf(datagram);
  let offset = 0;
  while (offset + HEADER <= datagram.length) {
    const length = view.getUint32(offset, true);
    if (length < HEADER || offset + length > datagram.length) return;
    yield {
      bytes: datagram.subarray(offset, offset + length),
      type: view.getUint16(offset + 4, true),
      flags: view.getUint16(offset + 6, true),
      sequence: view.getUint32(offset + 8, true),
    };
    offset += alignedLength(length);
  }
}

/** Type of a message to send. */
export const typeOf = (message: Uint8Array): number => (message[4] ?? 0) | ((message[5] ?? 0) << 8);

/** Puts messages one after another, each with its length, flags added and sequence numbers counted from `sequence`. */
export const joinMessages = (
  messages: readonly Uint8Array[],
  sequence: number,
  flagsOf: (message: Uint8Array) => number,
): Uint8Array => {
  let size = 0;
  for (const message of messages) size += alignedLength(message.length);
  const whole = new Uint8Array(size);
  const view = viewOf(whole);
  let offset = 0;
  for (const [index, message] of messages.entries()) {
    whole.set(message, offset);
    view.setUint32(offset, message.length, true);
    view.setUint16(offset + 6, view.getUint16(offset + 6, true) | flagsOf(message), true);
    view.setUint32(offset + 8, (sequence + index) >>> 0, true);
    view.setUint32(offset + 12, 0, true);
    offset += alignedLength(message.length);
  }
  return whole;
};

/** What an NLMSG_ERROR or the end of a dump (NLMSG_DONE) says; nothing when all went well. */
export const failureOf = (message: ReceivedMessage): NetlinkFailure | undefined => {
  // Nearly all are plain acknowledgements, at hundreds of thousands a second: look at the error number first.
  if (message.bytes.length < HEADER + 4 || viewOf(message.bytes).getInt32(HEADER, true) === 0) return undefined;
  const [raw] = splitMessages(message.bytes);
  const told = raw === undefined ? undefined : decodeAcknowledgement(raw);
  // Some dumps end with a length instead of an error.
  if (told === undefined || (message.type === NLMSG.DONE && viewOf(message.bytes).getInt32(HEADER, true) > 0))
    return undefined;
  const { errno } = told;
  if (told.message !== undefined) return { errno, message: told.message };
  return { errno, message: getSystemErrorMessage(-errno) };
};
