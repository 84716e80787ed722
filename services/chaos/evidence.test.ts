import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { evidenceOf, movesOf } from "./evidence.ts";
import type { HistoryEvent } from "./history/history.ts";

const CROWD = "2001:db8:1::1:0:0";
const [F1, F2, F3] = ["2001:db8:c0:1::1", "2001:db8:c0:2::1", "2001:db8:c0:3::1"];

const sent = (at: number, careOfAddress: string): HistoryEvent => ({
  ...{ type: "update.sent", at: millis(at), homeAddress: CROWD, instance: "a", sequence: at, careOfAddress },
  lifetime: millis(600_000),
});
const probes = (
  type: "probes.arrived" | "probes.lost",
  at: number,
  until: number,
  careOfAddress?: string,
): HistoryEvent => ({
  ...{ type, at: millis(at), until: millis(until), count: 1 + (until - at) / 10, homeAddress: CROWD, instance: "a" },
  direction: "in",
  ...(careOfAddress === undefined ? {} : { careOfAddress }),
});
const owner = (at: number, epoch: number, revision: number): HistoryEvent => ({
  ...{ type: "ownership.taken", at: millis(at), node: `ha${epoch}`, instance: "a", epoch, revision },
});
const committed = (at: number, epoch: number, revision: number): HistoryEvent => ({
  ...{ type: "record.committed", at: millis(at), node: `ha${epoch}`, instance: "a", epoch, revision },
  ...{ homeAddress: CROWD, sequence: at, careOfAddress: F1 },
});

const SPANS = [
  { from: 1000, to: 5000 },
  { from: 5000, to: 9000 },
];

describe("movesOf", () => {
  it("counts from the first Binding Update of a move to the first probe at the new care-of address", () => {
    const events = [
      ...[sent(0, F1), probes("probes.arrived", 10, 1990, F1)],
      ...[sent(2000, F2), sent(3500, F2), probes("probes.arrived", 2020, 4000, F2)],
    ];
    expect(movesOf(events, 9000)).toEqual([{ at: 2000, after: 20 }]);
  });

  it("takes a move that no probe has followed for one that lasts until the next, or to the end", () => {
    const events = [sent(0, F1), probes("probes.arrived", 10, 1990, F1), sent(2000, F2), sent(4000, F3)];
    expect(movesOf(events, 9000)).toEqual([
      { at: 2000, after: 2000 },
      { at: 4000, after: 5000 },
    ]);
  });
});

describe("evidenceOf", () => {
  it("gives each injection the longest time until a new care-of address was in use", () => {
    const events = [
      ...[sent(0, F1), sent(2000, F2), sent(6000, F3)],
      ...[probes("probes.arrived", 2030, 5990, F2), probes("probes.arrived", 6010, 8000, F3)],
    ];
    expect(evidenceOf(events, SPANS, 9000).map(({ inUse }) => inUse)).toEqual([30, 10]);
  });

  it("counts writes of a former owner behind a greater epoch, and says nothing where no epoch began", () => {
    const events = [
      ...[owner(0, 1, 1), committed(500, 1, 2), owner(2000, 2, 3)],
      ...[committed(2001, 1, 4), committed(2002, 2, 5), committed(6000, 2, 6)],
    ];
    expect(evidenceOf(events, SPANS, 9000).map(({ fencedWrites }) => fencedWrites)).toEqual([1, undefined]);
    const fenced = events.filter((event) => event.at !== 2001);
    expect(evidenceOf(fenced, SPANS, 9000).map(({ fencedWrites }) => fencedWrites)).toEqual([0, undefined]);
  });

  it("counts a sampled tunnel that is dead to the end as lost in every injection, and no sample as not measured", () => {
    const dead = [probes("probes.lost", 0, 8990)];
    expect(evidenceOf(dead, SPANS, 9000).map(({ sampleLost }) => (sampleLost ?? 0) > 0)).toEqual([true, true]);
    expect(evidenceOf([sent(0, F1)], SPANS, 9000)).toEqual([{}, {}]);
  });
});
