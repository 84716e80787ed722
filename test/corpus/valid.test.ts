import { describe, expect, it } from "vitest";
import { decodeMobilityPacket, encodeMobilityPacket } from "#mip6/packet.ts";
import { judgePacket, type Role } from "#mip6/verdict.ts";
import { hex, type Json, octets, validPackets } from "./corpus.ts";
import { encodeAgain } from "./encode.ts";
import { packetFields } from "./fields.ts";

const roles: readonly Role[] = ["home-agent", "correspondent-node", "mobile-node"];

/** Names of options in the corpus are words about the type number; the numbers are compared. */
const withoutOptionNames = (value: Json): unknown => {
  if (Array.isArray(value)) return value.map(withoutOptionNames);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([name]) => name !== "name");
  return Object.fromEntries(entries.map(([name, inner]) => [name, withoutOptionNames(inner)]));
};

describe.each(validPackets)("valid packet $name", (packet) => {
  const bytes = octets(packet.hex);

  it("decodes to the fields of the corpus", () => {
    expect(packetFields(bytes)).toMatchObject(Object(withoutOptionNames(packet.fields)));
  });

  it("encodes to the same octets from what was decoded", () => {
    expect(hex(encodeAgain(bytes))).toBe(packet.hex);
  });

  it("is refused by itself in no role that it may be for", () => {
    const refusals = roles.filter((role) =>
      ["silence", "parameter-problem", "binding-error"].includes(judgePacket(bytes, role).kind),
    );
    expect(refusals.length).toBeLessThan(roles.length);
  });
});

describe("valid Mobility Header packets", () => {
  it("are built alike from their parts, where the sender pads its headers as RFC 6275 §6.3 asks", () => {
    let compared = 0;
    for (const { hex: text } of validPackets) {
      const bytes = octets(text);
      const decoded = decodeMobilityPacket(bytes);
      if (!decoded.ok) continue;
      const built = encodeMobilityPacket(decoded.value);
      // Padding octets of a Destination Options header are the sender's; all else is ours to reproduce.
      const at = decoded.value.homeAddress === undefined ? -1 : decoded.value.homeAddress.byteOffset - bytes.byteOffset;
      const blank = (octet: number, index: number) => (index >= at - 6 && index < at - 2 ? 0 : octet);
      if (built.length !== bytes.length || bytes[6] === 0) continue;
      expect(hex(built.map(blank).fill(0, 1, 4))).toBe(hex(bytes.map(blank).fill(0, 1, 4)));
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });
});
