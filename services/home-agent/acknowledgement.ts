import { type Address, addressEquals, type MacAddress } from "#ipv6/address.ts";
import { fillMobileNodeHomeAgent, makeMobileNodeHomeAgentOption } from "#mip6/authentication.ts";
import type { Digests } from "#mip6/digests.ts";
import { lifetimeUnits } from "#mip6/lifetime.ts";
import { findOption, type MobilityOption } from "#mip6/options/mobility-option.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import { MESSAGE_TYPES, OPTION_TYPES } from "#mip6/registry.ts";
import type { TappedPacket } from "#ports/packets.ts";
import type { Instant, Milliseconds } from "#wire/time.ts";
import type { HomeBindingUpdate } from "./binding-update.ts";
import type { MobilitySecurityAssociation } from "./mobile-node-keys.ts";

/** Where a Binding Acknowledgement goes and what it must carry, taken from its Binding Update (RFC 6275 §9.5.4, RFC 4285 §5.1.1). */
export interface Envelope {
  readonly homeAddress: Address;
  /** IPv6 source of the Binding Update, as on the wire. */
  readonly destination: Address;
  /** It had a Home Address option, so the acknowledgement has a type 2 routing header. */
  readonly viaRoutingHeader: boolean;
  /** Set where the Binding Update came from the home link itself: the acknowledgement goes to this link-layer address. */
  readonly linkLayerAddress?: MacAddress;
  /** The edge of another node received the update: the acknowledgement goes back by the relay. */
  readonly viaRelay?: boolean;
  /** The update as it came from another link, and when: what another edge needs to answer in this one's place. */
  readonly original?: { readonly packet: Uint8Array; readonly at: Instant };
  /** The association that authenticated it: the acknowledgement is authenticated by the same. */
  readonly association?: MobilitySecurityAssociation;
  /** For RFC 4285's authenticator. */
  readonly careOfAddress: Address;
  /** Timestamp to send back (RFC 4285 §6). */
  readonly replayTimestamp?: bigint;
  /** The Mobile Node Identifier option, sent back as it came (RFC 4285 §4). */
  readonly identifier?: MobilityOption;
}

/** What the acknowledgement of an update takes from it and from the packet that it came in. */
export const envelopeOf = (
  update: HomeBindingUpdate,
  received: Pick<TappedPacket, "bytes" | "source"> & { readonly viaRelay?: boolean; readonly at?: Instant },
  said: { readonly association?: Envelope["association"]; readonly timestamp?: bigint },
): Envelope => {
  const identifier = findOption(update.options, OPTION_TYPES.mobileNodeIdentifier);
  // From its home address itself, so from the home link: the binding must not carry the answer away (RFC 6275 §10.3.2).
  const isAtHome = addressEquals(update.source, update.homeAddress);
  return {
    homeAddress: update.homeAddress,
    careOfAddress: update.careOfAddress,
    destination: update.source,
    viaRoutingHeader: update.hasHomeAddressOption,
    ...(isAtHome && received.source.length === 6 ? { linkLayerAddress: received.source.slice() } : {}),
    ...(received.viaRelay === true ? { viaRelay: true } : {}),
    ...(received.at === undefined || isAtHome ? {} : { original: { packet: received.bytes.slice(), at: received.at } }),
    ...(said.association === undefined ? {} : { association: said.association }),
    ...(said.timestamp === undefined ? {} : { replayTimestamp: said.timestamp }),
    ...(identifier === undefined ? {} : { identifier: { ...identifier, identifier: identifier.identifier.slice() } }),
  };
};

/** What the acknowledgement says. */
export interface Acknowledgement {
  readonly status: number;
  readonly sequence: number;
  readonly lifetime: Milliseconds;
  /** RFC 3963 §4.2: only where the request of a mobile router was granted as such. */
  readonly mobileRouter: boolean;
}

/**
 * The Binding Acknowledgement packet (RFC 6275 §9.5.4, §10.3.1): to the source of the update, with a type 2 routing header where
 * that had a Home Address option. No Binding Refresh Advice, because bindings are stored in non-volatile storage.
 */
export const buildAcknowledgement = (
  digests: Digests,
  homeAgentAddress: Address,
  envelope: Envelope,
  said: Acknowledgement,
): Uint8Array => {
  const { association, homeAddress, careOfAddress } = envelope;
  const options: MobilityOption[] = [];
  if (envelope.identifier !== undefined) options.push(envelope.identifier);
  if (envelope.replayTimestamp !== undefined)
    options.push({ type: OPTION_TYPES.replayProtection, timestamp: envelope.replayTimestamp });
  if (association !== undefined) options.push(makeMobileNodeHomeAgentOption(association.spi));
  return encodeMobilityPacket(
    {
      source: homeAgentAddress,
      destination: envelope.destination,
      routingHome: envelope.viaRoutingHeader ? homeAddress : undefined,
      message: {
        type: MESSAGE_TYPES.bindingAcknowledgement,
        status: said.status,
        // RFC 6275 §10.3.1: the K bit needs dynamic key management, which is not there.
        flags: { keyManagement: false, mobileRouter: said.mobileRouter },
        sequence: said.sequence,
        lifetime: lifetimeUnits(said.lifetime),
        options,
      },
    },
    association === undefined
      ? undefined
      : fillMobileNodeHomeAgent(digests, { key: association.key, careOfAddress, other: homeAddress }),
  );
};
