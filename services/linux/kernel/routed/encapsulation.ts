import type { Address } from "#ipv6/address.ts";
import type { RouteAction } from "#linux/kernel/routes.ts";
import type { FilterEntry } from "#linux/kernel/source-filter.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { Result } from "#wire/result.ts";

/** Who may send through the reverse tunnel (RFC 6275 §10.4.5): one element for each binding. */
export interface SourceElements {
  /** Each has a result of its own; one that is there is success. */
  add(entries: readonly FilterEntry[]): Promise<readonly Result<void, KernelError>[]>;
  /** Each has a result of its own, `not-found` for one that is not there. */
  remove(entries: readonly FilterEntry[]): Promise<readonly Result<void, KernelError>[]>;
  list(): Promise<Result<readonly FilterEntry[], KernelError>>;
}

/**
 * How the routed plane puts outer headers on and takes them off: through one `external` ip6tnl device, or by seg6. Routes,
 * instances and adoption are the same for both.
 */
export interface Encapsulation {
  readonly elements: SourceElements;
  /** What the kernel hears about its tunnels it tells the senders inside (RFC 2473 §8). */
  readonly tellsSenders: boolean;
  /** Table that packets for a home prefix are looked up in. */
  readonly homePrefixTable: number;
  /** Makes what all bindings share. Idempotent. @returns index of the device that their routes name */
  prepare(): Promise<Result<number, KernelError>>;
  /** What the route of a binding does. */
  action(homeAgentAddress: Address, careOfAddress: Address): RouteAction;
  /** Says whether an address is one of an instance, active or not. */
  setAgent(agent: Address, present: boolean): Promise<Result<void, KernelError>>;
  refusedPackets(): Promise<Result<number, KernelError>>;
  /** Removes what is neither device nor route nor rule; those are gone already. */
  clear(): Promise<Result<void, KernelError>>;
}
