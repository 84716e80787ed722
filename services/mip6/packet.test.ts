import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import type { BindingAcknowledgement, BindingUpdate } from "./messages/binding-messages.ts";
import { decodeMobilityPacket, encodeMobilityHeader, encodeMobilityPacket, type MobilitySending } from "./packet.ts";

const homeAgent = address("2001:db8:1::a1");
const home = address("2001:db8:1::100");
const careOf = address("2001:db8:f1::7");
const other = address("2001:db8:f2::9");

const update: BindingUpdate = {
  type: 5,
  sequence: 9,
  flags: {
    acknowledge: true,
    homeRegistration: true,
    linkLocalCompatibility: false,
    keyManagement: false,
    mobileRouter: false,
  },
  lifetime: 30,
  options: [],
};
const acknowledgement: BindingAcknowledgement = {
  type: 6,
  status: 0,
  flags: { keyManagement: false, mobileRouter: false },
  sequence: 9,
  lifetime: 30,
  options: [],
};

const fromAway: MobilitySending = { source: careOf, destination: homeAgent, homeAddress: home, message: update };
const toAway: MobilitySending = { source: homeAgent, destination: careOf, routingHome: home, message: acknowledgement };
const both: MobilitySending = { ...fromAway, routingHome: other };
const plain: MobilitySending = { source: home, destination: homeAgent, message: update };

const checksumAt = (packet: Uint8Array, at: number): number => ((packet[at + 4] ?? 0) << 8) | (packet[at + 5] ?? 0);

describe("Mobility Header packets", () => {
  it.each([
    ["from a foreign link", fromAway],
    ["to a foreign link", toAway],
    ["with both headers", both],
    ["from home", plain],
  ])("decode to what they were made from: %s", (_, sending) => {
    const decoded = decodeMobilityPacket(encodeMobilityPacket(sending));
    if (!decoded.ok) throw new Error(decoded.error.code);
    const { message: _message, ...ends } = sending;
    expect(decoded.value).toMatchObject({ hopLimit: 64, ...ends });
    expect("homeAddress" in decoded.value).toBe(sending.homeAddress !== undefined);
    expect("routingHome" in decoded.value).toBe(sending.routingHome !== undefined);
    expect(decoded.value.message).toMatchObject({ type: sending.message.type, sequence: 9, lifetime: 30 });
  });

  it("put the Mobility Header on an 8-octet boundary (R-6.1.1-08)", () => {
    for (const sending of [fromAway, toAway, both, plain]) {
      const decoded = decodeMobilityPacket(encodeMobilityPacket(sending));
      if (!decoded.ok) throw new Error(decoded.error.code);
      const { mobilityBytes, source } = decoded.value;
      expect((mobilityBytes.byteOffset - source.byteOffset + 8) % 8).toBe(0);
    }
  });

  it("count the home address as source in the checksum (R-6.1.1-06)", () => {
    const expected = encodeMobilityHeader(home, homeAgent, update);
    expect(encodeMobilityPacket(fromAway).subarray(64)).toEqual(expected);
    expect(encodeMobilityPacket(plain).subarray(40)).toEqual(expected);
  });

  it("count the address of the routing header as destination in the checksum (R-6.1.1-06)", () => {
    const expected = encodeMobilityHeader(homeAgent, home, acknowledgement);
    expect(encodeMobilityPacket(toAway).subarray(64)).toEqual(expected);
    expect(checksumAt(expected, 0)).not.toBe(checksumAt(encodeMobilityHeader(homeAgent, careOf, acknowledgement), 0));
  });

  it("put the Home Address option at 8n+6, 16 octets, behind the routing header (R-6.3-01, R-6.3-05)", () => {
    const packet = encodeMobilityPacket(both);
    expect([packet[6], packet[40], packet[64]]).toEqual([43, 60, 135]);
    expect([...packet.subarray(64, 72)]).toEqual([135, 2, 1, 2, 0, 0, 0xc9, 16]);
    expect(packet.subarray(72, 88)).toEqual(home);
  });

  it("write a type 2 routing header of length 2 with one segment left and reserved bits zero (R-6.4.1-01, R-6.4.1-02, R-6.4.1-03)", () => {
    const packet = encodeMobilityPacket(toAway);
    expect([...packet.subarray(40, 48)]).toEqual([135, 2, 2, 1, 0, 0, 0, 0]);
    expect(packet.subarray(48, 64)).toEqual(home);
  });

  it("ignore the reserved bits of a routing header (R-6.4.1-01)", () => {
    const packet = encodeMobilityPacket(toAway);
    packet.set([1, 2, 3, 4], 44);
    expect(decodeMobilityPacket(packet).ok).toBe(true);
  });

  it("are dropped in silence when any bit of header or addresses has changed (R-9.2-01, R-6.1.1-05)", () => {
    const packet = encodeMobilityPacket(fromAway);
    const covered = [...Array(16).keys()].map((i) => 24 + i).concat([...Array(32).keys()].map((i) => 48 + i));
    for (const octet of covered) {
      if (octet === 65) continue; // Header Len, which tells where the header ends
      const changed = packet.slice();
      changed[octet] = (changed[octet] ?? 0) ^ 0x10;
      const decoded = decodeMobilityPacket(changed);
      expect(decoded.ok ? undefined : decoded.error.code, `octet ${octet}`).toBe("checksum-mismatch");
    }
  });

  it("end where Header Len says, whatever follows", () => {
    const packet = new Uint8Array([...encodeMobilityPacket(plain), 1, 2, 3, 4, 5, 6, 7, 8]);
    packet[5] = (packet[5] ?? 0) + 8;
    const decoded = decodeMobilityPacket(packet);
    expect(decoded.ok && decoded.value.mobilityBytes.length).toBe(16);
  });

  it("tell another upper layer from their own", () => {
    const packet = encodeMobilityPacket(plain);
    packet[6] = 17;
    expect(decodeMobilityPacket(packet)).toEqual({ ok: false, error: { code: "not-mobility", protocol: 17 } });
  });

  it("let the caller fill in an authenticator before the checksum is reckoned", () => {
    const packet = encodeMobilityPacket(
      { ...plain, message: { ...update, options: [{ type: 5, authenticator: new Uint8Array(12) }] } },
      (mobility) => {
        expect(checksumAt(mobility, 0)).toBe(0);
        mobility.fill(0x5a, 20, 32);
      },
    );
    const decoded = decodeMobilityPacket(packet);
    expect(decoded.ok && decoded.value.mobilityBytes.at(-1)).toBe(0x5a);
  });
});
