import { describe, expect, it } from "vitest";
import { judgePacket, type Role, type Verdict } from "#mip6/verdict.ts";
import { type Expected, type HostilePacket, hex, hostilePackets, octets, rolesOf, textOf } from "./corpus.ts";
import { isFlawlessByOctets } from "./correspondent-update.ts";
import { isAuthorized, isDecidedByState } from "./state.ts";

type Reply = Expected["reply"];

/** The answer of a verdict in the words of the corpus; undefined when the packet is handed on. */
const replyOf = (verdict: Verdict, bytes: Uint8Array): Reply | undefined => {
  switch (verdict.kind) {
    case "silence":
      return null;
    case "parameter-problem":
      return { type: "icmpv6-parameter-problem", code: verdict.code, pointer: verdict.pointer };
    case "binding-error":
      return {
        type: "binding-error",
        status: verdict.status,
        homeAddress: textOf(verdict.homeAddress),
        to: textOf(bytes.subarray(8, 24)),
      };
    default:
      return undefined;
  }
};

const isSameReply = (expected: Reply, reply: Reply): boolean => {
  if (expected === null || reply === null) return expected === reply;
  return Object.entries(expected).every(
    ([name, value]) => reply[name] === value || (name === "pointer" && value === null),
  );
};

const permits = (expected: Expected, reply: Reply): boolean =>
  expected.action.includes("discard") && isSameReply(expected.reply, reply);

const outcomes = (packet: HostilePacket): readonly Expected[] => [packet.expect, ...(packet.expect.alsoAllowed ?? [])];

const check = (packet: HostilePacket, role: Role): void => {
  const bytes = octets(packet.hex);
  const before = packet.hex;
  const verdict = judgePacket(bytes, role);
  const reply = replyOf(verdict, bytes);
  expect(hex(bytes)).toBe(before);
  if (reply !== undefined) {
    const permitted = outcomes(packet).some((expected) => permits(expected, reply));
    expect(permitted, `got ${JSON.stringify(reply)}, expected ${JSON.stringify(packet.expect)}`).toBe(true);
    return;
  }
  // The octets do not show the fault that the description tells of: then they are right for us too.
  if (isFlawlessByOctets(packet)) {
    const update = verdict.kind === "mobility" ? verdict.packet : undefined;
    expect(update?.message.type === 5 && isAuthorized(update, update.message)).toBe(true);
    return;
  }
  const mayGoOn = outcomes(packet).some((expected) => expected.action !== "discard");
  expect(mayGoOn || isDecidedByState(packet, verdict, role), "handed on, though nothing lets it pass").toBe(true);
};

describe("hostile packets", () => {
  describe.each(hostilePackets)("$name: $description", (packet) => {
    it.for(rolesOf(packet.role))("shows a %s nothing that it must not act on", (role) => check(packet, role));
  });

  it("are survived when cut anywhere, in every role", () => {
    for (const packet of hostilePackets) {
      const bytes = octets(packet.hex);
      for (let length = 0; length < bytes.length; length++)
        for (const role of rolesOf("any")) expect(judgePacket(bytes.subarray(0, length), role).kind).toBe("silence");
    }
  });
});
