import { type Address, addressEquals, inPrefix, type Prefix } from "#ipv6/address.ts";
import { BINDING_STATUS } from "#mip6/registry.ts";
import { isNewerSequence } from "#mip6/sequence.ts";
import { after, between, type Instant, type Milliseconds, millis, seconds } from "#wire/time.ts";
import type { BindingRecord } from "./record.ts";

/** Bits of a Binding Update's flags field as `BindingRecord.flags` keeps them (RFC 6275 §6.1.7, RFC 3963 §4.1.1). */
export const FLAG = {
  acknowledge: 0x8000,
  homeRegistration: 0x4000,
  linkLocalCompatibility: 0x2000,
  keyManagement: 0x1000,
  mobileRouter: 0x0400,
} as const;

/** An ended binding counts as a marked entry, and is shown as invalid, so long (RFC 6275 §10.3.2, §12). */
export const MAX_DELETE_BCE_TIMEOUT = seconds(10);

/** What a home agent instance grants; one frozen record for all its bindings. */
export interface HomeRegistrationPolicy {
  readonly homePrefix: Prefix;
  /** `normal`: before the first acknowledgement (RFC 6275 §10.3.1). `optimistic`: meanwhile. `off`: never. */
  readonly duplicateAddressDetection: "normal" | "optimistic" | "off";
  readonly maximumLifetime: Milliseconds;
  /** A Binding Update that asks for less is refused with status 129. */
  readonly minimumLifetime: Milliseconds;
  /** Lifetimes of the home prefix as it is advertised; Infinity for "infinite". */
  readonly prefixValidLifetime: Milliseconds;
  readonly prefixPreferredLifetime: Milliseconds;
  /** Whether one more binding may be made. */
  readonly hasRoom: () => boolean;
  /** Whether the administration lets this home address register this care-of address. */
  readonly permits: (homeAddress: Address, careOfAddress: Address) => boolean;
  /** Mobile network prefixes of a mobile router (RFC 3963); left out where the R bit is not supported and ignored. */
  readonly mobileNetworkPrefixes?: (homeAddress: Address) => readonly Prefix[];
}

/** A Binding Update with the H bit as the rules see it: authenticated, care-of address resolved. */
export interface BindingRequest {
  readonly sequence: number;
  /** From the Alternate Care-of Address option, else the packet's source (RFC 6275 §9.5.1). */
  readonly careOfAddress: Address;
  /** Requested lifetime; 0 asks for de-registration. */
  readonly lifetime: Milliseconds;
  readonly flags: number;
  readonly replayTimestamp: bigint;
  readonly spi: number;
  /** Mobile Network Prefix options; empty in implicit mode (RFC 3963 §5.2). */
  readonly mobileNetworkPrefixes?: readonly Prefix[];
}

/** The entry of a home address nobody has registered yet. */
export const unknownBinding = (homeAddress: Address): BindingRecord => ({
  homeAddress,
  careOfAddress: homeAddress,
  sequence: 0,
  lifetime: millis(0),
  expiresAt: 0 as Instant, // the instant before all others
  flags: 0,
  replayTimestamp: 0n,
  spi: 0,
  epoch: 0,
  revision: 0,
});

/** Whether the record, or what it was when its mobile node ended it, is a home registration (RFC 6275 §10.3.2). */
export const isMarked = (record: BindingRecord): boolean => (record.flags & FLAG.homeRegistration) !== 0;

/** Whether the record is a binding, not a tombstone nor unknown. */
export const isBound = (record: BindingRecord): boolean => record.lifetime > 0;

/** A home address that was seen before keeps its sequence number, also after its binding ended (RFC 6275 §9.5.1, §10.3.2). */
const isStale = (request: BindingRequest, record: BindingRecord): boolean =>
  record.revision > 0 && !isNewerSequence(request.sequence, record.sequence);

/** RFC 6275 §9.5.1 for the H bit, RFC 3963 §6.1.2 for the R bit. */
const changesType = (request: BindingRequest, record: BindingRecord, policy: HomeRegistrationPolicy): boolean => {
  if (!isBound(record)) return false;
  const kept = FLAG.homeRegistration | (policy.mobileNetworkPrefixes === undefined ? 0 : FLAG.mobileRouter);
  return ((record.flags ^ request.flags) & kept) !== 0;
};

const equalPrefix = (a: Prefix) => (b: Prefix) => a.length === b.length && addressEquals(a.address, b.address);

/** RFC 3963 §6.1.2, §6.2: explicit prefixes must be the router's own; implicit mode needs configured ones. */
const mobileRouterRefusal = (
  request: BindingRequest,
  record: BindingRecord,
  policy: HomeRegistrationPolicy,
): number | undefined => {
  if (policy.mobileNetworkPrefixes === undefined || (request.flags & FLAG.mobileRouter) === 0) return undefined;
  const own = policy.mobileNetworkPrefixes(record.homeAddress);
  const asked = request.mobileNetworkPrefixes ?? [];
  if (asked.length === 0) return own.length === 0 ? BINDING_STATUS.forwardingSetupFailed : undefined;
  return asked.every((prefix) => own.some(equalPrefix(prefix))) ? undefined : BINDING_STATUS.notAuthorizedForPrefix;
};

/**
 * Whether a de-registration repeats one that ended the binding less than 10 s ago, as when its acknowledgement was lost: the
 * entry is still there, marked as invalid (RFC 6275 §10.3.2). A binding that ended otherwise has no such mark.
 */
export const repeatsDeregistration = (request: BindingRequest, record: BindingRecord, now: Instant): boolean =>
  request.lifetime === 0 &&
  record.revision > 0 &&
  !isBound(record) &&
  isMarked(record) &&
  between(record.expiresAt, now) < MAX_DELETE_BCE_TIMEOUT &&
  !isStale(request, record);

/**
 * Why a request is refused, or undefined when it is granted. Tests in the order of RFC 6275 §9.5.1, then §10.3.1 or, for a
 * de-registration, the one of §10.3.2: the first that fails decides.
 */
export const refusalOf = (
  request: BindingRequest,
  record: BindingRecord,
  policy: HomeRegistrationPolicy,
): number | undefined => {
  if (isStale(request, record)) return BINDING_STATUS.sequenceNumberOutOfWindow;
  if (changesType(request, record, policy)) return BINDING_STATUS.registrationTypeChangeDisallowed;
  if (request.lifetime === 0) return isBound(record) ? undefined : BINDING_STATUS.notHomeAgentForThisMobileNode;
  if (!inPrefix(record.homeAddress, policy.homePrefix)) return BINDING_STATUS.notHomeSubnet;
  if (!policy.permits(record.homeAddress, request.careOfAddress)) return BINDING_STATUS.administrativelyProhibited;
  if (request.lifetime < policy.minimumLifetime) return BINDING_STATUS.administrativelyProhibited;
  if (!isBound(record) && !policy.hasRoom()) return BINDING_STATUS.insufficientResources;
  return mobileRouterRefusal(request, record, policy);
};

/** Lifetimes are compared and granted in units of 4 s (RFC 6275 §10.3.1). */
const wholeUnits = (lifetime: Milliseconds): Milliseconds => {
  const unit = seconds(4);
  return lifetime === Number.POSITIVE_INFINITY ? lifetime : millis(Math.floor(lifetime / unit) * unit);
};

/** Never above what was asked for, nor above the valid lifetime of the home prefix (RFC 6275 §10.3.1). */
export const grantedLifetime = (requested: Milliseconds, policy: HomeRegistrationPolicy): Milliseconds =>
  wholeUnits(millis(Math.min(requested, policy.maximumLifetime, policy.prefixValidLifetime)));

/** 1 where the home prefix is or becomes deprecated within the lifetime, or invalid at its end; else 0 (RFC 6275 §10.3.1). */
export const successStatus = (lifetime: Milliseconds, policy: HomeRegistrationPolicy): number =>
  lifetime > 0 &&
  (wholeUnits(policy.prefixPreferredLifetime) < lifetime || wholeUnits(policy.prefixValidLifetime) <= lifetime)
    ? BINDING_STATUS.acceptedPrefixDiscoveryNecessary
    : BINDING_STATUS.accepted;

/** The record after a granted request. */
export const acceptedRecord = (
  record: BindingRecord,
  request: BindingRequest,
  grant: { readonly policy: HomeRegistrationPolicy; readonly now: Instant; readonly epoch: number },
): BindingRecord => {
  const lifetime = grantedLifetime(request.lifetime, grant.policy);
  return {
    homeAddress: record.homeAddress,
    careOfAddress: request.lifetime === 0 ? record.careOfAddress : request.careOfAddress,
    sequence: request.sequence,
    lifetime,
    expiresAt: after(grant.now, lifetime),
    flags: request.flags,
    replayTimestamp: request.replayTimestamp,
    spi: request.spi,
    epoch: grant.epoch,
    revision: record.revision + 1,
  };
};

/**
 * The record of a binding that ends without a Binding Update: what protects against replay stays (RFC 6275 §9.6), the mark
 * of a home registration does not.
 */
export const endedRecord = (record: BindingRecord, now: Instant, epoch: number): BindingRecord => ({
  ...record,
  flags: record.flags & ~FLAG.homeRegistration,
  lifetime: millis(0),
  expiresAt: now,
  epoch,
  revision: record.revision + 1,
});

/** A lifetime of 0 or a care-of address equal to the home address asks for deletion (RFC 6275 §9.5.1). */
export const asksForDeletion = (lifetime: Milliseconds, careOfAddress: Address, homeAddress: Address): boolean =>
  lifetime === 0 || addressEquals(careOfAddress, homeAddress);
