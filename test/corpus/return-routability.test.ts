import { describe, expect, it } from "vitest";
import {
  type AuthenticationScope,
  fillBindingAuthorization,
  makeBindingAuthorizationData,
  verifyBindingAuthorization,
} from "#mip6/authentication.ts";
import type { MobilityMessage } from "#mip6/messages/mobility-message.ts";
import { decodeMobilityHeader } from "#mip6/mobility-header.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import { careOfKeygenToken, deletionKey, homeKeygenToken, registrationKey } from "#mip6/return-routability.ts";
import { judgePacket } from "#mip6/verdict.ts";
import {
  addressOf,
  digests,
  hex,
  octets,
  type ReturnRoutabilityVector,
  returnRoutabilityVectors,
  validPackets,
} from "./corpus.ts";
import { isAuthorized } from "./state.ts";

type Signed = NonNullable<ReturnRoutabilityVector["bindingAcknowledgement"]>;

const scopeOf = (vector: ReturnRoutabilityVector, signed: Signed): AuthenticationScope => ({
  key: octets(signed.kbm),
  careOfAddress: addressOf(signed.mobilityDataAddress),
  other: addressOf(vector.correspondent),
});

const messageOf = (signed: Signed): MobilityMessage => {
  const decoded = decodeMobilityHeader(octets(signed.mobilityHeader));
  if (!decoded.ok) throw new Error(decoded.error.code);
  return decoded.value;
};

/** The same message with its authenticator blank and made again. */
const signAgain = (vector: ReturnRoutabilityVector, signed: Signed, isUpdate: boolean): string => {
  const message = messageOf(signed);
  if (message.type !== 5 && message.type !== 6) throw new Error("neither update nor acknowledgement");
  const options = message.options.map((each) => (each.type === 5 ? makeBindingAuthorizationData() : each));
  const ends = { home: addressOf(vector.homeAddress), correspondent: addressOf(vector.correspondent) };
  const packet = encodeMobilityPacket(
    {
      source: isUpdate ? ends.home : ends.correspondent,
      destination: isUpdate ? ends.correspondent : ends.home,
      message: { ...message, options },
    },
    fillBindingAuthorization(digests, scopeOf(vector, signed)),
  );
  return hex(packet.subarray(40));
};

describe.each(returnRoutabilityVectors)("return routability vector $name", (vector) => {
  const kcn = octets(vector.kcn);
  const homeAddress = addressOf(vector.homeAddress);
  const careOfAddress = addressOf(vector.careOfAddress);

  it("makes the home keygen token (R-5.2.5-01)", () => {
    const token = homeKeygenToken(digests, kcn, { homeAddress, nonce: octets(vector.homeNonce) });
    expect(hex(token)).toBe(vector.homeKeygenToken);
  });

  it("makes the care-of keygen token (R-5.2.5-02)", () => {
    const token = careOfKeygenToken(digests, kcn, { careOfAddress, nonce: octets(vector.careOfNonce) });
    expect(hex(token)).toBe(vector.careOfKeygenToken);
  });

  it("makes Kbm for registration and deletion (R-5.2.5-03, R-5.2.5-04)", () => {
    const home = octets(vector.homeKeygenToken);
    expect(hex(registrationKey(digests, home, octets(vector.careOfKeygenToken)))).toBe(vector.kbmRegistration);
    expect(hex(deletionKey(digests, home))).toBe(vector.kbmDeletion);
  });

  const signed = [vector.bindingUpdate, vector.bindingAcknowledgement].filter((each) => each !== null);

  it("makes and verifies the authenticators of update and acknowledgement (R-6.2.7-01, R-6.2.7-02)", () => {
    for (const each of signed) {
      const scope = scopeOf(vector, each);
      expect(verifyBindingAuthorization(digests, scope, octets(each.mobilityHeader))).toBe(true);
      expect(signAgain(vector, each, each === vector.bindingUpdate)).toBe(each.mobilityHeader);
    }
  });

  it("refuses an authenticator when any bit but those of the checksum has changed (R-6.2.7-01)", () => {
    for (const each of signed) {
      const scope = scopeOf(vector, each);
      const header = octets(each.mobilityHeader);
      for (let bit = 0; bit < header.length * 8; bit++) {
        const octet = bit >> 3;
        if (octet === 4 || octet === 5) continue;
        const changed = header.slice();
        changed[octet] = (changed[octet] ?? 0) ^ (0x80 >> (bit & 7));
        expect(verifyBindingAuthorization(digests, scope, changed), `bit ${bit}`).toBe(false);
      }
    }
  });
});

describe("valid correspondent registrations of the corpus", () => {
  it("are authorized under the nonces and key of the environment", () => {
    const updates = validPackets.flatMap((packet) => {
      const verdict = judgePacket(octets(packet.hex), "correspondent-node");
      return verdict.kind === "mobility" &&
        verdict.packet.message.type === 5 &&
        !verdict.packet.message.flags.homeRegistration
        ? [{ name: packet.name, packet: verdict.packet, message: verdict.packet.message }]
        : [];
    });
    expect(updates.length).toBeGreaterThan(0);
    for (const { name, packet, message } of updates) expect(isAuthorized(packet, message), name).toBe(true);
  });
});
