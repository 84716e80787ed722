import { describe, expect, test } from "vitest";
import { isReached, readFarEnd, tellFarEnd } from "./far-end-record.ts";
import type { HistoryLine } from "./history-lines.ts";

const HOME_ADDRESSES = ["2001:db8:1::1:0:0", "2001:db8:1::1:0:1"];
const START = 1_700_000_000_000;

/** Records of fan-probe: [flow, number, answer], probes 10 ms apart, answered after 1 and back after 2 ms. */
const records = (rows: readonly (readonly [number, number, number])[]): Uint8Array => {
  const bytes = new Uint8Array(40 * rows.length);
  const view = new DataView(bytes.buffer);
  const ns = (ms: number) => BigInt(ms) * 1_000_000n;
  for (const [at, [flow, number, answer]] of rows.entries()) {
    const sent = START + 10 * number;
    for (const [field, value] of [flow, number, answer].entries()) view.setUint32(40 * at + 4 * field, value, true);
    for (const [field, value] of [sent, sent + 1, sent + 2].entries())
      view.setBigUint64(40 * at + 16 + 8 * field, ns(value), true);
  }
  return bytes;
};

const run = { outcome: { numbers: 6, refused: 0, damaged: 0 }, seconds: 1 };

describe("record of the far end", () => {
  test("tells for each home address which probes were lost, when, and on which way", () => {
    const bytes = records([
      [0, 0, 0],
      [0, 1, 1],
      // 2 never came to the mobile node; the answer to 3 got lost.
      [0, 4, 3],
      [1, 0, 0],
    ]);
    const [first, second] = readFarEnd(HOME_ADDRESSES, bytes, run).flows;
    expect(first).toMatchObject({ sent: 6, answered: 3, lost: 3, lostAnswers: 1 });
    expect(first?.windows).toEqual([
      { from: 2, to: 3, lost: 2, start: START + 20, end: START + 30 },
      { from: 5, to: 5, lost: 1, start: START + 50, end: START + 50 },
    ]);
    expect(first?.roundTrip).toMatchObject({ count: 3, max: 2 });
    expect(second).toMatchObject({ answered: 1, lost: 5, lostAnswers: 0 });
  });

  test("nothing answered is everything lost; what is cut off at the end of a file is left", () => {
    const [first] = readFarEnd(HOME_ADDRESSES, records([[0, 0, 0]]).subarray(0, 39), run).flows;
    expect(first).toMatchObject({ answered: 0, lost: 6, windows: [{ from: 0, to: 5, lost: 6 }] });
  });

  test("a home address that never answered is not reached, whatever gap is allowed", () => {
    const all = [0, 1, 2, 3, 4, 5].map((number) => [0, number, number] as const);
    const reached = (rows: readonly (readonly [number, number, number])[], allowedGap: number) =>
      isReached(readFarEnd(HOME_ADDRESSES, records(rows), run), allowedGap);
    expect(reached(all, 0)).toBe(false);
    expect(reached(all, 1_000)).toBe(false);
    const some = [...all, [1, 0, 0], [1, 5, 1]] as const;
    expect(reached(some, 0)).toBe(false);
    expect(reached(some, 30)).toBe(true);
    expect(reached(some, 29)).toBe(false);
    expect(isReached(readFarEnd(HOME_ADDRESSES.slice(0, 1), records(all), run), 0)).toBe(true);
  });

  test("a flow that nobody asked for is none", () => {
    expect(readFarEnd(HOME_ADDRESSES, records([[9, 0, 0]]), run).flows.map(({ answered }) => answered)).toEqual([0, 0]);
  });

  test("answers become runs of a history", () => {
    const lines: HistoryLine[] = [];
    const bytes = records([
      [0, 0, 0],
      [0, 2, 2],
    ]);
    const schedule = { numbers: 3, interval: 10, begun: START };
    tellFarEnd(HOME_ADDRESSES.slice(0, 1), bytes, {
      instanceOf: () => "a",
      history: (line) => lines.push(line),
      schedule,
    });
    expect(lines.map((line) => [line.type, "count" in line && line.count])).toEqual([
      ["probes.arrived", 1],
      ["probes.lost", 1],
      ["probes.arrived", 1],
    ]);
  });

  test("a tunnel that was never alive, or died for good, is told as lost for all that time", () => {
    const told = (bytes: Uint8Array) => {
      const lines: HistoryLine[] = [];
      const schedule = { numbers: 6, interval: 10, begun: START + 7 };
      tellFarEnd(HOME_ADDRESSES, bytes, { instanceOf: () => "a", history: (line) => lines.push(line), schedule });
      return lines.map((line) => [line.type, line.homeAddress, line.at, "until" in line && line.until]);
    };
    const [dying, dead] = HOME_ADDRESSES;
    expect(
      told(
        records([
          [0, 1, 0],
          [0, 2, 1],
        ]),
      ),
    ).toEqual([
      ["probes.lost", dying, START, START],
      ["probes.arrived", dying, START + 11, START + 21],
      ["probes.lost", dying, START + 30, START + 50],
      ["probes.lost", dead, START, START + 50],
    ]);
    expect(told(records([]))).toEqual([
      ["probes.lost", dying, START + 7, START + 57],
      ["probes.lost", dead, START + 7, START + 57],
    ]);
  });
});
