import { expect, test } from "vitest";
import { address, prefixOf } from "#ipv6/address.ts";
import { writeIpv6Header } from "#ipv6/packet.ts";
import { createDigests } from "#linux/digests.ts";
import { millis } from "#wire/time.ts";
import { createAddressPlan } from "./address-plan.ts";
import type { HistoryLine } from "./history-lines.ts";
import { createReflector } from "./reflector.ts";
import { createCrowdSignalling } from "./signalling.ts";
import { createCrowdTable } from "./table.ts";

const HOME_AGENT = address("2001:db8:1::a1");
const HOME = address("2001:db8:1::1:0:0");

const open = () => {
  const plan = createAddressPlan({
    firstHomeAddress: HOME,
    count: 1,
    careOfPrefix: prefixOf(address("2001:db8:c0::"), 48),
  });
  const table = createCrowdTable(1, { lifetime: () => millis(60_000), firstTimeout: millis(1500) });
  const signalling = createCrowdSignalling(table, {
    plan,
    homeAgents: [{ name: "a", address: HOME_AGENT }],
    spi: 256,
    keyOf: () => new Uint8Array(16),
    digests: createDigests(),
  });
  const reflector = createReflector({ plan, table, signalling });
  const lines: HistoryLine[] = [];
  /** A probe as fan-probe sends it, in the home agent's tunnel; 10 ms after the one before. */
  const receive = (number: number): void => {
    const bytes = new Uint8Array(152);
    const view = new DataView(bytes.buffer);
    const outer = { hopLimit: 63, payloadLength: 112, nextHeader: 41 };
    writeIpv6Header(bytes, 0, { ...outer, source: HOME_AGENT, destination: plan.careOfAddress(0, 0) });
    const inner = { hopLimit: 63, payloadLength: 72, nextHeader: 17 };
    writeIpv6Header(bytes, 40, { ...inner, source: address("2001:db8:c::c"), destination: HOME });
    view.setUint16(82, 5997);
    view.setUint16(84, 72);
    view.setUint32(88, 0x52364350, true);
    view.setUint32(92, number, true);
    view.setBigUint64(96, BigInt(1000 + number * 10) * 1_000_000n, true);
    for (let at = 32; at < 64; at++) bytes[88 + at] = number * 7 + at;
    reflector.receive(bytes, 0);
  };
  return {
    receive,
    /** What is told now. */
    tell: () => {
      lines.splice(0);
      reflector.tell((line) => lines.push(line));
      return lines.map((line) => [line.type, line.at, "count" in line && line.count]);
    },
  };
};

test("what came and what did not is told at any time, and each packet once", () => {
  const { receive, tell } = open();
  for (const number of [0, 1, 3]) receive(number);
  expect(tell()).toEqual([
    ["probes.arrived", 1000, 2],
    ["probes.lost", 1020, 1],
    ["probes.arrived", 1030, 1],
  ]);
  expect(tell()).toEqual([]);
  for (const number of [6, 7]) receive(number);
  expect(tell()).toEqual([
    ["probes.lost", 1040, 2],
    ["probes.arrived", 1060, 2],
  ]);
});
