import { mobileNodeHomeAgentOption, verifyMobileNodeHomeAgent } from "#mip6/authentication.ts";
import type { Digests } from "#mip6/digests.ts";
import { findOption, type MobilityOption } from "#mip6/options/mobility-option.ts";
import { BINDING_STATUS, OPTION_TYPES } from "#mip6/registry.ts";
import { isCloseEnough, isLaterTimestamp, wallOfTimestamp } from "#mip6/replay-timestamp.ts";
import type { Milliseconds } from "#wire/time.ts";
import type { HomeBindingUpdate } from "./binding-update.ts";
import type { MobileNodeKeys, MobilitySecurityAssociation } from "./mobile-node-keys.ts";

/** How home registrations are authenticated. */
export type AuthenticationPolicy =
  /** Not at all: for trials, or where something before this host does it. */
  | { readonly kind: "none" }
  /** MN-HA mobility message authentication option with per-node keys (RFC 4285 §5.1). */
  | {
      readonly kind: "rfc4285";
      readonly keys: MobileNodeKeys;
      /** `timestamp` asks for the replay protection option (status 145 without); `sequence` trusts in sequence numbers where it is missing. */
      readonly replayProtection: "timestamp" | "sequence";
      /** How far a timestamp may be from this host's clock. */
      readonly tolerance: Milliseconds;
    };

export type AuthenticationVerdict =
  | { readonly kind: "authentic"; readonly association?: MobilitySecurityAssociation; readonly timestamp?: bigint }
  /** A Binding Acknowledgement with this status, made with the association. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly association: MobilitySecurityAssociation;
      readonly timestamp?: bigint;
    }
  | { readonly kind: "silence"; readonly reason: string };

/** Padding may follow the last option proper. */
const isPadding = (option: MobilityOption) => option.type === OPTION_TYPES.pad1 || option.type === OPTION_TYPES.padN;

/** RFC 4285 §5: one MN-HA option, last unless an MN-AAA option follows it. */
const isWellPlaced = (options: readonly MobilityOption[]): boolean => {
  const proper = options.filter((option) => !isPadding(option));
  const subtypes = proper.flatMap((option) =>
    option.type === OPTION_TYPES.mobilityMessageAuthentication && "subtype" in option ? [option.subtype] : [],
  );
  if (subtypes.filter((subtype) => subtype === 1).length !== 1) return false;
  const tail = proper.slice(-subtypes.length);
  return subtypes[0] === 1 && tail.every((option) => option.type === OPTION_TYPES.mobilityMessageAuthentication);
};

/**
 * Who sent a Binding Update (RFC 4285 §5.1.1, §5.3): no option or no association is silence, a wrong authenticator status 146.
 * @param mobility the Mobility Header as received
 */
export const authenticateUpdate = (
  policy: AuthenticationPolicy,
  digests: Digests,
  update: HomeBindingUpdate,
  mobility: Uint8Array,
): AuthenticationVerdict => {
  if (policy.kind === "none") return { kind: "authentic" };
  const option = mobileNodeHomeAgentOption(update.options);
  if (option === undefined) return { kind: "silence", reason: "no MN-HA authentication option" };
  if (!isWellPlaced(update.options)) return { kind: "silence", reason: "authentication options out of order" };
  const association = policy.keys.find(update.homeAddress, option.spi);
  if (association === undefined) return { kind: "silence", reason: "no mobility security association" };
  const timestamp = findOption(update.options, OPTION_TYPES.replayProtection)?.timestamp;
  const said = timestamp === undefined ? { association } : { association, timestamp };
  const scope = { key: association.key, careOfAddress: update.careOfAddress, other: update.homeAddress };
  if (!verifyMobileNodeHomeAgent(digests, scope, mobility))
    return { kind: "refused", status: BINDING_STATUS.authenticationFailed, ...said };
  if (timestamp === undefined && policy.replayProtection === "timestamp")
    return { kind: "refused", status: BINDING_STATUS.messageIdentifierRequired, ...said };
  return { kind: "authentic", ...said };
};

/**
 * Whether an authentic update's timestamp may be accepted: near this host's clock and greater than the last accepted
 * one (RFC 4285 §6). The wall clock serves nothing else, so a clock step ends no binding. A last one that is ahead of the clock
 * by more than is tolerated was accepted by a node whose clock was wrong: it bars nobody, or the mobile node that followed that
 * clock could not register until then. The sequence number and the clock still tell a replay.
 */
export const isTimestampValid = (
  policy: AuthenticationPolicy,
  timestamp: bigint | undefined,
  last: bigint,
  wall: number,
): boolean =>
  policy.kind === "none" ||
  timestamp === undefined ||
  (isCloseEnough(timestamp, wall, policy.tolerance) &&
    (last === 0n || isLaterTimestamp(timestamp, last) || wallOfTimestamp(last, wall) - wall > policy.tolerance));
