import { PROTOCOL } from "#ipv6/protocol.ts";
import { MESSAGE_NAMES, OPTION_NAMES } from "#mip6/registry.ts";
import type { MessageType } from "./glance.ts";

const ICMPV6_NAMES: Readonly<Record<number, string>> = {
  1: "Destination Unreachable",
  2: "Packet Too Big",
  3: "Time Exceeded",
  4: "Parameter Problem",
  128: "Echo Request",
  129: "Echo Reply",
  133: "Router Solicitation",
  134: "Router Advertisement",
  135: "Neighbor Solicitation",
  136: "Neighbor Advertisement",
  144: "Home Agent Address Discovery Request",
  145: "Home Agent Address Discovery Reply",
  146: "Mobile Prefix Solicitation",
  147: "Mobile Prefix Advertisement",
};

const NEIGHBOR_OPTION_NAMES: Readonly<Record<number, string>> = {
  1: "Source Link-layer Address",
  2: "Target Link-layer Address",
  3: "Prefix Information",
  5: "MTU",
  7: "Advertisement Interval",
  8: "Home Agent Information",
};

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  6: "TCP",
  17: "UDP",
  41: "IPv6 in IPv6",
  44: "Fragment",
  50: "ESP",
  58: "ICMPv6",
  59: "no upper layer",
  135: "Mobility Header",
};

export const messageName = (type: number): string => MESSAGE_NAMES[type]?.name ?? `Mobility Header type ${type}`;
export const icmpv6Name = (type: number): string => ICMPV6_NAMES[type] ?? `ICMPv6 type ${type}`;
export const optionName = (type: number): string => OPTION_NAMES[type] ?? `option ${type}`;
export const neighborOptionName = (type: number): string => NEIGHBOR_OPTION_NAMES[type] ?? `option ${type}`;
export const protocolName = (protocol: number): string => PROTOCOL_NAMES[protocol] ?? `protocol ${protocol}`;

export const undecodedName = ({ protocol, type }: MessageType): string =>
  protocol === PROTOCOL.mobility ? messageName(type) : icmpv6Name(type);

/** @returns text from a packet or a capture, in quotes, harmless to a terminal */
export const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
