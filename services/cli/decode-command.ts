import { once } from "node:events";
import { createReadStream } from "node:fs";
import type { CaptureDamage, CapturedPacket } from "./capture/capture-item.ts";
import { unwrapFrame } from "./capture/link-layer.ts";
import { openCapture } from "./capture/open-capture.ts";
import { type Command, type CommandIo, EXIT } from "./command.ts";
import { type Findings, reportDamage, reportFrame, type Style } from "./decode/findings.ts";
import { parseArguments } from "./options.ts";

const OPTIONS = {
  json: { type: "boolean" },
  verbose: { type: "boolean", short: "v" },
} as const;

/** `roam6 decode`. */
export const command: Command = {
  name: "decode",
  summary: "print the mobility packets of a capture",
  usage: `usage: roam6 decode [FILE|-] [--json] [-v]

Prints the Mobile IPv6 packets of a capture (pcap or pcapng), one line each: number of the packet in the capture,
seconds since its first packet, addresses, message, main fields, options. "-" or no FILE reads standard input:

  tcpdump -i eth0 -w - ip6 | roam6 decode

  --json         one JSON object a line, with all fields
  -v, --verbose  all fields under each line

Shown are Mobility Headers, Home Address options, type 2 routing headers, tunnelled packets, ICMPv6 144 to 147, and
Router Advertisements with what RFC 6275 adds; of a packet in fragments the first, as far as it goes. What is damaged or cut off is named in its place; reading goes on behind it.

Exit codes: 0 read, 1 the file cannot be read or is no capture, 2 wrong arguments.`,
  run: async (args, io) => {
    const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 1 });
    if (!parsed.ok) {
      io.stderr.write(`roam6 decode: ${parsed.error}\n`);
      return EXIT.usage;
    }
    const { flags, operands } = parsed.value;
    const style = flags.has("json") ? "json" : flags.has("verbose") ? "details" : "line";
    const [file = "-"] = operands;
    try {
      return await decode(file, style, io);
    } catch (error) {
      io.stderr.write(`roam6 decode: ${file}: ${reasonOf(error)}\n`);
      return EXIT.failed;
    }
  },
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "permission to read it is missing";
  if (code === "EISDIR") return "it is a directory";
  return error instanceof Error ? error.message : String(error);
};

const decode = async (file: string, style: Style, io: CommandIo): Promise<number> => {
  const stream = file === "-" ? io.stdin : createReadStream(file);
  const capture = await openCapture(stream);
  if (!capture.ok) {
    io.stderr.write(`roam6 decode: ${file === "-" ? "standard input" : file}: ${capture.error}\n`);
    return EXIT.failed;
  }
  let shown = 0;
  const frames = createFrameReader(style);
  for await (const item of capture.value) {
    if (io.signal.aborted) break;
    const text = frames.read(item);
    if (text === "") continue;
    shown += 1;
    if (!io.stdout.write(text)) await once(io.stdout, "drain");
  }
  if (shown === 0) io.stderr.write(`roam6 decode: no mobility packet among ${frames.count} packets\n`);
  return EXIT.done;
};

/** Turns the items of one capture into text, "" for what is not shown. */
const createFrameReader = (style: Style) => {
  let count = 0;
  let first: bigint | undefined;
  const unknownLinkTypes = new Set<number>();

  const readPacket = (packet: CapturedPacket): string => {
    count += 1;
    first ??= packet.time;
    const findings: Findings = { number: count, packet, since: (packet.time ?? 0n) - (first ?? 0n) };
    const frame = unwrapFrame(packet.linkType, packet.data);
    if (frame.ok) return frame.value.kind === "other" ? "" : reportFrame(findings, frame.value.packet, style);
    const { code, message } = frame.error;
    if (code !== "unknown-link-type") return reportDamage({ packet: count }, message, style);
    if (unknownLinkTypes.has(packet.linkType)) return "";
    unknownLinkTypes.add(packet.linkType);
    return reportDamage({ packet: count }, `${message}; packets of it are left out`, style);
  };

  return {
    get count() {
      return count;
    },
    read: (item: CapturedPacket | CaptureDamage): string =>
      item.kind === "packet" ? readPacket(item) : reportDamage({ offset: item.offset }, item.message, style),
  };
};
