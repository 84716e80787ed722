import { describe, expect, test } from "vitest";
import type { ExchangeCounts, FlowReport, MobileNodeCounts } from "./report.ts";
import { criteriaOf, type Evidence } from "./verdict.ts";

const nodes = (registered: number, awaiting = 0): MobileNodeCounts => ({
  wanted: 10,
  registered,
  awaiting,
  refused: 0,
  lapsed: 0,
});

const exchanges: ExchangeCounts = {
  registrations: 10,
  refreshes: 0,
  moves: 0,
  deregistrations: 10,
  retransmissions: 3,
  accepted: 20,
  refused: {},
  ignored: { "old sequence number": 3 },
  unanswered: 0,
  lapsed: 0,
  dropped: 0,
  notOffered: 0,
};

const flow: FlowReport = {
  homeAddress: "2001:db8:1::1:0:0",
  careOfAddress: "2001:db8:c0::1",
  homeAgent: "a",
  received: 100,
  duplicated: 0,
  damaged: 0,
  answered: 100,
  lost: 0,
  windows: [],
};

const failures = (change: Partial<Evidence>): readonly string[] =>
  criteriaOf({
    settled: nodes(10),
    returned: nodes(0),
    exchanges,
    flows: [flow],
    answerWithin: 30,
    allowedGap: 0,
    ...change,
  }).flatMap(({ name, passed }) => (passed ? [] : [name]));

describe("verdict", () => {
  test("passes a run in which all was answered, retransmissions or not", () => {
    expect(failures({})).toEqual([]);
    expect(failures({ returned: undefined, flows: [] })).toEqual([]);
  });

  test("the numbers and times that a home agent corrects are no refusals", () => {
    expect(failures({ exchanges: { ...exchanges, refused: { 135: 4, 144: 1 } } })).toEqual([]);
    expect(failures({ exchanges: { ...exchanges, refused: { 130: 1 } } })).toEqual(["accepted"]);
  });

  test.each([
    ["one that is not registered", { settled: nodes(9) }, "registered"],
    ["an unanswered Binding Update", { exchanges: { ...exchanges, unanswered: 1 } }, "answered"],
    ["a lifetime that ended", { exchanges: { ...exchanges, lapsed: 1 } }, "kept"],
    ["one that could not return", { returned: nodes(0, 1) }, "returned"],
    ["a damaged probe", { flows: [{ ...flow, damaged: 1 }] }, "data"],
    ["tunnels that nothing came through", { flows: [{ ...flow, received: 0 }] }, "data"],
    ["one of them that nothing whole came through", { flows: [flow, { ...flow, received: 0 }] }, "data"],
  ] as const)("fails a run with %s", (_, change, name) => {
    expect(failures(change)).toEqual([name]);
  });

  test("lost probes fail it, unless gaps are allowed and none is longer", () => {
    const flows = [{ ...flow, lost: 5, windows: [{ from: 3, to: 7, lost: 5, start: 30, end: 70 }] }];
    expect(failures({ flows })).toEqual(["data"]);
    expect(failures({ flows, allowedGap: 40 })).toEqual([]);
    expect(failures({ flows, allowedGap: 39 })).toEqual(["data"]);
  });
});
