import { type Address, isMulticast, isUnspecified } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import type { DecodedIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import type { BindingUpdate } from "#mip6/messages/binding-messages.ts";
import { encodeMobilityPacket, type MobilityPacket } from "#mip6/packet.ts";
import { endsOf, type Reaction, unknownBindingReaction } from "#mip6/reaction.ts";
import { BINDING_STATUS } from "#mip6/registry.ts";
import { judgePacket, type Role } from "#mip6/verdict.ts";

/** What a node without a Binding Cache does with a packet. */
export type Answer =
  /** Valid by itself: for the machines of the node. */
  | { readonly kind: "message"; readonly packet: MobilityPacket }
  | { readonly kind: "silence" }
  /** `answer` is a whole packet, to be sent within a rate limit (RFC 6275 §9.3.3, RFC 4443 §2.4). */
  | { readonly kind: "refuse"; readonly answer: Uint8Array };

const SILENCE: Answer = { kind: "silence" };

/** Octets of a refused packet that a Parameter Problem repeats, so that it fits the minimum MTU (RFC 4443 §3.4). */
const REPEATED = 1280 - 40 - 8;

/** Carries out a reaction. What concerns the IPv6 layer is left to the kernel, which sees the packet too. */
const react = (reaction: Reaction, packet: Uint8Array): Answer => {
  const ends = endsOf(packet);
  if (ends === undefined || reaction.kind === "silence") return SILENCE;
  const { source: destination, destination: source } = ends;
  if (reaction.kind === "binding-error") {
    const { status, homeAddress } = reaction;
    const message = { type: 7, status, homeAddress, options: [] } as const;
    return { kind: "refuse", answer: encodeMobilityPacket({ source, destination, message }) };
  }
  if (reaction.layer === "ipv6") return SILENCE;
  const { code, pointer } = reaction;
  const invokingPacket = packet.subarray(0, REPEATED);
  const message = { type: 4, code, pointer, invokingPacket } as const;
  return { kind: "refuse", answer: encodeIcmpv6Packet({ source, destination, hopLimit: 64, message }) };
};

/** Whether ESP or AH follow, or a fragment that does not tell yet: the Home Address option may then be right (RFC 6275 §9.3.1). */
const isOpaque = (packet: DecodedIpv6Packet): boolean =>
  packet.protocol === PROTOCOL.encapsulatingSecurityPayload ||
  packet.protocol === PROTOCOL.fragment ||
  packet.headers.some(({ protocol }) => protocol === PROTOCOL.authentication);

/**
 * Judges a packet from a tap (RFC 6275 §9.2, §9.3.1): there is no binding for any Home Address option.
 * @param isOwn whether an address is this node's; packets to others, and multicast, are ignored
 */
export const judge = (bytes: Uint8Array, role: Role, isOwn: (address: Address) => boolean): Answer => {
  const ends = endsOf(bytes);
  if (ends === undefined || !isOwn(ends.destination)) return SILENCE;
  const verdict = judgePacket(bytes, role);
  switch (verdict.kind) {
    case "mobility":
      return { kind: "message", packet: verdict.packet };
    case "icmpv6":
    case "tunnelled":
    case "other": {
      const { homeAddress } = verdict.packet;
      if (homeAddress === undefined || isOpaque(verdict.packet)) return SILENCE;
      return react(unknownBindingReaction({ ...ends, homeAddress }), bytes);
    }
    default:
      return react(verdict, bytes);
  }
};

/** Offset of the Next Header octet that names the Mobility Header. */
const namingOctet = (bytes: Uint8Array): number => {
  let field = 6;
  let at = 40;
  while (bytes[field] !== PROTOCOL.mobility && at + 1 < bytes.length) {
    const length = bytes[at + 1] ?? 0;
    const next = bytes[field] === PROTOCOL.authentication ? (length + 2) * 4 : (length + 1) * 8;
    field = at;
    at += next;
  }
  return field;
};

/**
 * Refuses a Home Test Init or Care-of Test Init, valid by itself, as a node without route optimization: by a Parameter
 * Problem of code 1 that points at the Next Header octet. The mobile node takes it as the sign to stay with the tunnel
 * (RFC 6275 §11.6.2) and to send no Binding Updates here for a while (§11.3.5), while after silence it would go on
 * asking. A Binding Error of status 2 would say that the type is not a known one (§9.2), which it is.
 */
export const refuseTest = (bytes: Uint8Array): Answer => {
  const ends = endsOf(bytes);
  // RFC 4443 §2.4 (e): no error to what is not one node's address.
  if (ends === undefined || isMulticast(ends.source) || isUnspecified(ends.source)) return SILENCE;
  return react({ kind: "parameter-problem", code: 1, pointer: namingOctet(bytes), layer: "mobility" }, bytes);
};

/**
 * Refuses a Binding Update, valid by itself, to a node that is neither home agent nor, so far, does route optimization: a
 * home registration with status 131, a mobile router's with 140 (RFC 3963 §6.2). A correspondent registration is
 * ignored, as it cannot have an authenticator made with tokens of ours (RFC 6275 §9.5.1).
 */
export const refuseUpdate = (packet: MobilityPacket, update: BindingUpdate): Answer => {
  const { source, destination, homeAddress } = packet;
  const { homeRegistration, mobileRouter } = update.flags;
  if (!homeRegistration && !mobileRouter) return SILENCE;
  const status = homeRegistration
    ? BINDING_STATUS.homeRegistrationNotSupported
    : BINDING_STATUS.mobileRouterOperationNotPermitted;
  const answer = encodeMobilityPacket({
    source: destination,
    // To where the Binding Update came from, without a look into the Binding Cache (RFC 6275 §9.5.4).
    destination: source,
    routingHome: homeAddress,
    message: {
      type: 6,
      status,
      flags: { keyManagement: false, mobileRouter: false },
      sequence: update.sequence,
      lifetime: 0,
      options: [],
    },
  });
  return { kind: "refuse", answer };
};
