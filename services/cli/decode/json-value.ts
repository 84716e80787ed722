import { formatAddress, formatMac } from "#ipv6/address.ts";
import type { DecodedIpv6Packet } from "#ipv6/packet.ts";
import { BINDING_ERROR_STATUS_NAMES, BINDING_STATUS_NAMES } from "#mip6/registry.ts";
import { icmpv6Name, messageName, neighborOptionName, optionName, protocolName, undecodedName } from "./names.ts";
import type { PacketReport } from "./packet-report.ts";

/** What JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex");

/** Name of an option by its type number, which depends on the message. */
type NameOf = (type: number) => string;

/** Octets by the name of their field: addresses and text as such, all else as hexadecimal digits. */
const octetsValue = (name: string, octets: Uint8Array): Json => {
  if (octets.length === 16 && /address|prefix|target/i.test(name)) return formatAddress(octets);
  if (octets.length === 6 && /linkLayer/i.test(name)) return formatMac(octets);
  return hex(octets);
};

/** Fields of a decoded message, by name, in wire order; reserved bits only where they are not zero. */
const fieldsOf = (name: string, value: unknown, nameOf: NameOf): Json | undefined => {
  if (value === undefined) return undefined;
  if (value instanceof Uint8Array) return octetsValue(name, value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) {
    const inner =
      name === "options"
        ? (item: unknown) => optionValue(item, nameOf)
        : (item: unknown) => fieldsOf(name, item, nameOf);
    return value.map(inner).filter((item) => item !== undefined);
  }
  return typeof value === "object" && value !== null ? objectValue(value, nameOf) : undefined;
};

const objectValue = (value: object, nameOf: NameOf): JsonObject => {
  const entries = Object.entries(value).map(([name, field]) => [name, fieldsOf(name, field, nameOf)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
};

const optionValue = (option: unknown, nameOf: NameOf): JsonObject | undefined => {
  if (typeof option !== "object" || option === null) return undefined;
  const { type, ...fields } = objectValue(option, nameOf);
  if (typeof type !== "number") return undefined;
  const identifier = "identifier" in option ? option.identifier : undefined;
  const text = identifier instanceof Uint8Array ? { text: Buffer.from(identifier).toString("utf8") } : {};
  const interval = fields["refreshInterval"];
  const seconds = typeof interval === "number" ? { refreshSeconds: interval * 4 } : {};
  const timestamp = fields["timestamp"];
  const time = typeof timestamp === "string" ? { time: formatReplayTimestamp(BigInt(timestamp)) } : {};
  return { type, name: nameOf(type), ...fields, ...text, ...seconds, ...time };
};

/** Seconds from the epoch of NTP, 1900, to that of Unix, 1970. */
const NTP_EPOCH = 2_208_988_800n;

/** @returns a timestamp in the 64-bit format of NTP as ISO 8601 text with microseconds */
export const formatReplayTimestamp = (timestamp: bigint): string => {
  const nanoseconds = ((timestamp & 0xffff_ffffn) * 1_000_000_000n) >> 32n;
  return formatTime(((timestamp >> 32n) - NTP_EPOCH) * 1_000_000_000n + nanoseconds);
};

/** @returns nanoseconds since 1970 as ISO 8601 text with microseconds, or as seconds where the calendar ends */
export const formatTime = (nanoseconds: bigint): string => {
  const milliseconds = Number(nanoseconds / 1_000_000n);
  if (Math.abs(milliseconds) > 8.64e15) return `${nanoseconds / 1_000_000_000n} s`;
  const micro = (((nanoseconds / 1000n) % 1000n) + 1000n) % 1000n;
  return new Date(milliseconds).toISOString().replace("Z", `${String(micro).padStart(3, "0")}Z`);
};

const mobilityValue = (report: PacketReport): JsonObject => {
  const { mobility } = report;
  if (mobility === undefined) return {};
  const { type, ...fields } = objectValue(mobility, optionName);
  const lifetime = "lifetime" in mobility ? { lifetimeSeconds: mobility.lifetime * 4 } : {};
  const names = mobility.type === 6 ? BINDING_STATUS_NAMES : mobility.type === 7 ? BINDING_ERROR_STATUS_NAMES : {};
  const status = "status" in mobility ? { statusName: names[mobility.status] ?? "unknown" } : {};
  return { mobility: { type: type ?? null, name: messageName(mobility.type), ...fields, ...lifetime, ...status } };
};

const icmpv6Value = (report: PacketReport): JsonObject => {
  const { icmpv6 } = report;
  if (icmpv6 === undefined) return {};
  const { type, code, ...fields } = objectValue(icmpv6, neighborOptionName);
  return { icmpv6: { type: type ?? null, code: code ?? 0, name: icmpv6Name(icmpv6.type), ...fields } };
};

const headersValue = (headers: DecodedIpv6Packet): JsonObject => ({
  hopLimit: headers.hopLimit,
  trafficClass: headers.trafficClass,
  flowLabel: headers.flowLabel,
  ...(headers.homeAddress && { homeAddress: formatAddress(headers.homeAddress) }),
  ...(headers.routingHome && { routingHome: formatAddress(headers.routingHome) }),
  protocol: headers.protocol,
  protocolName: protocolName(headers.protocol),
});

/** @returns a report as JSON, addresses as text, octets as hexadecimal digits */
export const packetValue = (report: PacketReport): JsonObject => ({
  length: report.length,
  ...(report.ends && {
    source: formatAddress(report.ends.source),
    destination: formatAddress(report.ends.destination),
  }),
  ...(report.headers && headersValue(report.headers)),
  ...(report.fragment && { fragment: { ...report.fragment } }),
  ...mobilityValue(report),
  ...icmpv6Value(report),
  ...(report.undecoded && { undecoded: { ...report.undecoded, name: undecodedName(report.undecoded) } }),
  ...(report.inner && { inner: packetValue(report.inner) }),
  ...(report.problem && { problem: { ...report.problem } }),
});
