import type { Address, MacAddress } from "#ipv6/address.ts";
import type { Result } from "#wire/result.ts";
import type { Milliseconds } from "#wire/time.ts";

/** A packet as the tap saw it, before the kernel's own input. */
export interface TappedPacket {
  /** From the IPv6 version field to the end. Valid only until the callback returns: copy what you keep. */
  readonly bytes: Uint8Array;
  /** Interface index it came in on. */
  readonly device: number;
  /** Link-layer source, when the link has one. */
  readonly source: MacAddress;
  /** True when this host sent it (seen on its way out). */
  readonly outgoing: boolean;
  /** True when the frame was for a group of this link (multicast, broadcast), whatever the packet's own destination. */
  readonly toGroup?: boolean;
  /** How long it waited on this host until it was read, where that is known. */
  readonly waited?: Milliseconds;
}

export type PacketError =
  | { readonly code: "permission"; readonly message: string }
  | { readonly code: "no-device"; readonly message: string }
  | {
      readonly code: "system";
      readonly errno: number;
      readonly message: string;
    };

/** What a tap lets through; everything else is dropped in the kernel by its filter. */
export type TapFilter =
  /** Next header 135, or Destination Options / Routing / Hop-by-Hop / Fragment that may lead to it. */
  | { readonly kind: "mobility" }
  /** Destination Options as the first header, whatever follows: where a Home Address option stands. */
  | { readonly kind: "destination-options" }
  /** ICMPv6 with one of these types. */
  | { readonly kind: "icmpv6"; readonly types: readonly number[] }
  /** IPv6 in IPv6 without an extension header before it (RFC 2473). */
  | { readonly kind: "tunnelled" };

/**
 * Receives whole IPv6 packets in batches. With a device: what is on its wire, also frames to a macvlan on top of it, and
 * what this host sends out of it. Without: what comes in on any device, once, at the device it is addressed to (the
 * macvlan, not its parent); multicast may be seen on both, and nothing that this host sends.
 */
export interface PacketTap extends AsyncDisposable {
  /** Packets that the kernel dropped because this process did not keep up. */
  readonly dropped: number;
}

export interface Packets {
  openTap(options: {
    readonly device?: string;
    readonly filter: TapFilter;
    /** Takes multicast of groups that nobody here joined. */
    readonly promiscuousMulticast?: boolean;
    /** Leaves out what this host sends itself. */
    readonly ignoreOutgoing?: boolean;
    readonly onPackets: (batch: readonly TappedPacket[]) => void;
  }): Result<PacketTap, PacketError>;
  /**
   * Sends complete IPv6 packets (header to payload, checksums already right) by the routing table; when a device is
   * named, out of that device (needed for link-local and multicast destinations).
   * @returns how many the kernel took, in order; the first refusal stops the batch and is told
   */
  send(
    packets: readonly Uint8Array[],
    options?: { readonly device?: string },
  ): { readonly sent: number; readonly error?: PacketError };
  /** Sends complete Ethernet frames out of a device, for a source MAC of our own choice. */
  sendFrames(device: string, frames: readonly Uint8Array[]): { readonly sent: number; readonly error?: PacketError };
  /** Sends complete IPv6 packets to a neighbour's link-layer address out of a device, from that device's own. */
  sendTo(
    device: string,
    neighbour: MacAddress,
    packets: readonly Uint8Array[],
  ): { readonly sent: number; readonly error?: PacketError };
  /** A raw socket for protocol 135, so that the kernel does not answer Mobility Headers with Parameter Problem. Reads are thrown away. */
  holdProtocol(protocol: number): Result<AsyncDisposable, PacketError>;
  /** Joins a multicast group on a device for as long as the handle lives. */
  join(device: string, group: Address): Result<AsyncDisposable, PacketError>;
}
