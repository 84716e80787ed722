import { formatAddress, formatPrefix } from "#ipv6/address.ts";
import type { Icmpv6Message } from "#ipv6/icmpv6/message.ts";
import type { NeighborOption } from "#ipv6/nd/option.ts";
import { isKnownMessage, type MobilityMessage } from "#mip6/messages/mobility-message.ts";
import type { MobilityOption } from "#mip6/options/mobility-option.ts";
import { BINDING_ERROR_STATUS_NAMES, BINDING_STATUS_NAMES } from "#mip6/registry.ts";
import { formatReplayTimestamp } from "./json-value.ts";
import { icmpv6Name, messageName, protocolName, quoted, undecodedName } from "./names.ts";
import type { PacketReport, ReportedProblem } from "./packet-report.ts";

/** @returns the packet in one line: addresses, message, main fields, options */
export const packetLine = (report: PacketReport): string => {
  const { ends, headers } = report;
  const parts = [
    ends === undefined ? "" : `${formatAddress(ends.source)} → ${formatAddress(ends.destination)}`,
    headers?.homeAddress === undefined ? "" : `(home address ${formatAddress(headers.homeAddress)})`,
    headers?.routingHome === undefined ? "" : `(routed to home ${formatAddress(headers.routingHome)})`,
    contentText(report),
    fragmentText(report),
    report.problem === undefined ? "" : `[${problemText(report.problem)}]`,
  ];
  return parts.filter((part) => part !== "").join(" ");
};

const fragmentText = ({ fragment }: PacketReport): string =>
  fragment === undefined ? "" : fragment.offset === 0 ? "[first fragment]" : `[fragment at ${fragment.offset}]`;

/** @returns for example `option malformed at octet 78` */
const problemText = ({ code, pointer }: ReportedProblem): string =>
  `${code.replaceAll("-", " ")}${pointer === undefined ? "" : ` at octet ${pointer}`}`;

const contentText = ({ mobility, icmpv6, inner, headers, undecoded }: PacketReport): string => {
  if (mobility !== undefined) return mobilityText(mobility);
  if (icmpv6 !== undefined) return icmpv6Text(icmpv6);
  if (inner !== undefined) return `tunnel { ${packetLine(inner)} }`;
  if (undecoded !== undefined) return undecodedName(undecoded);
  return headers === undefined ? "" : `${protocolName(headers.protocol)}, ${headers.payload.length} octets`;
};

const letters = (flags: Readonly<Record<string, unknown>>, names: Readonly<Record<string, string>>): string =>
  Object.entries(names)
    .filter(([name]) => flags[name] === true)
    .map(([, letter]) => letter)
    .join("");

const BINDING_FLAGS = {
  acknowledge: "A",
  homeRegistration: "H",
  linkLocalCompatibility: "L",
  keyManagement: "K",
  mobileRouter: "R",
} as const;

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

/** Joins what is not empty. */
const list = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(", ");

const flagsText = (flags: Readonly<Record<string, unknown>>): string => {
  const set = letters(flags, BINDING_FLAGS);
  return set === "" ? "no flags" : `flags ${set}`;
};

const mobilityText = (message: MobilityMessage): string => {
  const name = messageName(message.type);
  if (!isKnownMessage(message)) return `${name}, ${message.data.length} octets`;
  return list(`${name}${messageFields(message)}`, ...optionTexts(message.options));
};

/** Options that a line shows; a packet can hold hundreds. */
const OPTION_LIMIT = 16;

const optionTexts = (options: readonly MobilityOption[]): readonly string[] => {
  const texts = options.map(optionText).filter((text) => text !== "");
  const rest = texts.length - OPTION_LIMIT;
  return rest > 0 ? [...texts.slice(0, OPTION_LIMIT), `${rest} more options`] : texts;
};

type KnownMessage = Extract<MobilityMessage, { readonly options: readonly MobilityOption[] }>;

const messageFields = (message: KnownMessage): string => {
  switch (message.type) {
    case 0:
      return "";
    case 1:
      return `, cookie ${hex(message.homeInitCookie)}`;
    case 2:
      return `, cookie ${hex(message.careOfInitCookie)}`;
    case 3:
      return `, nonce ${message.homeNonceIndex}, cookie ${hex(message.homeInitCookie)}, token ${hex(message.homeKeygenToken)}`;
    case 4:
      return `, nonce ${message.careOfNonceIndex}, cookie ${hex(message.careOfInitCookie)}, token ${hex(message.careOfKeygenToken)}`;
    case 5: {
      const lifetime = message.lifetime === 0 ? "lifetime 0 (de-registration)" : `lifetime ${message.lifetime * 4} s`;
      return `, sequence ${message.sequence}, ${flagsText(message.flags)}, ${lifetime}`;
    }
    case 6: {
      const status = `status ${message.status} (${BINDING_STATUS_NAMES[message.status] ?? "unknown"})`;
      return `, ${status}, sequence ${message.sequence}, ${flagsText(message.flags)}, lifetime ${message.lifetime * 4} s`;
    }
    case 7: {
      const status = `status ${message.status} (${BINDING_ERROR_STATUS_NAMES[message.status] ?? "unknown"})`;
      return `, ${status}, home address ${formatAddress(message.homeAddress)}`;
    }
    default:
      return message satisfies never;
  }
};

const optionText = (option: MobilityOption): string => {
  switch (option.type) {
    case 0:
    case 1:
      return "";
    case 2:
      return `refresh advice ${option.refreshInterval * 4} s`;
    case 3:
      return `alternate care-of address ${formatAddress(option.careOfAddress)}`;
    case 4:
      return `nonce indices ${option.homeNonceIndex}/${option.careOfNonceIndex}`;
    case 5:
      return "authorization data";
    case 6:
      return `network prefix ${formatAddress(option.prefix)}/${option.prefixLength}`;
    case 8:
      return `identifier ${quoted(Buffer.from(option.identifier).toString("utf8"))}`;
    case 9:
      return `authentication subtype ${option.subtype} SPI ${option.spi}`;
    case 10:
      return `replay timestamp ${formatReplayTimestamp(option.timestamp)}`;
    case 19:
      return `vendor ${option.vendorId} subtype ${option.subtype}, ${option.data.length} octets`;
    default:
      return `option ${option.type}, ${option.data.length} octets`;
  }
};

const icmpv6Text = (message: Icmpv6Message): string => list(`${icmpv6Name(message.type)}`, ...icmpv6Fields(message));

const icmpv6Fields = (message: Icmpv6Message): readonly string[] => {
  switch (message.type) {
    case 144:
      return [`identifier ${message.identifier}`];
    case 145:
      return [
        `identifier ${message.identifier}`,
        `home agents ${message.homeAgentAddresses.map(formatAddress).join(" ")}`,
      ];
    case 146:
      return [`identifier ${message.identifier}`];
    case 147:
      return [`identifier ${message.identifier}`, ...message.options.map(neighborOptionText)];
    case 134: {
      const flags = letters(message.flags, { managed: "M", other: "O", homeAgent: "H" });
      const lifetime = `router lifetime ${message.routerLifetime} s`;
      return [flags === "" ? "" : `flags ${flags}`, lifetime, ...message.options.map(neighborOptionText)];
    }
    case 2:
      return [`MTU ${message.mtu}`];
    case 4:
      return [`code ${message.code}`, `pointer ${message.pointer}`];
    case 1:
    case 3:
      return [`code ${message.code}`];
    default:
      return [];
  }
};

const neighborOptionText = (option: NeighborOption): string => {
  switch (option.type) {
    case 3: {
      const flags = letters(option.flags, { onLink: "L", autonomous: "A", routerAddress: "R" });
      const prefix = formatPrefix({ address: option.prefix, length: option.prefixLength });
      return `prefix ${prefix}${flags === "" ? "" : ` ${flags}`} valid ${option.validLifetime} s preferred ${option.preferredLifetime} s`;
    }
    case 5:
      return `MTU ${option.mtu}`;
    case 7:
      return `interval ${option.advertisementInterval} ms`;
    case 8:
      return `home agent preference ${option.preference} lifetime ${option.lifetime} s`;
    default:
      return "";
  }
};
