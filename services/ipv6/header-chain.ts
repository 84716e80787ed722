import { failed, ok, type Result } from "#wire/result.ts";
import { PROTOCOL } from "./protocol.ts";

/**
 * Why the headers of a packet cannot be followed. `pointer` is the offset from the start of the packet of the octet at
 * fault, as ICMPv6 Parameter Problem counts.
 */
export type HeaderProblem =
  /** Not version 6. */
  | { readonly code: "not-ipv6" }
  /** The packet ends inside of a header, its first one too, or before its Payload Length says. */
  | { readonly code: "truncated"; readonly pointer: number }
  /** More extension headers than any sender has a use for. */
  | { readonly code: "too-many-headers"; readonly pointer: number }
  /** Hop-by-Hop Options not first (RFC 8200 §4.3); `pointer` is that of the Next Header field that says so (§4). */
  | { readonly code: "hop-by-hop-not-first"; readonly pointer: number }
  /** Neither to be skipped by its type (RFC 8200 §4.2); `optionType` tells the reaction. */
  | { readonly code: "unrecognized-option"; readonly pointer: number; readonly optionType: number }
  | { readonly code: "header-option-malformed"; readonly pointer: number }
  /** Home Address option of wrong length (RFC 6275 §6.3). */
  | { readonly code: "home-address-malformed"; readonly pointer: number }
  /** A second Home Address option (RFC 6275 §6.3). */
  | { readonly code: "home-address-repeated"; readonly pointer: number }
  /** A routing header that we do not process, with segments left (RFC 8200 §4.4). */
  | { readonly code: "unrecognized-routing-type"; readonly pointer: number }
  /** Type 2 with another length or Segments Left than RFC 6275 §6.4.1 says, or a second one. */
  | { readonly code: "type-2-routing-malformed"; readonly pointer: number };

/** Where things are in a packet: offsets from its start, -1 for what is not there. */
export interface HeaderChain {
  /** Protocol number of the upper layer, 44 when this is a fragment that does not hold it. */
  readonly protocol: number;
  /** Where the upper layer begins. */
  readonly offset: number;
  /** Where the packet ends by its Payload Length; octets behind it belong to the link. */
  readonly end: number;
  readonly homeAddressAt: number;
  readonly routingHomeAt: number;
  /** Whether the packet is a part of a greater one. */
  readonly fragmented: boolean;
}

/** Called for each extension header: its protocol number, where it begins, where it ends. */
export type HeaderVisitor = (protocol: number, at: number, end: number) => void;

const MAXIMUM_HEADERS = 16;
const HOME_ADDRESS = 0xc9;

// What the walk has found so far; one object per packet.
class Walk {
  readonly bytes: Uint8Array;
  readonly end: number;
  protocol: number;
  at = 40;
  /** Where `protocol` was read. */
  namedAt = 6;
  homeAddressAt = -1;
  routingHomeAt = -1;
  fragmented = false;
  problem: HeaderProblem | undefined;

  constructor(bytes: Uint8Array, end: number) {
    this.bytes = bytes;
    this.end = end;
    this.protocol = bytes[6] ?? 0;
  }

  fail(problem: HeaderProblem): number {
    this.problem ??= problem;
    return this.end;
  }

  /** End of a header whose second octet counts 8 octets beyond the first 8. */
  private endOf(unit: number, extra: number): number {
    if (this.at + 8 > this.end) return this.fail({ code: "truncated", pointer: this.at });
    const end = this.at + ((this.bytes[this.at + 1] ?? 0) + extra) * unit;
    return end > this.end ? this.fail({ code: "truncated", pointer: this.at + 1 }) : end;
  }

  options(): number {
    const { bytes } = this;
    const end = this.endOf(8, 1);
    let at = this.at + 2;
    while (at < end && this.problem === undefined) {
      const type = bytes[at] ?? 0;
      if (type === 0) {
        at++;
        continue;
      }
      const length = bytes[at + 1] ?? 0;
      if (at + 2 > end || at + 2 + length > end)
        return this.fail({
          code: type === HOME_ADDRESS ? "home-address-malformed" : "header-option-malformed",
          pointer: at,
        });
      if (type === HOME_ADDRESS) this.homeAddress(at, length);
      else if (type > 0x3f) return this.fail({ code: "unrecognized-option", pointer: at, optionType: type });
      at += 2 + length;
    }
    return end;
  }

  private homeAddress(at: number, length: number): void {
    if (length !== 16) this.fail({ code: "home-address-malformed", pointer: at + 1 });
    else if (this.homeAddressAt >= 0) this.fail({ code: "home-address-repeated", pointer: at });
    else this.homeAddressAt = at + 2;
  }

  routing(): number {
    const { bytes, at } = this;
    const end = this.endOf(8, 1);
    if (this.problem !== undefined) return end;
    if (bytes[at + 2] === 2) {
      // RFC 6275 §6.4.1: Hdr Ext Len is 2, Segments Left 1; §6.4: one such header in a packet.
      if (bytes[at + 1] !== 2) return this.fail({ code: "type-2-routing-malformed", pointer: at + 1 });
      if (bytes[at + 3] !== 1 || this.routingHomeAt >= 0)
        return this.fail({ code: "type-2-routing-malformed", pointer: at + 3 });
      this.routingHomeAt = at + 8;
    } else if (bytes[at + 3] !== 0) return this.fail({ code: "unrecognized-routing-type", pointer: at + 2 });
    return end;
  }

  fragment(): number {
    const { bytes, at } = this;
    if (at + 8 > this.end) return this.fail({ code: "truncated", pointer: at });
    const word = ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if ((word & 0xfff9) !== 0) this.fragmented = true;
    return at + 8;
  }

  authentication(): number {
    return this.endOf(4, 2);
  }

  /** The end of the header at `at`, -1 when that is the upper layer. */
  next(): number {
    switch (this.protocol) {
      case PROTOCOL.destinationOptions:
        return this.options();
      case PROTOCOL.routing:
        return this.routing();
      case PROTOCOL.fragment:
        return this.fragment();
      case PROTOCOL.hopByHopOptions:
        return this.at === 40 ? this.options() : this.fail({ code: "hop-by-hop-not-first", pointer: this.namedAt });
      case PROTOCOL.authentication:
        return this.authentication();
      default:
        return -1;
    }
  }
}

/**
 * Follows the extension headers of a packet up to its upper layer (RFC 8200 §4). Options that are to be skipped by
 * their type are; the Home Address option and the type 2 routing header are found and checked.
 * @throws never
 */
export const followHeaders = (bytes: Uint8Array, visit?: HeaderVisitor): Result<HeaderChain, HeaderProblem> => {
  if (bytes.length > 0 && (bytes[0] ?? 0) >> 4 !== 6) return failed({ code: "not-ipv6" });
  if (bytes.length < 40) return failed({ code: "truncated", pointer: 0 });
  const end = 40 + (((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0));
  if (end > bytes.length) return failed({ code: "truncated", pointer: 4 });
  const walk = new Walk(bytes, end);
  for (let count = 0; ; count++) {
    const next = walk.fragmented ? -1 : walk.next();
    if (walk.problem !== undefined) return failed(walk.problem);
    if (next < 0) break;
    if (count === MAXIMUM_HEADERS) return failed({ code: "too-many-headers", pointer: walk.at });
    visit?.(walk.protocol, walk.at, next);
    walk.protocol = bytes[walk.at] ?? 0;
    walk.namedAt = walk.at;
    walk.at = next;
  }
  return ok({
    protocol: walk.fragmented ? PROTOCOL.fragment : walk.protocol,
    offset: walk.at,
    end,
    homeAddressAt: walk.homeAddressAt,
    routingHomeAt: walk.routingHomeAt,
    fragmented: walk.fragmented,
  });
};
