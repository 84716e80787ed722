import type { Octet } from "#wire/octet.ts";
import type { BindingAcknowledgement, BindingError, BindingRefreshRequest, BindingUpdate } from "./binding-messages.ts";
import type { CareOfTest, CareOfTestInit, HomeTest, HomeTestInit } from "./return-routability.ts";

/** A message of a type that RFC 6275 does not define: `data` is everything after the checksum. */
export interface UnknownMessage {
  readonly type: Exclude<Octet, 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7>;
  readonly headerReserved?: number;
  readonly data: Uint8Array;
}

/** Any message of the Mobility Header (RFC 6275 §6.1), discriminated by its MH Type number. */
export type MobilityMessage =
  | BindingRefreshRequest
  | HomeTestInit
  | CareOfTestInit
  | HomeTest
  | CareOfTest
  | BindingUpdate
  | BindingAcknowledgement
  | BindingError
  | UnknownMessage;

/** Whether the MH Type of a message is one that RFC 6275 defines; if not, the answer is a Binding Error with status 2 (§9.2). */
export const isKnownMessage = (message: MobilityMessage): message is Exclude<MobilityMessage, UnknownMessage> =>
  message.type <= 7;
