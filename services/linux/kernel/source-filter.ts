import type { Address } from "#ipv6/address.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { Result } from "#wire/result.ts";
import type { Tunnel } from "./classic/tunnel-device.ts";
import type { Request } from "./session.ts";

/** Who may send through the reverse tunnel, and where it is registered. */
export interface FilterEntry {
  readonly careOfAddress: Address;
  readonly homeAddress: Address;
  readonly homeAgentAddress: Address;
}

/** Index of the tunnel device to a care-of address, undefined when there is none. */
export type TunnelIndex = (careOfAddress: Address) => number | undefined;

/**
 * The check of reverse-tunnelled packets on the classic plane (RFC 6275 §10.4.5): what comes from a care-of address may
 * have the home addresses inside that are registered there, nothing else.
 */
export interface SourceFilter {
  /** @returns `unsupported` when this kernel has not what the check needs: nothing is forwarded without it */
  prepare(): Promise<Result<void, KernelError>>;
  /** Checks what comes to a home agent address from now on. Idempotent. */
  openAgent(agent: Address): Promise<Result<void, KernelError>>;
  closeAgent(agent: Address): Promise<Result<void, KernelError>>;
  /** What a new tunnel needs before it is up, by its index. Idempotent. */
  guard(tunnel: number): readonly Request[];
  /** One that is there is success. */
  add(entries: readonly FilterEntry[], tunnels: TunnelIndex): Promise<Result<void, KernelError>>;
  /** One that is not there is as good as removed. */
  remove(entries: readonly FilterEntry[], tunnels: TunnelIndex): Promise<Result<void, KernelError>>;
  /** Those of these tunnels. */
  list(tunnels: readonly Tunnel[]): Promise<Result<readonly FilterEntry[], KernelError>>;
  /** Packets refused since it was made. */
  refusedPackets(): Promise<Result<number, KernelError>>;
  clear(): Promise<Result<void, KernelError>>;
}
