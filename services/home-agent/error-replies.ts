import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import type { Reaction } from "#mip6/reaction.ts";
import { MESSAGE_TYPES } from "#mip6/registry.ts";
import { areAddressesRight } from "#mip6/verdict.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { Counters } from "./counters.ts";
import type { TokenBucket } from "./token-bucket.ts";
import type { Transmitter } from "./transmitter.ts";

/** Octets of a refused packet that an ICMPv6 error repeats, so that it stays within 1280 (RFC 4443 §2.4 (c)). */
const INVOKING_LIMIT = 1280 - 40 - 8;

/** Answers a packet that cannot be taken as its reaction asks: Binding Error, ICMPv6 Parameter Problem, or nothing. */
export type ErrorReplies = (reaction: Reaction, bytes: Uint8Array, spec: InstanceSpec) => void;

/**
 * @param parts.limit of answers to packets that anybody can send
 * @param parts.answersForHost also what the host's own IPv6 layer answers, where that does not see the packets
 */
export const createErrorReplies =
  (parts: {
    readonly transmitter: Pick<Transmitter, "packet">;
    readonly limit: TokenBucket;
    readonly counters: Counters;
    readonly answersForHost: boolean;
  }): ErrorReplies =>
  (reaction, bytes, spec) => {
    if (reaction.kind === "silence") return;
    if (reaction.kind === "parameter-problem" && reaction.layer === "ipv6" && !parts.answersForHost) return;
    if (!parts.limit.take()) {
      parts.counters.errorRepliesSuppressed++;
      return;
    }
    // Looked at last, so that a flood of refused packets is not decoded twice.
    const refused = decodeIpv6Packet(bytes);
    if (refused.ok && !areAddressesRight(refused.value, "home-agent")) return;
    const ends = { source: spec.homeAgentAddress, destination: bytes.slice(8, 24) };
    if (reaction.kind === "binding-error") {
      const { status, homeAddress } = reaction;
      parts.transmitter.packet(
        encodeMobilityPacket({
          ...ends,
          message: { type: MESSAGE_TYPES.bindingError, status, homeAddress, options: [] },
        }),
      );
      return;
    }
    const { code, pointer } = reaction;
    const invokingPacket = bytes.slice(0, INVOKING_LIMIT);
    parts.transmitter.packet(
      encodeIcmpv6Packet({ ...ends, hopLimit: 64, message: { type: 4, code, pointer, invokingPacket } }),
    );
  };
