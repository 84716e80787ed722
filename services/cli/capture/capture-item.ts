/** A packet of a capture. */
export interface CapturedPacket {
  readonly kind: "packet";
  /** Nanoseconds since 1970, where the capture has a time. */
  readonly time: bigint | undefined;
  /** Number of the link type (LINKTYPE_ registry of tcpdump.org). */
  readonly linkType: number;
  readonly data: Uint8Array;
  /** Octets that the packet had on the link; `data` may hold fewer. */
  readonly originalLength: number;
  readonly comments: readonly string[];
}

/** Something in the capture that cannot be read. Reading goes on behind it where that is possible. */
export interface CaptureDamage {
  readonly kind: "damage";
  /** Octets from the start of the file. */
  readonly offset: number;
  readonly message: string;
}

export type CaptureItem = CapturedPacket | CaptureDamage;

/** Octets of a packet that are accepted; tcpdump's own limit is 256 KiB. */
export const PACKET_LIMIT = 256 * 1024;
/** How far a reader looks for the next sound record behind a damaged one. */
export const SEARCH_LIMIT = 1024 * 1024;
