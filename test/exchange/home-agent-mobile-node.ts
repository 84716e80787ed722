import { addressEquals } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import {
  fillMobileNodeHomeAgent,
  makeMobileNodeHomeAgentOption,
  verifyMobileNodeHomeAgent,
} from "#mip6/authentication.ts";
import type { BindingAcknowledgement, BindingUpdate } from "#mip6/messages/binding-messages.ts";
import type { MobilityOption } from "#mip6/options/mobility-option.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket, encodeMobilityPacket } from "#mip6/packet.ts";
import { replayTimestamp } from "#mip6/replay-timestamp.ts";
import { nextSequence } from "#mip6/sequence.ts";
import type { FakeNode } from "#simulator/fake-network.ts";
import type { VirtualClock } from "#simulator/virtual-clock.ts";
import { CARE_OF, HOME, HOME_AGENT, KEY, SPI } from "./home-agent-addresses.ts";

const digests = createDigests();

/** A Binding Acknowledgement as the mobile node got it. */
export interface Acknowledged {
  readonly status: number;
  readonly sequence: number;
  /** Seconds. */
  readonly lifetime: number;
  /** It had a type 2 routing header with the home address. */
  readonly viaRoutingHeader: boolean;
  readonly timestamp: bigint | undefined;
  /** The MN-HA authenticator is right. */
  readonly isAuthentic: boolean;
  readonly at: number;
}

/** What a Binding Update says that is not as usual. */
export interface Update {
  readonly sequence?: number;
  /** Seconds. */
  readonly lifetime?: number;
  /** From there; a mobile node at home uses its home address and no Home Address option. */
  readonly from?: Uint8Array;
  readonly homeAddress?: Uint8Array;
  readonly key?: Uint8Array;
  readonly spi?: number;
  /** `none` leaves the option out. */
  readonly timestamp?: bigint | "none";
  readonly flags?: Partial<BindingUpdate["flags"]>;
  readonly options?: readonly MobilityOption[];
}

/** A mobile node that says what a test tells it to. */
export interface ScriptedMobileNode {
  readonly acknowledgements: readonly Acknowledged[];
  /** ICMPv6 types and Mobility Header messages that it got beside acknowledgements. */
  readonly others: readonly { readonly protocol: number; readonly type: number; readonly status?: number }[];
  /** Builds a Binding Update packet; the sequence number grows by itself. */
  build(update?: Update): Uint8Array;
  send(update?: Update): void;
  sendBytes(packet: Uint8Array): void;
}

/** @param host where the mobile node's addresses are */
export const createScriptedMobileNode = (
  host: FakeNode,
  clock: VirtualClock,
  options: { readonly isAuthenticated: boolean; readonly onAcknowledgement: (status: number) => void },
): ScriptedMobileNode => {
  const acknowledgements: Acknowledged[] = [];
  const others: { protocol: number; type: number; status?: number }[] = [];
  const onAcknowledgement = (bytes: Uint8Array) => {
    const decoded = decodeMobilityPacket(bytes.slice());
    if (!decoded.ok) return;
    const { message, routingHome, destination, mobilityBytes } = decoded.value;
    if (message.type !== 6) {
      if (message.type === 7 && "status" in message) others.push({ protocol: 135, type: 7, status: message.status });
      return;
    }
    const said = message as BindingAcknowledgement; // type 6
    options.onAcknowledgement(said.status);
    acknowledgements.push({
      status: said.status,
      sequence: said.sequence,
      lifetime: said.lifetime * 4,
      viaRoutingHeader: routingHome !== undefined && addressEquals(routingHome, HOME),
      timestamp: findOption(said.options, 10)?.timestamp,
      isAuthentic: verifyMobileNodeHomeAgent(
        digests,
        { key: KEY, careOfAddress: destination, other: routingHome ?? destination },
        mobilityBytes,
      ),
      at: clock.now(),
    });
  };
  host.packets.openTap({
    filter: { kind: "mobility" },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) onAcknowledgement(bytes);
    },
  });
  host.packets.openTap({
    filter: { kind: "icmpv6", types: [4] },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) others.push({ protocol: 58, type: bytes[40] ?? 0 });
    },
  });
  let sequence = 100;
  const build = (update: Update = {}): Uint8Array => {
    if (update.sequence !== undefined) sequence = update.sequence;
    else sequence = nextSequence(sequence);
    const homeAddress = update.homeAddress ?? HOME;
    const from = update.from ?? CARE_OF;
    const isAtHome = addressEquals(from, homeAddress);
    const timestamp = update.timestamp ?? replayTimestamp(clock.wall(), sequence);
    const extra: MobilityOption[] = [...(update.options ?? [])];
    if (timestamp !== "none") extra.push({ type: 10, timestamp });
    if (options.isAuthenticated) extra.push(makeMobileNodeHomeAgentOption(update.spi ?? SPI));
    return encodeMobilityPacket(
      {
        source: from,
        destination: HOME_AGENT,
        homeAddress: isAtHome ? undefined : homeAddress,
        message: {
          type: 5,
          sequence,
          flags: {
            acknowledge: true,
            homeRegistration: true,
            linkLocalCompatibility: false,
            keyManagement: false,
            mobileRouter: false,
            ...update.flags,
          },
          lifetime: (update.lifetime ?? 60) / 4,
          options: extra,
        },
      },
      options.isAuthenticated
        ? fillMobileNodeHomeAgent(digests, { key: update.key ?? KEY, careOfAddress: from, other: homeAddress })
        : undefined,
    );
  };
  const sendBytes = (packet: Uint8Array) => void host.packets.send([packet]);
  return { acknowledgements, others, build, sendBytes, send: (update) => sendBytes(build(update)) };
};
