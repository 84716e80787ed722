import type { CapturedPacket } from "#cli/capture/capture-item.ts";
import { formatTime, type Json, packetValue } from "./json-value.ts";
import { quoted } from "./names.ts";
import { packetLine } from "./packet-line.ts";
import { reportPacket } from "./packet-report.ts";

/** How packets are shown: one line, one line with all fields under it, or a JSON object. */
export type Style = "line" | "details" | "json";

/** A packet and its place in the capture. */
export interface Findings {
  /** Counted from 1. */
  readonly number: number;
  readonly packet: CapturedPacket;
  /** Nanoseconds since the first packet. */
  readonly since: bigint;
}

/** Where in a capture something is damaged. */
type DamagePlace = { readonly offset: number } | { readonly packet: number };

/** @returns what is said about a damage, one line */
export const reportDamage = (place: DamagePlace, message: string, style: Style): string => {
  if (style === "json") return `${JSON.stringify({ damage: { ...place, message } })}\n`;
  const where = "offset" in place ? `octet ${place.offset} of the capture` : `packet ${place.packet}`;
  return `damaged: ${where}: ${message}\n`;
};

/** @returns an IPv6 packet as text, "" when it has nothing to do with Mobile IPv6 */
export const reportFrame = (findings: Findings, octets: Uint8Array, style: Style): string => {
  const report = reportPacket(octets);
  if (report === undefined) return "";
  const { number, packet, since } = findings;
  const missing = packet.originalLength - packet.data.length;
  if (style === "json") {
    const value = {
      number,
      ...(packet.time !== undefined && { time: formatTime(packet.time) }),
      ...(missing > 0 && { missingOctets: missing }),
      ...(packet.comments.length > 0 && { comments: packet.comments }),
      ...packetValue(report),
    };
    return `${JSON.stringify(value)}\n`;
  }
  const cut = missing > 0 ? ` [${missing} octets not captured]` : "";
  const line = `${String(number).padStart(5)} ${formatSeconds(since)} ${packetLine(report)}${cut}\n`;
  if (style === "line") return line;
  const time = packet.time === undefined ? "" : `      time ${formatTime(packet.time)}\n`;
  const comments = packet.comments.map((comment) => `      comment ${quoted(comment)}\n`).join("");
  return `${line}${time}${comments}${detailLines(packetValue(report), 6)}`;
};

const formatSeconds = (nanoseconds: bigint): string => (Number(nanoseconds / 1000n) / 1e6).toFixed(6).padStart(12);

/** All fields, one a line, what is inside of others further right. */
const detailLines = (value: { readonly [name: string]: Json }, indent: number): string =>
  Object.entries(value)
    .map(([name, field]) => fieldLines(name, field, indent))
    .join("");

const fieldLines = (name: string, field: Json, indent: number): string => {
  const margin = " ".repeat(indent);
  if (isList(field)) return field.map((item) => fieldLines(name, item, indent)).join("");
  if (typeof field === "object" && field !== null) {
    const line = simpleLine(field);
    return line === undefined ? `${margin}${name}\n${detailLines(field, indent + 2)}` : `${margin}${name} ${line}\n`;
  }
  return `${margin}${name} ${simpleText(name, field)}\n`;
};

/** A record of an option or of flags fits one line. */
const simpleLine = (value: { readonly [name: string]: Json }): string | undefined => {
  const entries = Object.entries(value);
  if (entries.length > 8 || entries.some(([, field]) => typeof field === "object")) return undefined;
  return entries.map(([name, field]) => `${name}=${simpleText(name, field)}`).join(" ");
};

const simpleText = (name: string, field: Json): string =>
  name === "text" && typeof field === "string" ? quoted(field) : String(field);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
