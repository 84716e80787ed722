import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import {
  type AuthenticationScope,
  fillMobileNodeHomeAgent,
  makeMobileNodeHomeAgentOption,
  mobileNodeHomeAgentOption,
  verifyBindingAuthorization,
  verifyMobileNodeHomeAgent,
} from "./authentication.ts";
import type { Digests } from "./digests.ts";
import type { BindingUpdate } from "./messages/binding-messages.ts";
import type { MobilityOption } from "./options/mobility-option.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilitySending } from "./packet.ts";

const digests: Digests = {
  sha1: (...parts) => new Uint8Array(createHash("sha1").update(Buffer.concat(parts)).digest()),
  hmacSha1: (key, ...parts) => new Uint8Array(createHmac("sha1", key).update(Buffer.concat(parts)).digest()),
};

const home = address("2001:db8:1::100");
const careOf = address("2001:db8:f1::7");
const homeAgent = address("2001:db8:1::a1");
const scope: AuthenticationScope = { key: new Uint8Array(16).fill(0x11), careOfAddress: careOf, other: home };

const update = (options: readonly MobilityOption[]): BindingUpdate => ({
  type: 5,
  sequence: 77,
  flags: {
    acknowledge: true,
    homeRegistration: true,
    linkLocalCompatibility: false,
    keyManagement: false,
    mobileRouter: false,
  },
  lifetime: 15,
  options,
});

const sendingOf = (options: readonly MobilityOption[]): MobilitySending => ({
  source: careOf,
  destination: homeAgent,
  homeAddress: home,
  message: update(options),
});

const signed = (options: readonly MobilityOption[]): Uint8Array =>
  encodeMobilityPacket(sendingOf(options), fillMobileNodeHomeAgent(digests, scope));

const received = (packet: Uint8Array) => {
  const decoded = decodeMobilityPacket(packet);
  if (!decoded.ok) throw new Error(decoded.error.code);
  return decoded.value;
};

const timestamp: MobilityOption = { type: 10, timestamp: 1n };
const sample = signed([timestamp, makeMobileNodeHomeAgentOption(300)]);

describe("MN-HA authentication option (RFC 4285 §5.1)", () => {
  it("covers care-of address, home address and the header with checksum 0 up to the SPI", () => {
    const { mobilityBytes } = received(sample);
    const header = mobilityBytes.slice();
    header.fill(0, 4, 6);
    const toSpi = header.subarray(0, header.length - 12);
    const expected = createHmac("sha1", scope.key)
      .update(Buffer.concat([careOf, home, toSpi]))
      .digest();
    expect(mobilityBytes.subarray(-12)).toEqual(new Uint8Array(expected.subarray(0, 12)));
  });

  it("is verified with the same key and addresses only", () => {
    const { mobilityBytes } = received(sample);
    expect(verifyMobileNodeHomeAgent(digests, scope, mobilityBytes)).toBe(true);
    const others: AuthenticationScope[] = [
      { ...scope, key: new Uint8Array(16) },
      { ...scope, careOfAddress: home },
      { ...scope, other: careOf },
    ];
    for (const other of others) expect(verifyMobileNodeHomeAgent(digests, other, mobilityBytes)).toBe(false);
  });

  it("fails when any bit but those of the checksum has changed", () => {
    const { mobilityBytes } = received(sample);
    for (let bit = 0; bit < mobilityBytes.length * 8; bit++) {
      const octet = bit >> 3;
      if (octet === 4 || octet === 5) continue;
      const changed = mobilityBytes.slice();
      changed[octet] = (changed[octet] ?? 0) ^ (0x80 >> (bit & 7));
      expect(verifyMobileNodeHomeAgent(digests, scope, changed), `bit ${bit}`).toBe(false);
    }
  });

  it("fails when it is missing or cut", () => {
    expect(verifyMobileNodeHomeAgent(digests, scope, received(signed([timestamp])).mobilityBytes)).toBe(false);
    expect(verifyBindingAuthorization(digests, scope, received(sample).mobilityBytes)).toBe(false);
    const cut: MobilityOption = { type: 9, subtype: 1, spi: 300, authenticator: new Uint8Array(0) };
    const short = encodeMobilityPacket(sendingOf([cut]));
    expect(verifyMobileNodeHomeAgent(digests, scope, received(short).mobilityBytes)).toBe(false);
  });

  it("fails when an option follows that it does not cover", () => {
    const { mobilityBytes } = received(
      signed([{ type: 8, subtype: 1, identifier: new Uint8Array(2) }, makeMobileNodeHomeAgentOption(300)]),
    );
    expect(verifyMobileNodeHomeAgent(digests, scope, mobilityBytes)).toBe(true);
    const padding = mobilityBytes.length - 4;
    expect([...mobilityBytes.subarray(padding)]).toEqual([1, 2, 0, 0]);
    const changed = mobilityBytes.slice();
    changed.set([2, 2, 0, 1], padding); // Binding Refresh Advice
    expect(verifyMobileNodeHomeAgent(digests, scope, changed)).toBe(false);
  });

  it("never looks beyond the octets that it gets", () => {
    const { mobilityBytes } = received(sample);
    for (let length = 0; length < mobilityBytes.length; length++)
      expect(verifyMobileNodeHomeAgent(digests, scope, mobilityBytes.slice(0, length))).toBe(false);
  });

  it("is found by its subtype", () => {
    const { message } = received(sample);
    if (message.type !== 5) throw new Error("not an update");
    expect(mobileNodeHomeAgentOption(message.options)?.spi).toBe(300);
    expect(mobileNodeHomeAgentOption([{ ...makeMobileNodeHomeAgentOption(300), subtype: 2 }])).toBeUndefined();
  });
});
