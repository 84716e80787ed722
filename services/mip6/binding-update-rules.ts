import { type Address, isUnicastRoutable } from "#ipv6/address.ts";
import type { BindingUpdate } from "./messages/binding-messages.ts";
import { findOption } from "./options/mobility-option.ts";
import type { MobilityPacket } from "./packet.ts";

/** The two addresses that a Binding Update binds. */
export interface BindingAddresses {
  readonly homeAddress: Address;
  readonly careOfAddress: Address;
}

/**
 * Home address: of the Home Address option, else the source. Care-of address: of the Alternate Care-of Address option,
 * else the source (RFC 6275 §9.5.1).
 */
export const bindingAddresses = (
  packet: Pick<MobilityPacket, "source" | "homeAddress">,
  update: BindingUpdate,
): BindingAddresses => ({
  homeAddress: packet.homeAddress ?? packet.source,
  careOfAddress: findOption(update.options, 3)?.careOfAddress ?? packet.source,
});

/** Why a Binding Update is dropped in silence whatever the receiver knows (RFC 6275 §9.5.1). */
export type UpdateProblem =
  | "home-address-not-routable"
  | "care-of-address-not-routable"
  | "nonce-indices-missing"
  | "nonce-indices-not-allowed"
  | "authorization-missing";

/** Applies the tests of RFC 6275 §9.5.1 and §6.1.7 that need nothing but the packet. */
export const updateProblem = (
  packet: Pick<MobilityPacket, "source" | "homeAddress">,
  update: BindingUpdate,
): UpdateProblem | undefined => {
  const { homeAddress, careOfAddress } = bindingAddresses(packet, update);
  if (!isUnicastRoutable(homeAddress)) return "home-address-not-routable";
  // The source carries the answer, so it has to be routable beside an Alternate Care-of Address, too.
  if (!isUnicastRoutable(careOfAddress) || !isUnicastRoutable(packet.source)) return "care-of-address-not-routable";
  const indices = findOption(update.options, 4);
  if (update.flags.homeRegistration) return indices === undefined ? undefined : "nonce-indices-not-allowed";
  // A mobile router registers at its home agent alone, so R without H is answered with status 140 (RFC 3963 §6.2).
  if (update.flags.mobileRouter) return undefined;
  if (indices === undefined) return "nonce-indices-missing";
  return findOption(update.options, 5) === undefined ? "authorization-missing" : undefined;
};
