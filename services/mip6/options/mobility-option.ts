import type { ListCodec } from "#wire/fields.ts";
import { type DecodedOption, optionList, type Pad1, type PadN, type RawOption } from "#wire/option-list.ts";
import { mobileNodeIdentifier, mobilityMessageAuthentication, replayProtection } from "./authentication-options.ts";
import {
  alternateCareOfAddress,
  bindingAuthorizationData,
  bindingRefreshAdvice,
  mobileNetworkPrefix,
  nonceIndices,
  vendorSpecific,
} from "./binding-options.ts";

const codecs = [
  bindingRefreshAdvice,
  alternateCareOfAddress,
  nonceIndices,
  bindingAuthorizationData,
  mobileNetworkPrefix,
  mobileNodeIdentifier,
  mobilityMessageAuthentication,
  replayProtection,
  vendorSpecific,
] as const;

/** A mobility option with a description here. */
export type KnownMobilityOption = DecodedOption<(typeof codecs)[number]>;

/** An option without a description here, kept raw. */
export type UnknownMobilityOption = RawOption<KnownMobilityOption["type"] | 0 | 1>;

/** Any mobility option (RFC 6275 §6.2), discriminated by its `type` number; unknown ones are `{ type, data }`. */
export type MobilityOption = KnownMobilityOption | Pad1 | PadN | UnknownMobilityOption;

/** The option of one type number, e.g. `OptionOf<3>` for Alternate Care-of Address. */
export type OptionOf<N extends KnownMobilityOption["type"]> = Extract<KnownMobilityOption, { readonly type: N }>;

/** The options of a Mobility Header. */
export const mobilityOptions: ListCodec<MobilityOption> = optionList<KnownMobilityOption>(codecs);

/** The first option of a type, or undefined. */
export const findOption = <N extends KnownMobilityOption["type"]>(
  options: readonly MobilityOption[],
  type: N,
): OptionOf<N> | undefined => {
  for (const item of options) {
    // The list codec made the item by the description of its type number.
    if (item.type === type) return item as OptionOf<N>;
  }
  return undefined;
};
