import { type Decoded, layout } from "#wire/layout.ts";
import { option, optionList } from "#wire/option-list.ts";
import type { Address } from "./address.ts";

/** Home Address option (RFC 6275 §6.3): option type 0xC9 in a Destination Options header. */
const homeAddressOption = option(
  [8, 6],
  layout((field) => ({ type: field.constant(0xc9), homeAddress: field.address() })),
);

/** Options of Hop-by-Hop and Destination Options headers (RFC 8200 §4.2). */
const headerOptions = optionList([homeAddressOption]);

/** Hop-by-Hop Options header (RFC 8200 §4.3). */
export const hopByHopOptions = layout((field) => ({
  protocol: field.constant(0),
  options: field.list(headerOptions),
}));

/** Destination Options header (RFC 8200 §4.6). */
export const destinationOptions = layout((field) => ({
  protocol: field.constant(60),
  options: field.list(headerOptions),
}));

/** Routing header (RFC 8200 §4.4); that of type 2 has 4 reserved octets and the home address in `data` (RFC 6275 §6.4). */
export const routing = layout((field) => ({
  protocol: field.constant(43),
  routingType: field.u8(),
  segmentsLeft: field.u8(),
  data: field.rest(),
}));

/** Fragment header (RFC 8200 §4.5). `offset` counts 8 octets. */
export const fragment = layout((field) => ({
  protocol: field.constant(44),
  headerReserved: field.reservedAside(),
  offset: field.bits(13),
  reserved: field.reserved(2),
  moreFragments: field.bit(),
  identification: field.u32(),
}));

/** Authentication header (RFC 4302), opaque: `data` is all after Next Header and Payload Len. */
export const authentication = layout((field) => ({
  protocol: field.constant(51),
  data: field.rest(),
}));

/** An extension header of an IPv6 packet, discriminated by its protocol number. */
export type ExtensionHeader =
  | Decoded<typeof hopByHopOptions>
  | Decoded<typeof destinationOptions>
  | Decoded<typeof routing>
  | Decoded<typeof fragment>
  | Decoded<typeof authentication>;

/** A type 2 routing header as a sender writes it: Segments Left 1, reserved bits zero (RFC 6275 §6.4.1). */
export const type2Routing = (homeAddress: Address): ExtensionHeader => {
  const data = new Uint8Array(20);
  data.set(homeAddress, 4);
  return { protocol: 43, routingType: 2, segmentsLeft: 1, data };
};

/** A Destination Options header with the Home Address option, aligned as RFC 6275 §6.3 asks. */
export const homeAddressHeader = (homeAddress: Address): ExtensionHeader => ({
  protocol: 60,
  options: [{ type: 0xc9, homeAddress }],
});
