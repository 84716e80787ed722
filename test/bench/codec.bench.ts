import { address } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import {
  type AuthenticationScope,
  fillMobileNodeHomeAgent,
  makeMobileNodeHomeAgentOption,
  verifyMobileNodeHomeAgent,
} from "#mip6/authentication.ts";
import type { BindingAcknowledgement, BindingUpdate } from "#mip6/messages/binding-messages.ts";
import { decodeMobilityPacket, encodeMobilityPacket, isChecksumRight, type MobilitySending } from "#mip6/packet.ts";
import type { Bench } from "#test/bench/bench.ts";

const homeAgent = address("2001:db8:1::a1");
const homeAddress = address("2001:db8:1::100");
const careOfAddress = address("2001:db8:f1::100");
const digests = createDigests();
const scope: AuthenticationScope = { key: new Uint8Array(16).fill(7), careOfAddress, other: homeAddress };
const SPI = 256;
const timestamp = 0xe0123456a253c4bcn;

const update: BindingUpdate = {
  type: 5,
  sequence: 4711,
  flags: {
    acknowledge: true,
    homeRegistration: true,
    linkLocalCompatibility: false,
    keyManagement: false,
    mobileRouter: false,
  },
  lifetime: 105,
  options: [{ type: 3, careOfAddress }, { type: 10, timestamp }, makeMobileNodeHomeAgentOption(SPI)],
};

const acknowledgement: BindingAcknowledgement = {
  type: 6,
  status: 0,
  flags: { keyManagement: false, mobileRouter: false },
  sequence: 4711,
  lifetime: 105,
  options: [],
};

const updatePacket = encodeMobilityPacket(
  { source: careOfAddress, destination: homeAgent, homeAddress, message: update },
  fillMobileNodeHomeAgent(digests, scope),
);
/** Where the Home Address and the Mobility Header of `updatePacket` begin. */
const HOME_ADDRESS_AT = 48;
const MOBILITY_AT = 64;

const answer = (message: BindingAcknowledgement): MobilitySending => ({
  source: homeAgent,
  destination: careOfAddress,
  routingHome: homeAddress,
  message,
});

/**
 * Calls `step`, which tells whether it did its work, for half a second after warming up.
 * @returns calls in a second of processor time (of all threads, the collector's too), so that other load does not count
 */
const rate = (step: () => boolean): number => {
  const batch = 2000;
  const run = (microseconds: number): number => {
    const start = process.cpuUsage();
    let count = 0;
    let used = 0;
    while (used < microseconds) {
      for (let i = 0; i < batch; i++) if (!step()) throw new Error("a benchmark step failed");
      count += batch;
      const { user, system } = process.cpuUsage(start);
      used = user + system;
    }
    return (count / used) * 1e6;
  };
  run(300_000);
  return Math.max(run(500_000), run(500_000));
};

const millions = (step: () => boolean) => () => rate(step) / 1e6;

const decodeVerifyAnswer = (): boolean => {
  const decoded = decodeMobilityPacket(updatePacket);
  if (!decoded.ok || !verifyMobileNodeHomeAgent(digests, scope, decoded.value.mobilityBytes)) return false;
  const options = [{ type: 10 as const, timestamp }, makeMobileNodeHomeAgentOption(SPI)];
  const packet = encodeMobilityPacket(answer({ ...acknowledgement, options }), fillMobileNodeHomeAgent(digests, scope));
  return packet.length > 0;
};

const COPY = "baseline: plain copy of a Binding Update (120 octets)";
const copied = new Uint8Array(updatePacket.length);

/** Codecs on one core: a Binding Update with Home Address, alternate care-of address, replay and RFC 4285 options. */
export const benches: Bench[] = [
  {
    name: COPY,
    unit: "M/s",
    run: millions(() => {
      copied.set(updatePacket);
      return copied[0] === 0x60;
    }),
  },
  {
    name: "checksum of a Binding Update (120 octets)",
    unit: "M/s",
    goal: { atLeast: 1 },
    baseline: COPY,
    run: millions(() => isChecksumRight(updatePacket, MOBILITY_AT, updatePacket.length, HOME_ADDRESS_AT, -1)),
  },
  {
    name: "decode Binding Update, checksum verified",
    unit: "M/s",
    goal: { atLeast: 1 },
    baseline: COPY,
    run: millions(() => decodeMobilityPacket(updatePacket).ok),
  },
  {
    name: "build Binding Acknowledgement with routing header",
    unit: "M/s",
    goal: { atLeast: 1 },
    baseline: COPY,
    run: millions(() => encodeMobilityPacket(answer(acknowledgement)).length > 0),
  },
  {
    name: "Binding Update decoded and verified, Acknowledgement built and authenticated (RFC 4285)",
    unit: "k/s",
    goal: { atLeast: 150 },
    baseline: "HMAC_SHA1 of a Binding Update",
    run: () => rate(decodeVerifyAnswer) / 1e3,
  },
];
