import { layout } from "#wire/layout.ts";
import { option } from "#wire/option-list.ts";

/** Binding Refresh Advice (RFC 6275 §6.2.4). `refreshInterval` counts units of 4 s. */
export const bindingRefreshAdvice = option(
  [2, 0],
  layout((field) => ({ type: field.constant(2), refreshInterval: field.u16() })),
);

/** Alternate Care-of Address (RFC 6275 §6.2.5). */
export const alternateCareOfAddress = option(
  [8, 6],
  layout((field) => ({ type: field.constant(3), careOfAddress: field.address() })),
);

/** Nonce Indices (RFC 6275 §6.2.6). */
export const nonceIndices = option(
  [2, 0],
  layout((field) => ({ type: field.constant(4), homeNonceIndex: field.u16(), careOfNonceIndex: field.u16() })),
);

/** Binding Authorization Data (RFC 6275 §6.2.7): 96 bits; always the last option. */
export const bindingAuthorizationData = option(
  [8, 2],
  layout((field) => ({ type: field.constant(5), authenticator: field.bytes(12) })),
);

/** Mobile Network Prefix (RFC 3963 §4.3). `prefixLength` is 0 to 128 bits. */
export const mobileNetworkPrefix = option(
  [8, 4],
  layout((field) => ({
    type: field.constant(6),
    reserved: field.reserved(8),
    prefixLength: field.u8(128),
    prefix: field.address(),
  })),
);

/** Vendor Specific (RFC 5094 §3). `vendorId` is the SMI Private Enterprise Code. */
export const vendorSpecific = option(
  [4, 2],
  layout((field) => ({
    type: field.constant(19),
    vendorId: field.u32(),
    subtype: field.u8(),
    data: field.rest(),
  })),
);
