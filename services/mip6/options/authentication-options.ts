import { layout } from "#wire/layout.ts";
import { option } from "#wire/option-list.ts";

/** Mobile Node Identifier (RFC 4283 §3). `subtype` 1 is a Network Access Identifier in UTF-8. */
export const mobileNodeIdentifier = option(
  [1, 0],
  layout((field) => ({ type: field.constant(8), subtype: field.u8(), identifier: field.rest() })),
);

/**
 * Mobility Message Authentication (RFC 4285 §5). `subtype` 1 is by the key that mobile node and home agent share, 2 by
 * that of mobile node and AAA. `authenticator` has 96 bits for subtype 1.
 */
export const mobilityMessageAuthentication = option(
  [4, 1],
  layout((field) => ({
    type: field.constant(9),
    subtype: field.u8(),
    spi: field.u32(),
    authenticator: field.rest(),
  })),
);

/** Mobility Message Replay Protection (RFC 4285 §6). `timestamp` is in the 64-bit NTP format. */
export const replayProtection = option(
  [8, 2],
  layout((field) => ({ type: field.constant(10), timestamp: field.u64() })),
);
