import fc from "fast-check";
import { expect, test } from "vitest";
import { corpusPackets } from "#cli/capture/capture-fixture.ts";
import { decodeIpv6Packet, encodeIpv6Packet } from "#ipv6/packet.ts";
import { packetValue } from "./json-value.ts";
import { packetLine } from "./packet-line.ts";
import { reportPacket } from "./packet-report.ts";

const packets = corpusPackets();
const valid = packets.filter((packet) => packet.class === "valid");

const NAMES: Readonly<Record<string, string>> = {
  BRR: "Binding Refresh Request",
  HoTI: "Home Test Init",
  CoTI: "Care-of Test Init",
  HoT: "Home Test",
  CoT: "Care-of Test",
  BU: "Binding Update",
  BA: "Binding Acknowledgement",
  BE: "Binding Error",
};

test.each(valid.map((packet) => [packet.name, packet] as const))("shows %s without a problem", (_, packet) => {
  const report = reportPacket(packet.octets);
  if (report === undefined) throw new Error("the packet is not shown");
  expect(report.problem).toBeUndefined();
  const line = packetLine(report);
  expect(line).not.toContain("\n");
  if (packet.typeName !== undefined) expect(line).toContain(NAMES[packet.typeName]);
  expect(JSON.parse(JSON.stringify(packetValue(report)))).toEqual(packetValue(report));
});

const show = (octets: Uint8Array): void => {
  const report = reportPacket(octets);
  if (report === undefined) return;
  expect(packetLine(report)).not.toMatch(/\p{Cc}/u);
  JSON.stringify(packetValue(report));
};

test("survives every packet of the corpus cut off at every octet", () => {
  for (const { octets } of packets) for (let end = 0; end <= octets.length; end += 1) show(octets.subarray(0, end));
});

test("names the cut of a packet that is cut off", () => {
  const update = valid.find(({ typeName }) => typeName === "BU")?.octets ?? new Uint8Array(0);
  for (let end = 0; end < update.length; end += 1) {
    expect(reportPacket(update.subarray(0, end))?.problem?.code).toBe("truncated");
  }
});

test("survives packets of the corpus with any octets changed", () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  fc.assert(
    fc.property(
      fc.constantFrom(...packets),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      ({ octets }, changes) => {
        const mutated = Uint8Array.from(octets);
        for (const [at, value] of changes) mutated[at % mutated.length] = value;
        show(mutated);
      },
    ),
    { numRuns: 3000 },
  );
});

test("survives any octets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => show(octets)),
    { numRuns: 1000 },
  );
});

test("leaves out what does not concern Mobile IPv6", () => {
  const tcp = Uint8Array.from([0x60, 0, 0, 0, 0, 20, 6, 64, ...new Array(52).fill(0)]);
  expect(reportPacket(tcp)).toBeUndefined();
  expect(reportPacket(tcp.subarray(0, 50))).toBeUndefined();
});

test("looks into tunnels in tunnels, but not without end", () => {
  let packet = valid[0]?.octets ?? new Uint8Array(0);
  for (let depth = 0; depth < 10; depth += 1) {
    const header = Uint8Array.from(packet.subarray(0, 40));
    header[4] = packet.length >> 8;
    header[5] = packet.length;
    header[6] = 41;
    packet = Uint8Array.from([...header, ...packet]);
  }
  const report = reportPacket(packet);
  expect(report === undefined ? "" : packetLine(report)).toContain("too many tunnels");
});

/** The Mobility Header of the corpus packet of this name, in fragments of `size` octets; as the packet line has each. */
const fragmentLines = (name: string, size: number): readonly string[] => {
  const whole = decodeIpv6Packet(packets.find((packet) => packet.name === name)?.octets ?? new Uint8Array(0));
  if (!whole.ok) throw new Error(whole.error.code);
  const { source, destination, protocol, payload } = whole.value;
  return Array.from({ length: Math.ceil(payload.length / size) }, (_, at) => {
    const moreFragments = (at + 1) * size < payload.length;
    const header = { protocol: 44, offset: (at * size) / 8, moreFragments, identification: 7 } as const;
    const part = payload.subarray(at * size, (at + 1) * size);
    const report = reportPacket(encodeIpv6Packet({ source, destination, headers: [header], protocol, payload: part }));
    return report === undefined ? "" : packetLine(report);
  });
};

test("shows the first fragment of a mobility message as far as it goes, and leaves out the others", () => {
  const fields = /Binding Update, sequence \d+, flags AH, lifetime \d+ s/.source;
  expect(fragmentLines("bu-home-acoa-ah", 8)).toEqual([
    expect.stringMatching(/ Binding Update \[first fragment\]$/),
    "",
    "",
    "",
  ]);
  expect(fragmentLines("bu-home-acoa-ah", 16)).toEqual([
    expect.stringMatching(new RegExp(` ${fields} \\[first fragment\\]$`)),
    "",
  ]);
  expect(fragmentLines("bu-home-unknown-many", 24)[0]).toMatch(
    new RegExp(` ${fields}, option 180, \\d+ octets.* \\[first fragment\\]$`),
  );
});
