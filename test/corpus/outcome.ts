import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { judgePacket, type Role } from "#mip6/verdict.ts";
import { type Expected, textOf } from "./corpus.ts";

export type Reply = NonNullable<Expected["reply"]>;

/** A packet that was sent, in the words of the corpus. */
export const replyOf = (bytes: Uint8Array): Reply => {
  const mobility = decodeMobilityPacket(bytes);
  if (mobility.ok) {
    const { message, destination, routingHome } = mobility.value;
    const to = textOf(destination);
    if (message.type === 7)
      return { type: "binding-error", status: message.status, homeAddress: textOf(message.homeAddress), to };
    if (message.type === 6)
      return {
        type: "binding-acknowledgement",
        status: message.status,
        sequence: message.sequence,
        to,
        ...(routingHome === undefined ? {} : { routing2HomeAddress: textOf(routingHome) }),
      };
  }
  const packet = decodeIpv6Packet(bytes);
  const message = packet.ok ? decodeIcmpv6Packet(packet.value) : undefined;
  if (message?.ok === true && message.value.type === 4)
    return { type: "icmpv6-parameter-problem", code: message.value.code, pointer: message.value.pointer };
  return { type: "other" };
};

const isSameReply = (expected: Reply, reply: Reply): boolean =>
  Object.entries(expected).every(([name, value]) => (name === "pointer" && value === null) || reply[name] === value);

/** Whether a discarding or refusing outcome, in which no state changed, is the expected one. */
export const fits = (expected: Expected, replies: readonly Reply[]): boolean => {
  if (expected.action === "accept") return false;
  const { reply } = expected;
  if (reply !== null) {
    // A SHOULD is kept here too; only where the reply is a MAY is silence right.
    if (replies.length === 0) return expected.replyLevel === "MAY";
    return replies.every((sent) => isSameReply(reply, sent));
  }
  // Without a reply that is named and with MAY, replies are not judged.
  return replies.length === 0 || expected.replyLevel === "MAY";
};

/**
 * Whether the host's own IPv6 layer owes the answer and sees the packet too: a Parameter Problem about a header or an
 * option before the Mobility Header (RFC 8200 §4.2, §4.4).
 */
export const isOfIpv6Layer = (bytes: Uint8Array, role: Role): boolean => {
  const verdict = judgePacket(bytes, role);
  return verdict.kind === "parameter-problem" && verdict.layer === "ipv6";
};
