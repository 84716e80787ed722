import type { Address } from "#ipv6/address.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { HomeSpec } from "#ports/mobile-kernel.ts";
import type { Result } from "#wire/result.ts";

/** Where the tunnel starts, and what its path carries. */
export interface TunnelWay {
  readonly home: HomeSpec;
  readonly careOfAddress: Address;
  /** Octets of the greatest outer packet. */
  readonly pathMtu: number;
}

/**
 * How the routed plane of a mobile node puts outer headers on and takes them off: through an `external` ip6tnl device, or
 * by seg6. The home address, its rules and what is forgotten of links are the same for both.
 */
export interface ReverseTunnel {
  /** Idempotent; also for another home. @returns index of the device that holds the home address while away */
  prepare(home: HomeSpec): Promise<Result<number, KernelError>>;
  /** Sets the default route of the home address into the tunnel from that care-of address. */
  lead(holder: number, way: TunnelWay): Promise<Result<void, KernelError>>;
  /** The mobile node is at home: no care-of address is used any more. */
  rest(): Promise<Result<void, KernelError>>;
  /** Removes what is neither device nor route nor rule; those are gone already. */
  clear(): Promise<Result<void, KernelError>>;
}

/** Metric of the default route into the tunnel (features.md S-5-10). */
export const METRIC = 128;
