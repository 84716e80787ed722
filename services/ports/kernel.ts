import type { Address, MacAddress, Prefix } from "#ipv6/address.ts";
import type { Result } from "#wire/result.ts";

/** Why the kernel refused. `message` holds the kernel's extended acknowledgement where it gave one. */
export interface KernelError {
  readonly code:
    | "exists"
    | "not-found"
    | "permission"
    | "unsupported"
    | "no-memory"
    | "no-device"
    | "invalid"
    | "busy"
    | "system";
  readonly errno: number;
  readonly message: string;
}

/** How bindings are put into the kernel (DESIGN §5). */
export type Plane = "classic" | "routed";

/** What the running kernel has; found by trying, not by version. */
export interface KernelFeatures {
  readonly mip6: boolean;
  readonly ip6tnl: boolean;
  /** Routes that encapsulate (`encap ip6`) through one `external` ip6tnl device. */
  readonly externalTunnel: boolean;
  readonly seg6: boolean;
  readonly esp: boolean;
  readonly macvlan: boolean;
  readonly nftables: boolean;
  readonly release: string;
}

/** One home agent instance as a node's kernel holds it. */
export interface InstanceSpec {
  /** Name, also of its devices: at most 8 characters of [a-z0-9]. */
  readonly name: string;
  /** 1 to 255, the same on all nodes; tables and marks are numbered by it. */
  readonly number: number;
  readonly homeAgentAddress: Address;
  readonly homePrefix: Prefix;
  readonly virtualMac: MacAddress;
  /** The network device on the home link. */
  readonly device: string;
}

/** A binding as the data plane knows it. */
export interface ForwardingEntry {
  readonly homeAddress: Address;
  readonly careOfAddress: Address;
}

export type ForwardingChange =
  | ({
      readonly kind: "set" /** replaced care-of address, when known */;
      readonly previous?: Address;
    } & ForwardingEntry)
  | ({ readonly kind: "remove" } & ForwardingEntry);

/** What `adopt` found in the kernel that bears our mark. */
export interface AdoptedInstance {
  readonly number: number;
  /** True when address and virtual MAC are up on this node. */
  readonly active: boolean;
  readonly entries: readonly ForwardingEntry[];
  /** Objects that do not fit together (a route without its filter element, …), each as one readable line. */
  readonly differences: readonly string[];
  /** The halves of bindings that the differences are about, where each is known. */
  readonly loose?: readonly ForwardingEntry[];
}

/**
 * The edge's kernel: forwarding state of home agent instances (DESIGN §5). Calls on one instance are carried out in
 * order. All state outlives this process; `adopt` finds it again.
 */
export interface Kernel extends AsyncDisposable {
  readonly plane: Plane;
  /**
   * What the kernel hears about its tunnels, Packet Too Big above all, it tells the sender of the packet inside by itself
   * (RFC 2473 §8.2); where it does not, the program must.
   */
  readonly tellsSenders: boolean;
  /** Makes what the node needs once: tables, rules, decapsulation, source filter, encapsulation device. Idempotent. */
  prepare(): Promise<Result<void, KernelError>>;
  /** Reads back what is there, also of a process that died. */
  adopt(): Promise<Result<readonly AdoptedInstance[], KernelError>>;
  /** Makes the standing objects of an instance, its macvlan down. Idempotent. */
  openInstance(spec: InstanceSpec): Promise<Result<void, KernelError>>;
  /** Removes all objects of an instance, its forwarding entries too. */
  closeInstance(number: number): Promise<Result<void, KernelError>>;
  /** Brings the virtual MAC and the home agent address up on the home link. Work does not grow with the bindings. */
  activateInstance(number: number): Promise<Result<void, KernelError>>;
  /** Takes them down, link first, so that no multicast leave goes out. Forwarding entries stay. */
  deactivateInstance(number: number): Promise<Result<void, KernelError>>;
  /**
   * Changes forwarding entries, in order, in batches; each has a result of its own in the same order. `set` is an
   * upsert, `remove` of what is not there succeeds. ENOMEM bursts are retried inside. The first call after
   * `openInstance`, also without changes, takes away what an earlier life left that goes with no entry: one process of
   * a node calls this.
   */
  apply(number: number, changes: readonly ForwardingChange[]): Promise<readonly Result<void, KernelError>[]>;
  /** Reverse-tunnelled packets refused because their outer source is not the registered care-of address (RFC 6275 §10.4.5). */
  refusedPackets(): Promise<Result<number, KernelError>>;
  /** Removes everything that bears our mark. */
  clear(): Promise<Result<void, KernelError>>;
}
