import type { UpdateSent } from "#chaos/history/history.ts";
import { type Address, addressEquals, formatAddress } from "#ipv6/address.ts";
import {
  fillMobileNodeHomeAgent,
  makeMobileNodeHomeAgentOption,
  verifyMobileNodeHomeAgent,
} from "#mip6/authentication.ts";
import type { Digests } from "#mip6/digests.ts";
import { encodeMobilityPacket, type MobilityPacket } from "#mip6/packet.ts";
import { replayTimestamp } from "#mip6/replay-timestamp.ts";
import { nextSequence } from "#mip6/sequence.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { SeededRandom } from "#simulator/seeded-random.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import type { Recorder } from "./recorder.ts";

/** What a scripted mobile node is made of. */
export interface MobileNodeOptions {
  readonly homeAddress: Address;
  readonly instance: InstanceSpec;
  readonly key: Uint8Array;
  readonly spi: number;
  /** Asked for; a multiple of 4 s. */
  readonly lifetime: Milliseconds;
  readonly sequence: number;
  /** Makes the next care-of address. */
  readonly nextCareOfAddress: () => Address;
}

/** A mobile node that registers, refreshes and retransmits by itself (RFC 6275 §11.7, §11.8), and moves when told to. */
export interface ScriptedMobileNode {
  readonly homeAddress: Address;
  readonly instance: InstanceSpec;
  /** Where it is now; undefined at home. */
  readonly careOfAddress: Address | undefined;
  /** It has an accepted registration for where it is, whose lifetime is not over by any clock of the nodes. */
  readonly isRegistered: boolean;
  /** Nothing it has said is unanswered. */
  readonly isAnswered: boolean;
  /** Goes to a new care-of address and registers it. */
  move(): void;
  /** Returns to the home link and de-registers. */
  returnHome(): void;
  /** De-registers from where it is. */
  deregister(): void;
  /** Falls silent for a time, and then registers again. */
  vanish(time: Milliseconds): void;
  /** A Binding Acknowledgement for its home address. */
  receive(packet: MobilityPacket): void;
}

/** RFC 6275 §12; the longest pause is shorter here, so that a simulation settles. */
const FIRST_BINDACK_TIMEOUT = millis(1_500);
const INITIAL_BINDACK_TIMEOUT = millis(1_000);
const MAX_BINDACK_TIMEOUT = seconds(4);
const UNIT = seconds(4);
/** A new owner ends a lifetime earlier by as much as its clock is ahead of that of the owner before it. */
const CLOCKS_APART = seconds(1);

export const createScriptedMobileNode = (
  options: MobileNodeOptions,
  deps: {
    readonly clock: Clock;
    readonly random: SeededRandom;
    readonly digests: Digests;
    readonly recorder: Recorder;
    readonly send: (packet: Uint8Array) => void;
  },
): ScriptedMobileNode => {
  const { clock, random, digests, recorder } = deps;
  const { homeAddress, instance, key } = options;
  const name = { homeAddress: formatAddress(homeAddress), instance: instance.name };
  let sequence = options.sequence;
  let careOfAddress: Address | undefined;
  let wantsBinding = false;
  let registeredUntil = Number.NEGATIVE_INFINITY;
  /** Updates whose acknowledgement would be the answer to what it wants now: sequence number and when it was sent. */
  let outstanding = new Map<number, Milliseconds>();
  let sentTo: Address | undefined;
  let timer: Timer | undefined;

  const later = (delay: Milliseconds, work: () => void): void => {
    timer?.cancel();
    timer = clock.start(delay, work);
  };

  const build = (lifetime: Milliseconds): Uint8Array => {
    const from = careOfAddress ?? homeAddress;
    return encodeMobilityPacket(
      {
        source: from,
        destination: instance.homeAgentAddress,
        homeAddress: careOfAddress === undefined ? undefined : homeAddress,
        message: {
          type: 5,
          sequence,
          flags: {
            acknowledge: true,
            homeRegistration: true,
            linkLocalCompatibility: false,
            keyManagement: false,
            mobileRouter: false,
          },
          lifetime: lifetime / UNIT,
          options: [
            { type: 10, timestamp: replayTimestamp(clock.wall(), sequence) },
            makeMobileNodeHomeAgentOption(options.spi),
          ],
        },
      },
      fillMobileNodeHomeAgent(digests, { key, careOfAddress: from, other: homeAddress }),
    );
  };

  /** Sends until it is answered; each transmission has a sequence number of its own (RFC 6275 §11.8). */
  const transmit = (timeout: Milliseconds): void => {
    sequence = nextSequence(sequence);
    const lifetime = wantsBinding ? options.lifetime : millis(0);
    outstanding.set(sequence, recorder.now());
    sentTo = careOfAddress ?? homeAddress;
    const fact: Omit<UpdateSent, "at"> = {
      type: "update.sent",
      ...name,
      sequence,
      lifetime,
      ...(careOfAddress === undefined || !wantsBinding ? {} : { careOfAddress: formatAddress(careOfAddress) }),
    };
    recorder.note(fact);
    deps.send(build(lifetime));
    later(timeout, () => transmit(millis(Math.min(timeout * 2, MAX_BINDACK_TIMEOUT))));
  };

  const begin = (): void => {
    outstanding = new Map();
    transmit(registeredUntil === Number.NEGATIVE_INFINITY ? FIRST_BINDACK_TIMEOUT : INITIAL_BINDACK_TIMEOUT);
  };

  return {
    homeAddress,
    instance,
    get careOfAddress() {
      return careOfAddress;
    },
    get isRegistered() {
      return wantsBinding && clock.now() < registeredUntil - CLOCKS_APART;
    },
    get isAnswered() {
      return outstanding.size === 0;
    },
    move: () => {
      careOfAddress = options.nextCareOfAddress();
      wantsBinding = true;
      begin();
    },
    returnHome: () => {
      if (careOfAddress === undefined) return;
      careOfAddress = undefined;
      wantsBinding = false;
      begin();
    },
    deregister: () => {
      if (careOfAddress === undefined || !wantsBinding) return;
      wantsBinding = false;
      begin();
    },
    vanish: (time) => {
      if (!wantsBinding) return;
      outstanding = new Map();
      later(time, begin);
    },
    receive: ({ message, destination, mobilityBytes }) => {
      if (message.type !== 6 || !("status" in message) || !("sequence" in message)) return;
      const sentAt = outstanding.get(message.sequence);
      const isAuthentic = verifyMobileNodeHomeAgent(
        digests,
        { key, careOfAddress: destination, other: homeAddress },
        mobilityBytes,
      );
      if (sentAt === undefined || !isAuthentic || sentTo === undefined || !addressEquals(destination, sentTo)) return;
      const { status } = message;
      const granted = "lifetime" in message && typeof message.lifetime === "number" ? message.lifetime * UNIT : 0;
      recorder.note({
        type: "acknowledgement.received",
        ...name,
        sequence: message.sequence,
        status,
        lifetime: millis(granted),
      });
      if (status >= 128) {
        // Nothing is registered: what it wanted to end has ended. All else is asked for again, after a pause.
        if (!wantsBinding && (status === 133 || status === 131)) {
          outstanding = new Map();
          timer?.cancel();
          registeredUntil = 0;
        }
        return;
      }
      outstanding = new Map();
      if (!wantsBinding) {
        timer?.cancel();
        registeredUntil = 0;
        return;
      }
      registeredUntil = sentAt + granted;
      later(millis(granted * random.between(0.4, 0.7)), begin);
    },
  };
};
