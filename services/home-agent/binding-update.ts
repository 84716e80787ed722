import { asksForDeletion, type BindingRequest, FLAG } from "#binding/rules.ts";
import { type Address, prefixOf } from "#ipv6/address.ts";
import { bindingAddresses, updateProblem } from "#mip6/binding-update-rules.ts";
import { lifetimeOf } from "#mip6/lifetime.ts";
import type { BindingUpdate } from "#mip6/messages/binding-messages.ts";
import type { MobilityOption } from "#mip6/options/mobility-option.ts";
import type { MobilityPacket } from "#mip6/packet.ts";
import { OPTION_TYPES } from "#mip6/registry.ts";

/** A Binding Update for a home registration, before it is authenticated. Addresses are copies. */
export interface HomeBindingUpdate {
  readonly homeAddress: Address;
  readonly careOfAddress: Address;
  /** IPv6 source as on the wire: where the acknowledgement goes. */
  readonly source: Address;
  readonly hasHomeAddressOption: boolean;
  readonly request: Omit<BindingRequest, "replayTimestamp" | "spi">;
  readonly options: readonly MobilityOption[];
}

/** What the rules say of a Binding Update by itself. */
export type UpdateVerdict =
  | { readonly kind: "home-registration"; readonly update: HomeBindingUpdate }
  /** H bit clear: for a correspondent node. */
  | { readonly kind: "correspondent-registration"; readonly update: HomeBindingUpdate }
  | { readonly kind: "silence"; readonly reason: string };

const silence = (reason: string): UpdateVerdict => ({ kind: "silence", reason });

const flagsOf = (flags: BindingUpdate["flags"]): number =>
  (flags.acknowledge ? FLAG.acknowledge : 0) |
  (flags.homeRegistration ? FLAG.homeRegistration : 0) |
  (flags.linkLocalCompatibility ? FLAG.linkLocalCompatibility : 0) |
  (flags.keyManagement ? FLAG.keyManagement : 0) |
  (flags.mobileRouter ? FLAG.mobileRouter : 0);

/** Tests that need no Binding Cache (RFC 6275 §9.5.1, §10.3.1): what fails is discarded in silence. */
export const judgeBindingUpdate = (packet: MobilityPacket, message: BindingUpdate): UpdateVerdict => {
  const problem = updateProblem(packet, message);
  if (problem !== undefined) return silence(problem);
  const { homeAddress, careOfAddress } = bindingAddresses(packet, message);
  const { source } = packet;
  const { options } = message;
  const alternates = options.filter((option) => option.type === OPTION_TYPES.alternateCareOfAddress);
  if (alternates.length > 1) return silence("two Alternate Care-of Address options");
  const isDeletion = asksForDeletion(lifetimeOf(message.lifetime), careOfAddress, homeAddress);
  if (!isDeletion && packet.homeAddress === undefined) return silence("no Home Address option"); // RFC 6275 §10.3.1
  const prefixes = options.flatMap((option) =>
    option.type === OPTION_TYPES.mobileNetworkPrefix && "prefixLength" in option
      ? [prefixOf(option.prefix, option.prefixLength)]
      : [],
  );
  const update: HomeBindingUpdate = {
    homeAddress: homeAddress.slice(),
    careOfAddress: careOfAddress.slice(),
    source: source.slice(),
    hasHomeAddressOption: packet.homeAddress !== undefined,
    request: {
      sequence: message.sequence,
      careOfAddress: careOfAddress.slice(),
      lifetime: isDeletion ? lifetimeOf(0) : lifetimeOf(message.lifetime),
      flags: flagsOf(message.flags),
      ...(prefixes.length > 0 ? { mobileNetworkPrefixes: prefixes } : {}),
    },
    options,
  };
  if (!message.flags.homeRegistration) return { kind: "correspondent-registration", update };
  return { kind: "home-registration", update };
};
