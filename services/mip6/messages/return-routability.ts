import { mobilityOptions } from "#mip6/options/mobility-option.ts";
import { type Decoded, layout } from "#wire/layout.ts";

/** Home Test Init, MH Type 1 (RFC 6275 §6.1.3). The cookie has 8 octets. */
export const homeTestInit = layout((field) => ({
  type: field.constant(1),
  headerReserved: field.reservedAside(),
  reserved: field.reserved(16),
  homeInitCookie: field.bytes(8),
  options: field.list(mobilityOptions),
}));
export type HomeTestInit = Decoded<typeof homeTestInit>;

/** Care-of Test Init, MH Type 2 (RFC 6275 §6.1.4). */
export const careOfTestInit = layout((field) => ({
  type: field.constant(2),
  headerReserved: field.reservedAside(),
  reserved: field.reserved(16),
  careOfInitCookie: field.bytes(8),
  options: field.list(mobilityOptions),
}));
export type CareOfTestInit = Decoded<typeof careOfTestInit>;

/** Home Test, MH Type 3 (RFC 6275 §6.1.5). Cookie and token have 8 octets. */
export const homeTest = layout((field) => ({
  type: field.constant(3),
  headerReserved: field.reservedAside(),
  homeNonceIndex: field.u16(),
  homeInitCookie: field.bytes(8),
  homeKeygenToken: field.bytes(8),
  options: field.list(mobilityOptions),
}));
export type HomeTest = Decoded<typeof homeTest>;

/** Care-of Test, MH Type 4 (RFC 6275 §6.1.6). */
export const careOfTest = layout((field) => ({
  type: field.constant(4),
  headerReserved: field.reservedAside(),
  careOfNonceIndex: field.u16(),
  careOfInitCookie: field.bytes(8),
  careOfKeygenToken: field.bytes(8),
  options: field.list(mobilityOptions),
}));
export type CareOfTest = Decoded<typeof careOfTest>;
