import type { Acknowledgement } from "#binding/binding-update-list.ts";
import { type Address, addressEquals } from "#ipv6/address.ts";
import {
  fillMobileNodeHomeAgent,
  makeMobileNodeHomeAgentOption,
  mobileNodeHomeAgentOption,
  verifyMobileNodeHomeAgent,
} from "#mip6/authentication.ts";
import type { Digests } from "#mip6/digests.ts";
import { lifetimeOf, lifetimeUnits } from "#mip6/lifetime.ts";
import type { BindingAcknowledgement } from "#mip6/messages/binding-messages.ts";
import { findOption, type MobilityOption } from "#mip6/options/mobility-option.ts";
import { encodeMobilityPacket, type MobilityPacket } from "#mip6/packet.ts";
import { followedOffset, isAheadOfTold, nextTimestamp, replayTimestamp } from "#mip6/replay-timestamp.ts";
import type { Clock } from "#ports/clock.ts";
import type { Random } from "#ports/random.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { between, type Milliseconds } from "#wire/time.ts";
import type { MobileNodeSettings } from "./settings.ts";

/** Why a Binding Acknowledgement is ignored (RFC 6275 §11.7.3, RFC 4285 §6). */
export type AcknowledgementProblem =
  | "not-from-home-agent"
  | "not-for-us"
  /** No MN-HA authentication option, or one of another SPI. */
  | "not-authenticated"
  | "wrong-authenticator"
  /** Not the timestamp of the Binding Update that it should answer. */
  | "wrong-timestamp";

/** What a Binding Update is made from. */
export interface UpdateRequest {
  readonly sequence: number;
  /** The home address itself to end the binding. */
  readonly careOfAddress: Address;
  readonly lifetime: Milliseconds;
}

/** Builds Binding Updates for the home agent and checks its acknowledgements. */
export interface HomeSignalling {
  /** A whole packet. Each one is later than the one before by its timestamp. */
  bindingUpdate(request: UpdateRequest): Uint8Array;
  /** The meaning of a Binding Acknowledgement, when it is the home agent's and authentic. */
  accept(packet: MobilityPacket, message: BindingAcknowledgement): Result<Acknowledgement, AcknowledgementProblem>;
}

const MISMATCH = 144;
const LOW = 0xffffffffn;

export const createHomeSignalling = (
  settings: MobileNodeSettings,
  { digests, clock, random }: { readonly digests: Digests; readonly clock: Clock; readonly random: Random },
): HomeSignalling => {
  const { homeAddress, homeAgent, association } = settings;
  let sentTimestamp = 0n;
  let sentAt = clock.now();
  let sentCareOfAddress: Address = homeAddress;
  /** What the home agent's time of day is ahead of ours, as it told by status 144. */
  let clockOffset = 0;

  const timestampNow = (): bigint => {
    sentAt = clock.now();
    const now = replayTimestamp(clock.wall() + clockOffset, Math.floor(random.fraction() * 2 ** 32));
    sentTimestamp = nextTimestamp(now, sentTimestamp);
    return sentTimestamp;
  };

  const optionsFor = (careOfAddress: Address): MobilityOption[] => {
    // RFC 6275 §11.7.1: in every home registration.
    const options: MobilityOption[] = [{ type: 3, careOfAddress }];
    if (association === undefined) return options;
    options.push({ type: 8, subtype: 1, identifier: association.identifier });
    if (association.timestamps) options.push({ type: 10, timestamp: timestampNow() });
    // RFC 4285 §5.1: the last option.
    options.push(makeMobileNodeHomeAgentOption(association.spi));
    return options;
  };

  /** How the answer must be addressed: to the care-of address with a type 2 routing header, or home without (RFC 6275 §9.5.4). */
  const isForUs = (packet: MobilityPacket): boolean =>
    packet.routingHome === undefined
      ? addressEquals(packet.destination, homeAddress) && addressEquals(sentCareOfAddress, homeAddress)
      : addressEquals(packet.routingHome, homeAddress) && addressEquals(packet.destination, sentCareOfAddress);

  const problemOf = (packet: MobilityPacket, message: BindingAcknowledgement): AcknowledgementProblem | undefined => {
    if (!addressEquals(packet.source, homeAgent)) return "not-from-home-agent";
    if (!isForUs(packet)) return "not-for-us";
    if (association === undefined) return undefined;
    // RFC 4285 §5.1: the last option; padding does not count.
    const last = message.options.findLast(({ type }) => type > 1);
    const option = mobileNodeHomeAgentOption(message.options);
    if (option === undefined || option !== last || option.spi !== association.spi) return "not-authenticated";
    const scope = { key: association.key, careOfAddress: sentCareOfAddress, other: homeAddress };
    if (!verifyMobileNodeHomeAgent(digests, scope, packet.mobilityBytes)) return "wrong-authenticator";
    if (!association.timestamps) return undefined;
    const timestamp = findOption(message.options, 10)?.timestamp;
    // Of a refusal for the time only the low half is ours (RFC 4285 §6).
    const isOurs =
      timestamp !== undefined &&
      (message.status === MISMATCH ? (timestamp & LOW) === (sentTimestamp & LOW) : timestamp === sentTimestamp);
    return isOurs ? undefined : "wrong-timestamp";
  };

  /** RFC 4285 §6: after 144 the timestamp follows the home agent's clock. */
  const followClock = (message: BindingAcknowledgement) => {
    const told = findOption(message.options, 10)?.timestamp;
    if (message.status !== MISMATCH || told === undefined) return;
    const received = clock.wall();
    clockOffset = followedOffset(clockOffset, { told, received, roundTrip: between(sentAt, clock.now()) });
    if (isAheadOfTold(sentTimestamp, told)) sentTimestamp = 0n;
  };

  return {
    bindingUpdate: ({ sequence, careOfAddress, lifetime }) => {
      sentCareOfAddress = careOfAddress;
      const isHome = addressEquals(careOfAddress, homeAddress);
      return encodeMobilityPacket(
        {
          source: careOfAddress,
          destination: homeAgent,
          // At home the source is the home address itself, without the option (RFC 6275 §11.5.5).
          homeAddress: isHome ? undefined : homeAddress,
          message: {
            type: 5,
            sequence,
            flags: {
              acknowledge: true,
              homeRegistration: true,
              // RFC 6275 §11.7.1 has L set for a shared interface identifier. It is clear here, since the kernel probes
              // our link-local address on every link, also at home, where a home agent must not defend it then.
              linkLocalCompatibility: false,
              keyManagement: false,
              mobileRouter: false,
            },
            lifetime: lifetimeUnits(lifetime),
            options: optionsFor(careOfAddress),
          },
        },
        association && fillMobileNodeHomeAgent(digests, { key: association.key, careOfAddress, other: homeAddress }),
      );
    },
    accept: (packet, message) => {
      const problem = problemOf(packet, message);
      if (problem !== undefined) return failed(problem);
      followClock(message);
      const advice = findOption(message.options, 2);
      return ok({
        status: message.status,
        sequence: message.sequence,
        lifetime: lifetimeOf(message.lifetime),
        ...(advice === undefined ? {} : { refreshAdvice: lifetimeOf(advice.refreshInterval) }),
        at: clock.now(),
      });
    },
  };
};
