import type { Address, MacAddress, Prefix } from "#ipv6/address.ts";
import type { Result } from "#wire/result.ts";
import type { KernelError, Plane } from "./kernel.ts";

/** A mobile node's home as its kernel needs to know it. */
export interface HomeSpec {
  readonly homeAddress: Address;
  readonly homePrefix: Prefix;
  readonly homeAgentAddress: Address;
}

/** A link as the kernel tells it. */
export interface LinkState {
  readonly device: string;
  readonly index: number;
  /** Administratively up and with carrier. */
  readonly running: boolean;
  /** The device's own, IFLA_ADDRESS; empty for a device without one. */
  readonly linkLayerAddress: MacAddress;
}

/** An address of the kernel's own autoconfiguration, or a static one. */
export interface LocalAddress {
  readonly device: string;
  readonly address: Address;
  readonly prefixLength: number;
  /** Not yet confirmed unique. */
  readonly tentative: boolean;
  /** Tentative, yet the kernel answers for it already (RFC 4429, IFA_F_OPTIMISTIC). */
  readonly optimistic: boolean;
  readonly duplicate: boolean;
  readonly deprecated: boolean;
}

export type KernelNotice =
  | { readonly type: "link.changed"; readonly link: LinkState }
  | { readonly type: "address.changed"; readonly address: LocalAddress }
  | { readonly type: "address.removed"; readonly address: LocalAddress }
  /** A router of the link was learned or lost (default route of kernel autoconfiguration). */
  | {
      readonly type: "router.changed";
      readonly device: string;
      readonly router: Address;
      readonly present: boolean;
    }
  /** Notices were lost; read everything again. */
  | { readonly type: "overrun" };

/** The mobile node's kernel: home address, bi-directional tunnel, policy routing (features.md §4, §5, §7). */
export interface MobileKernel extends AsyncDisposable {
  readonly plane: Plane;
  prepare(home: HomeSpec): Promise<Result<void, KernelError>>;
  /** Reads links and addresses now. */
  snapshot(): Promise<
    Result<
      {
        readonly links: readonly LinkState[];
        readonly addresses: readonly LocalAddress[];
      },
      KernelError
    >
  >;
  /** Link and address notices until the handle is disposed of. */
  watch(onNotice: (notice: KernelNotice) => void): Result<AsyncDisposable, KernelError>;
  /**
   * Home address on the home device, no tunnel, no policy rules. Idempotent.
   * @param request.homeAgent link-layer address that the home agent has just told: recorded as reachable
   */
  goHome(request: {
    readonly device: string;
    readonly homeAgent?: MacAddress | undefined;
  }): Promise<Result<void, KernelError>>;
  /**
   * Home address leaves the device and moves to the tunnel (HL to FL), or the tunnel's care-of end changes (FL to FL), or
   * only what is known of the path to the home agent. Idempotent.
   * @param request.pathMtu octets of the greatest outer packet that the path takes; left out: what the device takes. The
   * classic plane's kernel finds this out by itself.
   */
  goAway(request: {
    readonly device: string;
    readonly careOfAddress: Address;
    readonly pathMtu?: number;
  }): Promise<Result<void, KernelError>>;
  /**
   * Asks the kernel to forget routers and prefixes of a link that was left, and to solicit routers again. What the
   * router in `keep` has taught stays: the new link's, when it was heard before the move was noticed.
   */
  solicitRouters(request: {
    readonly device: string;
    readonly keep?: { readonly router: Address; readonly prefixes: readonly Prefix[] };
  }): Promise<Result<void, KernelError>>;
  /** Removes everything that bears our mark; the home address too. */
  clear(): Promise<Result<void, KernelError>>;
}
