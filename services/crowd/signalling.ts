import { type Address, addressEquals } from "#ipv6/address.ts";
import {
  fillMobileNodeHomeAgent,
  makeMobileNodeHomeAgentOption,
  mobileNodeHomeAgentOption,
  verifyMobileNodeHomeAgent,
} from "#mip6/authentication.ts";
import type { Digests } from "#mip6/digests.ts";
import { lifetimeUnits } from "#mip6/lifetime.ts";
import type { BindingAcknowledgement } from "#mip6/messages/binding-messages.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { encodeMobilityPacket, type MobilityPacket } from "#mip6/packet.ts";
import {
  type ClockEvidence,
  followedOffset,
  isAheadOfTold,
  nextTimestamp,
  replayTimestamp,
} from "#mip6/replay-timestamp.ts";
import type { Milliseconds } from "#wire/time.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { CrowdTable } from "./table.ts";

/** A home agent instance that part of the crowd registers with. */
export interface CrowdHomeAgent {
  /** Name of the instance in reports and histories. */
  readonly name: string;
  readonly address: Address;
}

/** Why an acknowledgement is not believed (RFC 6275 §11.7.3, RFC 4285 §6). */
export type AcknowledgementProblem =
  | "not-from-home-agent"
  | "not-for-care-of-address"
  | "not-authenticated"
  | "wrong-authenticator"
  | "wrong-timestamp";

/** Binding Updates and the proof of their acknowledgements, for every node of the table. */
export interface CrowdSignalling {
  homeAgentOf(node: number): CrowdHomeAgent;
  /** Where the node's Binding Updates come from and packets for it go to. */
  careOfAddress(node: number): Address;
  /** A whole packet by the node's row. @param lifetime 0 for a de-registration */
  bindingUpdate(node: number, lifetime: Milliseconds, wall: number): Uint8Array;
  /** Whether this acknowledgement is the home agent's answer to one of the node's Binding Updates. */
  problemOf(node: number, packet: MobilityPacket, message: BindingAcknowledgement): AcknowledgementProblem | undefined;
  /** After status 144 timestamps follow the clock of the node's home agent (RFC 4285 §6). */
  followClock(node: number, message: BindingAcknowledgement, exchange: Omit<ClockEvidence, "told">): void;
}

const KEY_LENGTH = 16;
const MISMATCH = 144;
const LOW = 0xffffffffn;
const hexDigits = new TextEncoder().encode("0123456789abcdef");

/** RFC 4285 §4 asks for an identifier: the digits of the home address. */
const identifierOf = (homeAddress: Address): Uint8Array => {
  const text = new Uint8Array(32);
  for (let at = 0; at < 16; at++) {
    const octet = homeAddress[at] ?? 0;
    text[2 * at] = hexDigits[octet >> 4] ?? 0;
    text[2 * at + 1] = hexDigits[octet & 15] ?? 0;
  }
  return text;
};

const FLAGS = {
  acknowledge: true,
  homeRegistration: true,
  linkLocalCompatibility: false,
  keyManagement: false,
  mobileRouter: false,
} as const;

export const createCrowdSignalling = (
  table: CrowdTable,
  deps: {
    readonly plan: AddressPlan;
    readonly homeAgents: readonly CrowdHomeAgent[];
    readonly spi: number;
    /** Key of a home address (16 octets); asked once a node. */
    readonly keyOf: (homeAddress: Address) => Uint8Array;
    readonly digests: Digests;
  },
): CrowdSignalling => {
  const { plan, homeAgents, spi, digests } = deps;
  const keys = new Uint8Array(KEY_LENGTH * table.count);
  /** What each home agent's time of day is ahead of ours, in milliseconds: no exchange moves it away from the truth. */
  const clockOffsets = new Float64Array(homeAgents.length);
  const known = new Uint8Array(table.count);
  const [firstAgent] = homeAgents;
  if (firstAgent === undefined) throw new RangeError("a crowd needs a home agent");

  const keyOf = (node: number): Uint8Array => {
    const key = keys.subarray(KEY_LENGTH * node, KEY_LENGTH * (node + 1));
    if (known[node] === 0) {
      key.set(deps.keyOf(plan.homeAddress(node)));
      known[node] = 1;
    }
    return key;
  };
  const homeAgentOf = (node: number): CrowdHomeAgent => homeAgents[node % homeAgents.length] ?? firstAgent;
  const careOfAddress = (node: number): Address => plan.careOfAddress(node, table.place[node] ?? 0);
  const lastTimestamp = (node: number): bigint =>
    (BigInt(table.timestampHigh[node] ?? 0) << 32n) | BigInt(table.timestampLow[node] ?? 0);

  const clockOffset = (node: number): number => clockOffsets[node % homeAgents.length] ?? 0;
  const keepTimestamp = (node: number, timestamp: bigint) => {
    table.timestampHigh[node] = Number(timestamp >> 32n);
    table.timestampLow[node] = Number(timestamp & LOW);
  };
  const timestampAt = (node: number, wall: number): bigint => {
    const timestamp = nextTimestamp(replayTimestamp(wall + clockOffset(node)), lastTimestamp(node));
    keepTimestamp(node, timestamp);
    return timestamp;
  };
  /** What the binding's care-of address is, for the authenticator: the home address itself in a de-registration. */
  const boundAddress = (node: number, homeAddress: Address): Address =>
    table.returning[node] === 1 ? homeAddress : careOfAddress(node);

  return {
    homeAgentOf,
    careOfAddress,
    bindingUpdate: (node, lifetime, wall) => {
      const homeAddress = plan.homeAddress(node);
      const bound = boundAddress(node, homeAddress);
      return encodeMobilityPacket(
        {
          source: careOfAddress(node),
          destination: homeAgentOf(node).address,
          homeAddress,
          message: {
            type: 5,
            sequence: table.sequence[node] ?? 0,
            flags: FLAGS,
            lifetime: lifetimeUnits(lifetime),
            options: [
              // RFC 6275 §11.7.1: in every home registration.
              { type: 3, careOfAddress: bound },
              { type: 8, subtype: 1, identifier: identifierOf(homeAddress) },
              { type: 10, timestamp: timestampAt(node, wall) },
              makeMobileNodeHomeAgentOption(spi),
            ],
          },
        },
        fillMobileNodeHomeAgent(digests, { key: keyOf(node), careOfAddress: bound, other: homeAddress }),
      );
    },
    problemOf: (node, packet, message) => {
      if (!addressEquals(packet.source, homeAgentOf(node).address)) return "not-from-home-agent";
      if (!addressEquals(packet.destination, careOfAddress(node))) return "not-for-care-of-address";
      const homeAddress = plan.homeAddress(node);
      const option = mobileNodeHomeAgentOption(message.options);
      if (option === undefined || option.spi !== spi) return "not-authenticated";
      const scope = { key: keyOf(node), careOfAddress: boundAddress(node, homeAddress), other: homeAddress };
      if (!verifyMobileNodeHomeAgent(digests, scope, packet.mobilityBytes)) return "wrong-authenticator";
      const timestamp = findOption(message.options, 10)?.timestamp;
      const sent = lastTimestamp(node);
      // Of a refusal for the time only the low half is ours (RFC 4285 §6).
      const isOurs =
        timestamp !== undefined &&
        (message.status === MISMATCH ? (timestamp & LOW) === (sent & LOW) : timestamp === sent);
      return isOurs ? undefined : "wrong-timestamp";
    },
    followClock: (node, message, exchange) => {
      const told = findOption(message.options, 10)?.timestamp;
      if (message.status !== MISMATCH || told === undefined) return;
      clockOffsets[node % homeAgents.length] = followedOffset(clockOffset(node), { told, ...exchange });
      if (isAheadOfTold(lastTimestamp(node), told)) keepTimestamp(node, 0n);
    },
  };
};
