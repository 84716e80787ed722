import type { Layout } from "#wire/layout.ts";
import { unknownTypeOf } from "#wire/octet.ts";
import { Reader } from "#wire/reader.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { Writer } from "#wire/writer.ts";
import {
  bindingAcknowledgement,
  bindingError,
  bindingRefreshRequest,
  bindingUpdate,
} from "./messages/binding-messages.ts";
import type { MobilityMessage, UnknownMessage } from "./messages/mobility-message.ts";
import { careOfTest, careOfTestInit, homeTest, homeTestInit } from "./messages/return-routability.ts";

/** Why a Mobility Header is refused by itself. `pointer` counts from where the caller's offsets count. */
export type MobilityProblem =
  /** It goes beyond the end of the packet, or is shorter than 8 octets. */
  | { readonly code: "mobility-header-truncated"; readonly pointer: number }
  | { readonly code: "checksum-mismatch" }
  /** Payload Proto is not 59 (RFC 6275 §9.2). */
  | { readonly code: "payload-proto"; readonly pointer: number }
  /** Header Len is less than the message needs (RFC 6275 §9.2). */
  | { readonly code: "header-length-too-small"; readonly pointer: number }
  /** An option goes beyond the end, or has a wrong length or value. */
  | { readonly code: "option-malformed"; readonly pointer: number }
  /** Something follows Binding Authorization Data (RFC 6275 §6.2, §9.5.1). */
  | { readonly code: "authorization-not-last" };

type KnownMessage = Exclude<MobilityMessage, UnknownMessage>;

/** Octets of the Mobility Header before the message data (RFC 6275 §6.1.1). */
const FIXED = 6;

// In the order of their MH Types, which are 0 to 7.
const layouts: readonly Layout<KnownMessage>[] = [
  bindingRefreshRequest,
  homeTestInit,
  careOfTestInit,
  homeTest,
  careOfTest,
  bindingUpdate,
  bindingAcknowledgement,
  bindingError,
];

/** Octets that the header of each MH Type has at least. */
const minimumLengths = layouts.map((each) => (FIXED + each.fixedLength + 7) & ~7);

const hasTrailerAfterAuthorization = (message: KnownMessage): boolean => {
  const { options } = message;
  for (let i = options.length - 2; i >= 0; i--) if (options[i]?.type === 5) return true;
  return false;
};

/** Where a Mobility Header that begins at `at` ends by its Header Len, -1 when that is not before `end`. */
export const mobilityHeaderEnd = (bytes: Uint8Array, at: number, end: number): number => {
  const own = at + ((bytes[at + 1] ?? 0) + 1) * 8;
  return at + 8 > end || own > end ? -1 : own;
};

/**
 * Decodes the Mobility Header at `at`, which ends at `end` by its Header Len, its checksum verified before. An unknown
 * MH Type gives `{ type, data }`: its reaction comes before the checks of the other fields (RFC 6275 §9.2).
 * @throws never
 */
export const readMobilityHeader = (
  bytes: Uint8Array,
  at: number,
  end: number,
): Result<MobilityMessage, MobilityProblem> => {
  const type = bytes[at + 2] ?? 0;
  const description = layouts[type];
  const reserved = bytes[at + 3] ?? 0;
  if (description === undefined) {
    const message = { type: unknownTypeOf<UnknownMessage["type"]>(type), data: bytes.subarray(at + FIXED, end) };
    return ok(reserved === 0 ? message : { ...message, headerReserved: reserved });
  }
  if (bytes[at] !== 59) return failed({ code: "payload-proto", pointer: at });
  if (end - at < (minimumLengths[type] ?? 0)) return failed({ code: "header-length-too-small", pointer: at + 1 });
  const reader = new Reader(bytes, at + FIXED, end);
  reader.asideOctet = reserved;
  const message = description.read(reader);
  if (reader.fault >= 0) return failed({ code: "option-malformed", pointer: reader.fault });
  // RFC 6275 §6.2.7: Binding Authorization Data is the last option, without padding behind it.
  return hasTrailerAfterAuthorization(message) ? failed({ code: "authorization-not-last" }) : ok(message);
};

/** Decodes a Mobility Header that stands alone, its checksum not looked at; pointers count from its first octet. */
export const decodeMobilityHeader = (bytes: Uint8Array): Result<MobilityMessage, MobilityProblem> => {
  const end = mobilityHeaderEnd(bytes, 0, bytes.length);
  return end < 0 ? failed({ code: "mobility-header-truncated", pointer: 1 }) : readMobilityHeader(bytes, 0, end);
};

/**
 * Reads what is whole of a Mobility Header whose end may be missing: its fields, and the options before the cut.
 * @returns undefined where not even the fields are whole
 */
export const readCutMobilityHeader = (bytes: Uint8Array): MobilityMessage | undefined => {
  if (bytes.length < FIXED) return undefined;
  const end = Math.min(bytes.length, ((bytes[1] ?? 0) + 1) * 8);
  const description = layouts[bytes[2] ?? 0];
  if (description === undefined) {
    const unknown = readMobilityHeader(bytes, 0, end);
    return unknown.ok ? unknown.value : undefined;
  }
  for (let limit = end; limit >= FIXED + description.fixedLength; ) {
    const reader = new Reader(bytes, FIXED, limit);
    reader.asideOctet = bytes[3] ?? 0;
    const message = description.read(reader);
    if (reader.fault < 0) return message;
    // Where the option begins that does not fit, or behind that.
    limit = Math.min(reader.fault, limit - 1);
  }
  return undefined;
};

/** Octets of the Mobility Header of a message, with the padding of its options. */
export const mobilityHeaderLength = (message: MobilityMessage): number => {
  const description = layouts[message.type];
  const data = "data" in message ? message.data.length : (description?.lengthOf(message, FIXED) ?? 0);
  return (FIXED + data + 7) & ~7;
};

/** Writes the Mobility Header of a message at `at`, its checksum 0, into octets that are zero; tells where it ends. */
export const writeMobilityHeader = (
  target: Uint8Array,
  at: number,
  message: MobilityMessage,
  length: number = mobilityHeaderLength(message),
): number => {
  const writer = new Writer(target, at);
  writer.position = at + FIXED;
  if ("data" in message) {
    writer.bytes(message.data);
    writer.asideOctet = message.headerReserved ?? 0;
  } else layouts[message.type]?.write(writer, message);
  target[at] = 59;
  target[at + 1] = (length >> 3) - 1;
  target[at + 2] = message.type;
  target[at + 3] = writer.asideOctet;
  return at + length;
};
