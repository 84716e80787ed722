import { mobilityOptions } from "#mip6/options/mobility-option.ts";
import { type Decoded, layout } from "#wire/layout.ts";

/** Binding Refresh Request, MH Type 0 (RFC 6275 §6.1.2). */
export const bindingRefreshRequest = layout((field) => ({
  type: field.constant(0),
  headerReserved: field.reservedAside(),
  reserved: field.reserved(16),
  options: field.list(mobilityOptions),
}));
export type BindingRefreshRequest = Decoded<typeof bindingRefreshRequest>;

/**
 * Binding Update, MH Type 5 (RFC 6275 §6.1.7; bit R: RFC 3963 §4.1). `lifetime` counts units of 4 s; 0 asks for
 * de-registration. The bit of RFC 4140 between K and R is reserved here: bit 0 of `reservedBeforeRouter`.
 */
export const bindingUpdate = layout((field) => ({
  type: field.constant(5),
  headerReserved: field.reservedAside(),
  sequence: field.u16(),
  flags: {
    acknowledge: field.bit(),
    homeRegistration: field.bit(),
    linkLocalCompatibility: field.bit(),
    keyManagement: field.bit(),
    reservedBeforeRouter: field.reserved(1),
    mobileRouter: field.bit(),
    reserved: field.reserved(10),
  },
  lifetime: field.u16(),
  options: field.list(mobilityOptions),
}));
export type BindingUpdate = Decoded<typeof bindingUpdate>;

/**
 * Binding Acknowledgement, MH Type 6 (RFC 6275 §6.1.8; bit R: RFC 3963 §4.2). `status` below 128 means accepted;
 * `lifetime` counts units of 4 s.
 */
export const bindingAcknowledgement = layout((field) => ({
  type: field.constant(6),
  headerReserved: field.reservedAside(),
  status: field.u8(),
  flags: {
    keyManagement: field.bit(),
    mobileRouter: field.bit(),
    reserved: field.reserved(6),
  },
  sequence: field.u16(),
  lifetime: field.u16(),
  options: field.list(mobilityOptions),
}));
export type BindingAcknowledgement = Decoded<typeof bindingAcknowledgement>;

/** Binding Error, MH Type 7 (RFC 6275 §6.1.9). */
export const bindingError = layout((field) => ({
  type: field.constant(7),
  headerReserved: field.reservedAside(),
  status: field.u8(),
  reserved: field.reserved(8),
  homeAddress: field.address(),
  options: field.list(mobilityOptions),
}));
export type BindingError = Decoded<typeof bindingError>;
