import type { Address, MacAddress } from "#ipv6/address.ts";
import type { Result } from "#wire/result.ts";
import type { Milliseconds } from "#wire/time.ts";
import type { PacketError } from "./packets.ts";

/** Neighbor Discovery of RFC 4861 and 4862 as a home agent or mobile node needs it on one link. */
export interface NeighborDiscovery extends AsyncDisposable {
  /**
   * Duplicate address detection for an address that is not (yet) ours (RFC 4862 §5.4, RFC 6275 §10.4.1): `transmits`
   * solicitations from `::`, one `retransmit` apart, and as long again to listen. Thousands may run at once.
   */
  detectDuplicate(request: {
    readonly device: string;
    readonly target: Address;
    readonly transmits: number;
    readonly retransmit: Milliseconds;
    readonly signal: AbortSignal;
  }): Promise<Result<"unique" | "duplicate", PacketError>>;
  /** Sends unsolicited Neighbor Advertisements to all nodes, Override set (RFC 4861 §7.2.6). */
  announce(
    device: string,
    advertisements: readonly {
      readonly target: Address;
      readonly linkLayerAddress: MacAddress;
      readonly router: boolean;
      /** IPv6 source; the target itself when left out. */
      readonly source?: Address;
    }[],
  ): Result<void, PacketError>;
  /**
   * Answers Neighbor Solicitations on a device for the addresses that `lookup` knows, also those of duplicate address
   * detection, until the handle is disposed of (RFC 6275 §10.4.1: R bit clear for home addresses).
   */
  answer(options: {
    readonly device: string;
    readonly lookup: (
      target: Address,
    ) => { readonly linkLayerAddress: MacAddress; readonly router: boolean } | undefined;
  }): Result<AsyncDisposable, PacketError>;
}
