import { addressEquals } from "#ipv6/address.ts";
import { type DecodedIpv6Packet, decodeIpv6Packet } from "#ipv6/packet.ts";
import { verifyBindingAuthorization, verifyMobileNodeHomeAgent } from "#mip6/authentication.ts";
import { bindingAddresses } from "#mip6/binding-update-rules.ts";
import type { BindingUpdate } from "#mip6/messages/binding-messages.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import type { MobilityPacket } from "#mip6/packet.ts";
import { careOfKeygenToken, deletionKey, homeKeygenToken, registrationKey } from "#mip6/return-routability.ts";
import { judgePacket, type Role, type Verdict } from "#mip6/verdict.ts";
import { addressOf, digests, environment, type HostilePacket, hex, octets } from "./corpus.ts";

/** `state` of a packet, as the corpus' README describes it. */
interface State {
  readonly bindingCache?: readonly { readonly homeAddress: string; readonly careOfAddress: string }[];
  readonly homeAddresses?: readonly string[];
  readonly careOfAddresses?: readonly string[];
  readonly homeAgent?: string;
  readonly returnRoutability?: readonly {
    readonly correspondent: string;
    readonly homeInitCookie: string;
    readonly careOfInitCookie: string;
  }[];
  readonly pendingBindingUpdates?: readonly { readonly to: string; readonly sequence: number }[];
  readonly bindingUpdateList?: readonly string[];
  readonly pendingMps?: number;
  readonly pendingHaad?: number;
  readonly ipsec?: string;
  readonly rfc4285?: unknown;
  readonly rr?: unknown;
  readonly kbm?: string;
}

const stateOf = (packet: HostilePacket): State => packet.state as unknown as State; // the README's format

/** Whether the authenticator of a correspondent registration is right under the keys and nonces of the environment. */
export const isAuthorized = (packet: MobilityPacket, update: BindingUpdate): boolean => {
  const { homeAddress, careOfAddress } = bindingAddresses(packet, update);
  const indices = findOption(update.options, 4);
  const kcn = octets(environment.kcn);
  const nonce = (index: number | undefined) => octets(environment.nonces[String(index)] ?? "");
  const homeToken = homeKeygenToken(digests, kcn, { homeAddress, nonce: nonce(indices?.homeNonceIndex) });
  const careOfToken = careOfKeygenToken(digests, kcn, { careOfAddress, nonce: nonce(indices?.careOfNonceIndex) });
  const isDeletion = update.lifetime === 0 || addressEquals(homeAddress, careOfAddress);
  return verifyBindingAuthorization(
    digests,
    {
      key: isDeletion ? deletionKey(digests, homeToken) : registrationKey(digests, homeToken, careOfToken),
      careOfAddress: isDeletion ? homeAddress : careOfAddress,
      other: packet.destination,
    },
    packet.mobilityBytes,
  );
};

const isOneOf = (texts: readonly string[], wanted: Uint8Array): boolean =>
  texts.some((text) => addressEquals(addressOf(text), wanted));

const hasBinding = (state: State, homeAddress: Uint8Array, careOfAddress: Uint8Array): boolean =>
  (state.bindingCache ?? []).some(
    (entry) =>
      addressEquals(addressOf(entry.homeAddress), homeAddress) &&
      addressEquals(addressOf(entry.careOfAddress), careOfAddress),
  );

/** Whether a test message belongs to a procedure in progress (RFC 6275 §11.6.2). */
const isTestExpected = (state: State, packet: MobilityPacket, isTunnelled: boolean): boolean => {
  const { message, source, destination } = packet;
  const homes = state.homeAddresses ?? [];
  const careOfs = state.careOfAddresses ?? [];
  return (state.returnRoutability ?? []).some(({ correspondent, homeInitCookie, careOfInitCookie }) => {
    if (!addressEquals(addressOf(correspondent), source)) return false;
    if (message.type === 3)
      return isTunnelled && isOneOf(homes, destination) && hex(message.homeInitCookie) === homeInitCookie;
    return (
      message.type === 4 &&
      !isTunnelled &&
      isOneOf(careOfs, destination) &&
      hex(message.careOfInitCookie) === careOfInitCookie
    );
  });
};

/** Whether an acknowledgement answers a pending Binding Update, and is authentic (RFC 6275 §11.7.3). */
const isAcknowledgementExpected = (state: State, packet: MobilityPacket): boolean => {
  const { message, source, mobilityBytes } = packet;
  if (message.type !== 6) return false;
  const pending = (state.pendingBindingUpdates ?? []).filter(({ to }) => isOneOf([to], source));
  if (isOneOf(state.homeAgent === undefined ? [] : [state.homeAgent], source))
    return state.ipsec !== "none" && pending.some(({ sequence }) => sequence === message.sequence);
  const [careOfAddress] = state.careOfAddresses ?? [];
  if (state.kbm === undefined || careOfAddress === undefined) return false;
  const scope = { key: octets(state.kbm), careOfAddress: addressOf(careOfAddress), other: source };
  const isAuthentic = verifyBindingAuthorization(digests, scope, mobilityBytes);
  return isAuthentic && pending.some(({ sequence }) => message.status === 135 || sequence === message.sequence);
};

/** Whether a home registration came under the right association: IPsec for its home address, or RFC 4285. */
const isProtected = (state: State, packet: MobilityPacket, update: BindingUpdate): boolean => {
  const { homeAddress, careOfAddress } = bindingAddresses(packet, update);
  if (state.rfc4285 !== undefined && state.rfc4285 !== null) {
    const scope = { key: octets(environment.mnHaKey), careOfAddress, other: homeAddress };
    return verifyMobileNodeHomeAgent(digests, scope, packet.mobilityBytes);
  }
  if (state.ipsec?.startsWith("sa-of ") === true) return isOneOf([state.ipsec.slice(6)], homeAddress);
  return state.ipsec !== "none";
};

const isMobilityRefused = (state: State, packet: MobilityPacket, isTunnelled: boolean): boolean => {
  const { message } = packet;
  switch (message.type) {
    case 0:
    case 7:
      return state.bindingUpdateList !== undefined && !isOneOf(state.bindingUpdateList, packet.source);
    case 3:
    case 4:
      return state.returnRoutability !== undefined && !isTestExpected(state, packet, isTunnelled);
    case 5:
      return state.rr === undefined ? !isProtected(state, packet, message) : !isAuthorized(packet, message);
    case 6:
      return state.pendingBindingUpdates !== undefined && !isAcknowledgementExpected(state, packet);
    default:
      return false;
  }
};

const isTunnelRefused = (packet: HostilePacket, outer: DecodedIpv6Packet, role: Role): boolean => {
  const state = stateOf(packet);
  if (role === "home-agent") {
    // RFC 6275 §10.4.5: from the registered care-of address and the home address that it is of.
    const inner = decodeIpv6Packet(outer.payload);
    return state.bindingCache !== undefined && !(inner.ok && hasBinding(state, inner.value.source, outer.source));
  }
  if (state.homeAgent !== undefined && !isOneOf([state.homeAgent], outer.source)) return true;
  const verdict = judgePacket(outer.payload, role);
  return verdict.kind === "mobility" && isMobilityRefused(state, verdict.packet, true);
};

/**
 * Whether a packet that passed by itself is refused for what its receiver knows: then another layer has to do it. Each
 * reason is reckoned from the state that the packet is given; a state that lets it pass gives none.
 */
export const isDecidedByState = (packet: HostilePacket, verdict: Verdict, role: Role): boolean => {
  const state = stateOf(packet);
  if (verdict.kind === "mobility") return isMobilityRefused(state, verdict.packet, false);
  if (verdict.kind === "tunnelled") return isTunnelRefused(packet, verdict.packet, role);
  if (verdict.kind !== "other" && verdict.kind !== "icmpv6") return false;
  const { homeAddress, routingHome, source } = verdict.packet;
  // RFC 6275 §6.4, §9.3.1
  if (routingHome !== undefined && state.homeAddresses !== undefined && !isOneOf(state.homeAddresses, routingHome))
    return true;
  if (homeAddress !== undefined && state.bindingCache !== undefined && !hasBinding(state, homeAddress, source))
    return true;
  if (verdict.kind !== "icmpv6") return false;
  const { message } = verdict;
  if (message.type === 145) return state.pendingHaad !== undefined && message.identifier !== state.pendingHaad;
  return message.type === 147 && state.pendingMps !== undefined && message.identifier !== state.pendingMps;
};
