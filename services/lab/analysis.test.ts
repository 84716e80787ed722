import { describe, expect, it } from "vitest";
import { type Arrival, figuresOf, gapsIn, longestStall, parseArrivals, parseStream } from "./analysis.ts";

const schedule = { start: 1000, interval: 1 };
/** Packets of these numbers, each 0.2 ms under way. */
const arrivalsOf = (...sequences: number[]): Arrival[] =>
  sequences.map((sequence) => ({ sequence, sentAt: 1000 + sequence, receivedAt: 1000.2 + sequence }));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

describe("figures of a probe flow", () => {
  it("finds nothing lost where every packet arrives", () => {
    const flow = { schedule, arrivals: arrivalsOf(...range(0, 100)) };
    const figures = figuresOf(flow, { from: 1010, to: 1050 });
    expect(figures).toMatchObject({ expected: 40, lost: 0, duplicated: 0 });
    expect(figures.longestGap).toBeCloseTo(1);
  });

  it("counts a packet as lost when it was due in the window and never arrived", () => {
    const flow = { schedule, arrivals: arrivalsOf(...range(0, 20), ...range(50, 100)) };
    expect(figuresOf(flow, { from: 1000, to: 1030 }).lost).toBe(10);
    expect(figuresOf(flow, { from: 1030, to: 1100 }).lost).toBe(20);
    expect(figuresOf(flow, { from: 1060, to: 1100 }).lost).toBe(0);
  });

  it("counts a gap from the beginning of the window, and up to its end", () => {
    const flow = { schedule, arrivals: arrivalsOf(...range(0, 20), ...range(50, 100)) };
    const figures = figuresOf(flow, { from: 1025, to: 1100 });
    expect(figures.longestGap).toBeCloseTo(25.2);
    expect(figures.longestGapAt).toBe(1025);
    expect(figuresOf(flow, { from: 1000, to: 1025 }).longestGap).toBeCloseTo(5.8);
  });

  it("lets a flow that never comes back be silent until the end of the window", () => {
    const flow = { schedule, arrivals: arrivalsOf(...range(0, 20)) };
    const figures = figuresOf(flow, { from: 1010, to: 1500 });
    expect(figures).toMatchObject({ expected: 490, lost: 480 });
    expect(figures.longestGap).toBeCloseTo(480.8);
    expect(figuresOf({ schedule, arrivals: [] }, { from: 1010, to: 1500 })).toMatchObject({
      lost: 490,
      longestGap: 490,
    });
  });

  it("counts what arrives twice once, and says so", () => {
    const flow = { schedule, arrivals: arrivalsOf(0, 1, 1, 2, 3) };
    expect(figuresOf(flow, { from: 1000, to: 1004 })).toMatchObject({ lost: 0, duplicated: 1 });
  });

  it("does not take reordering for loss or for a longer gap", () => {
    const late: Arrival = { sequence: 2, sentAt: 1002, receivedAt: 1004.3 };
    const flow = { schedule, arrivals: [...arrivalsOf(0, 1, 3, 4), late, ...arrivalsOf(5, 6)] };
    const figures = figuresOf(flow, { from: 1000, to: 1007 });
    expect(figures.lost).toBe(0);
    expect(figures.longestGap).toBeCloseTo(2);
  });

  it("lists each silence above a length", () => {
    const arrivals = arrivalsOf(...range(0, 10), ...range(20, 30), ...range(33, 60));
    expect(gapsIn(arrivals, { from: 1000, to: 1060 }, 3).map(({ length }) => Math.round(length))).toEqual([11, 4]);
  });
});

describe("records of the probes", () => {
  it("reads whole records and leaves an unfinished one", () => {
    const bytes = new Uint8Array(24 + 10);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 7, true);
    view.setBigUint64(8, 1_500_000n, true);
    view.setBigUint64(16, 2_000_000n, true);
    expect(parseArrivals(bytes)).toEqual([{ sequence: 7, sentAt: 1.5, receivedAt: 2 }]);
  });

  it("reads a stream's progress and why it failed", () => {
    const record = parseStream("1000000 10 20\n2000000 30 40\n3000000 error ETIMEDOUT receive\n4000");
    expect(record.progress).toEqual([
      { at: 1, sent: 10, received: 20 },
      { at: 2, sent: 30, received: 40 },
    ]);
    expect(record.failure).toBe("ETIMEDOUT receive");
    expect(parseStream("3000000 error - content differs at octet 9\n").failure).toBe("content differs at octet 9");
  });

  it("measures for how long a stream stood still", () => {
    const at = (time: number, received: number) => ({ at: time, sent: 0, received });
    const record = {
      progress: [at(0, 1), at(50, 2), at(100, 2), at(400, 2), at(450, 9), at(500, 10)],
      failure: undefined,
    };
    expect(longestStall(record, { from: 0, to: 500 })).toBe(400);
    expect(longestStall(record, { from: 440, to: 500 })).toBe(50);
  });
});
