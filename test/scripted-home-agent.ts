import { type Address, ALL_NODES, addressEquals, formatAddress, type MacAddress, type Prefix } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { createDigests } from "#linux/digests.ts";
import {
  fillMobileNodeHomeAgent,
  makeMobileNodeHomeAgentOption,
  verifyMobileNodeHomeAgent,
} from "#mip6/authentication.ts";
import type { BindingUpdate } from "#mip6/messages/binding-messages.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilityPacket } from "#mip6/packet.ts";
import { correctedTimestamp } from "#mip6/replay-timestamp.ts";
import type { Clock } from "#ports/clock.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets } from "#ports/packets.ts";
import { type Milliseconds, millis } from "#wire/time.ts";

/** One Binding Update as the scripted home agent saw it. */
export interface SeenUpdate {
  readonly at: number;
  readonly packet: MobilityPacket;
  readonly update: BindingUpdate;
  readonly authentic: boolean;
}

/** How the scripted home agent answers; changed by tests. */
export interface Script {
  silent: boolean;
  status: number;
  /** Answers 135 with this number once. */
  lastSequence: number | undefined;
  lifetimeUnits: number | undefined;
  refreshAdviceUnits: number | undefined;
  key: Uint8Array;
  /** Its wall clock ahead of ours, ms. */
  clockAhead: Milliseconds;
}

/** A Router Advertisement with one prefix, valid for so many seconds. */
export const routerAdvertisement = (
  source: Address,
  own: MacAddress,
  advertised: Prefix & { readonly validLifetime?: number },
): Uint8Array =>
  encodeIcmpv6Packet({
    source,
    destination: ALL_NODES,
    message: {
      type: 134,
      currentHopLimit: 64,
      flags: { managed: false, other: false, homeAgent: false },
      routerLifetime: 1800,
      reachableTime: 0,
      retransmitTimer: 0,
      options: [
        { type: 1, linkLayerAddress: own },
        {
          type: 3,
          prefixLength: advertised.length,
          flags: { onLink: true, autonomous: true, routerAddress: false },
          validLifetime: advertised.validLifetime ?? 86_400,
          preferredLifetime: Math.min(advertised.validLifetime ?? 86_400, 14_400),
          prefix: advertised.address,
        },
      ],
    },
  });

/** A home agent of the test's own: it answers Binding Updates by its script and defends the home address. */
export const createScriptedHomeAgent = (world: {
  readonly packets: Packets;
  readonly neighborDiscovery: NeighborDiscovery;
  /** On the home link. */
  readonly device: string;
  readonly linkLayerAddress: MacAddress;
  readonly homeAgent: Address;
  readonly homeAddress: Address;
  readonly key: Uint8Array;
  readonly clock: Clock;
}) => {
  const { packets, neighborDiscovery, clock, homeAddress } = world;
  const digests = createDigests();
  const script: Script = {
    silent: false,
    status: 0,
    lastSequence: undefined,
    lifetimeUnits: undefined,
    refreshAdviceUnits: undefined,
    key: world.key,
    clockAhead: millis(0),
  };
  const updates: SeenUpdate[] = [];
  let last: { readonly careOfAddress: Address; readonly until: number } | undefined;
  const bound = () => (last !== undefined && last.until > clock.now() ? last.careOfAddress : undefined);
  neighborDiscovery.answer({
    device: world.device,
    lookup: (target) =>
      bound() !== undefined && addressEquals(target, homeAddress)
        ? { linkLayerAddress: world.linkLayerAddress, router: false }
        : undefined,
  });

  const answer = (packet: MobilityPacket, update: BindingUpdate, status: number) => {
    const careOfAddress = findOption(update.options, 3)?.careOfAddress ?? packet.source;
    const timestamp = findOption(update.options, 10)?.timestamp;
    const scope = { key: script.key, careOfAddress, other: homeAddress };
    const wall = clock.wall() + script.clockAhead;
    packets.send([
      encodeMobilityPacket(
        {
          source: world.homeAgent,
          destination: packet.source,
          routingHome: packet.homeAddress,
          message: {
            type: 6,
            status,
            flags: { keyManagement: false, mobileRouter: false },
            sequence: status === 135 ? (script.lastSequence ?? 0) : update.sequence,
            lifetime: status < 128 ? Math.min(update.lifetime, script.lifetimeUnits ?? update.lifetime) : 0,
            options: [
              ...(script.refreshAdviceUnits === undefined
                ? []
                : [{ type: 2 as const, refreshInterval: script.refreshAdviceUnits }]),
              ...(timestamp === undefined
                ? []
                : [{ type: 10 as const, timestamp: status === 144 ? correctedTimestamp(timestamp, wall) : timestamp }]),
              ...(timestamp === undefined ? [] : [makeMobileNodeHomeAgentOption(256)]),
            ],
          },
        },
        timestamp === undefined ? undefined : fillMobileNodeHomeAgent(digests, scope),
      ),
    ]);
  };

  const statusFor = (update: BindingUpdate): number => {
    const timestamp = findOption(update.options, 10)?.timestamp;
    const here = BigInt(Math.floor((clock.wall() + script.clockAhead) / 1000) + 2_208_988_800);
    const apart = timestamp === undefined ? 0n : here - (timestamp >> 32n);
    if (apart > 7n || apart < -7n) return 144;
    if (script.lastSequence !== undefined && update.sequence !== ((script.lastSequence + 1) & 0xffff)) return 135;
    return script.status;
  };

  const receive = (bytes: Uint8Array) => {
    const decoded = decodeMobilityPacket(bytes.slice());
    if (!decoded.ok || decoded.value.message.type !== 5) return;
    const packet = decoded.value;
    const update = decoded.value.message;
    const careOfAddress = findOption(update.options, 3)?.careOfAddress ?? packet.source;
    const scope = { key: script.key, careOfAddress, other: homeAddress };
    updates.push({
      at: clock.now(),
      packet,
      update,
      authentic: verifyMobileNodeHomeAgent(digests, scope, packet.mobilityBytes),
    });
    if (script.silent) return;
    const status = statusFor(update);
    if (status < 128) last = { careOfAddress: careOfAddress.slice(), until: clock.now() + update.lifetime * 4000 };
    answer(packet, update, status);
  };
  packets.openTap({
    filter: { kind: "mobility" },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) receive(bytes);
    },
  });
  return {
    script,
    updates,
    send: (packet: Uint8Array) => packets.send([packet]),
    binding: () => {
      const careOfAddress = bound();
      return careOfAddress === undefined ? undefined : formatAddress(careOfAddress);
    },
  };
};
