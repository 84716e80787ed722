import type { Address } from "#ipv6/address.ts";
import type { Instant, Milliseconds } from "#wire/time.ts";
import type { BindingRecord } from "./record.ts";
import type { BindingRequest, HomeRegistrationPolicy } from "./rules.ts";

/** A binding as the machine sees it: its record and what its instance grants. */
export interface HomeRegistrationContext {
  readonly record: BindingRecord;
  readonly policy: HomeRegistrationPolicy;
}

/** An authenticated Binding Update, and what it meets: the moment, the epoch, and what the kernel has. */
export interface Received {
  readonly request: BindingRequest;
  /** The kernel is known to forward to the requested care-of address, and nothing else is asked of it. */
  readonly isForwarded: boolean;
  readonly now: Instant;
  readonly epoch: number;
}

export type HomeRegistrationEvent =
  | ({ readonly type: "registration.received" } & Received)
  | ({ readonly type: "deregistration.received" } & Received)
  /** The log has acknowledged this version of the record. */
  | { readonly type: "binding.committed"; readonly epoch: number; readonly revision: number }
  /** The kernel forwards to this care-of address, or refuses to. */
  | { readonly type: "forwarding.programmed"; readonly careOfAddress: Address }
  | {
      readonly type: "forwarding.refused";
      readonly careOfAddress: Address;
      readonly now: Instant;
      readonly epoch: number;
    }
  | { readonly type: "forwarding.withdrawn" }
  /** The lifetime is over and this node owns the binding. */
  | { readonly type: "lifetime.expired"; readonly now: Instant; readonly epoch: number }
  /** The lifetime is over; the owner, another node, will write that. */
  | { readonly type: "lifetime.lapsed" }
  /** This node may write from now on: what waits for its commit is committed under the new epoch. */
  | { readonly type: "ownership.gained"; readonly epoch: number }
  /** Optimistic duplicate address detection found another node. */
  | { readonly type: "duplicate.found"; readonly now: Instant; readonly epoch: number };

/** What a binding asks of the outside, in the order it is to be done. */
export type HomeRegistrationOutput =
  | { readonly type: "commit"; readonly record: BindingRecord }
  | { readonly type: "program"; readonly homeAddress: Address; readonly careOfAddress: Address }
  | { readonly type: "withdraw"; readonly homeAddress: Address; readonly careOfAddress: Address }
  /** Neighbor Advertisements on behalf of the mobile node (RFC 6275 §10.4.1). */
  | { readonly type: "advertise"; readonly homeAddress: Address; readonly flags: number }
  | {
      readonly type: "acknowledge";
      readonly status: number;
      readonly sequence: number;
      readonly lifetime: Milliseconds;
    };

/** What duplicate address detection needs to know (RFC 6275 §10.3.1: with L, the link-local address too). */
export interface DetectDuplicateInput {
  readonly homeAddress: Address;
  readonly flags: number;
}
