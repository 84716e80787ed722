import { describe, expect, it } from "vitest";
import type { StreamRecord } from "#lab/analysis.ts";
import { healthyFigures, LIMITS, stepReport } from "./demo-report.test-support.ts";
import { exceededLimits, FLOWS, judge, type StepReport, worst } from "./report.ts";
import { silentSince, streamFailures, streamFigures } from "./stream.ts";

/** Written every 50 ms up to `to`; octets arrive until `until`, and again from `again` on. */
const streamRecord = (to: number, until: number, again = Number.POSITIVE_INFINITY): StreamRecord => {
  let received = 0;
  const progress = Array.from({ length: to / 50 }, (_, n) => {
    const at = n * 50;
    if (at <= until || at >= again) received += 1000;
    return { at, sent: at * 20, received };
  });
  return { progress, failure: undefined };
};

/** The verdict on one step from `from` to `to` in which all probes arrived and TCP did this. */
const verdictOn = (mobileNode: StreamRecord, correspondent: StreamRecord, from: number, to: number) => {
  const records = { mobileNode, correspondent };
  const figures = { ...healthyFigures(), stream: streamFigures(records, { from, to }) };
  const step = stepReport({ from, to, ...figures, problems: exceededLimits(LIMITS, figures) });
  return judge([step], streamFailures(records, false));
};

const alive = streamRecord(10_000, 10_000);

describe("the verdict on the TCP connection", () => {
  it("is passed while octets flow in both directions", () => {
    expect(verdictOn(alive, alive, 2000, 5000)).toEqual({ passed: true, problems: [] });
  });

  it("is failed where a black hole keeps one direction from bringing anything, though no end reports an error", () => {
    const stalled = streamRecord(10_000, 1000);
    expect(verdictOn(stalled, alive, 2000, 5000)).toEqual({
      passed: false,
      problems: ["kill -9 of the owner's process: TCP: no new octets to the mobile node in this step"],
    });
    expect(verdictOn(alive, stalled, 2000, 5000)).toEqual({
      passed: false,
      problems: ["kill -9 of the owner's process: TCP: no new octets from the mobile node in this step"],
    });
  });

  it("is failed where it stands still for longer than the limit, though it goes on later", () => {
    const late = streamRecord(10_000, 2500, 8500);
    expect(verdictOn(alive, late, 2000, 9500).problems).toEqual([
      "kill -9 of the owner's process: TCP: nothing new for 6000 ms in one direction, limit 5000 ms",
    ]);
    const soon = streamRecord(10_000, 2500, 6500);
    expect(verdictOn(alive, soon, 2000, 9500).passed).toBe(true);
  });

  it("is failed with the words of the end that failed, and where a probe is gone", () => {
    const broken = { ...alive, failure: "ETIMEDOUT receive" };
    expect(verdictOn(broken, alive, 2000, 5000).problems).toEqual(["TCP: mobile node: ETIMEDOUT receive"]);
    expect(streamFailures({ mobileNode: alive, correspondent: alive }, true)).toEqual(["a probe program ended"]);
  });
});

describe("progress of the TCP connection", () => {
  const stalled = streamRecord(10_000, 4000);

  it("is missing in the direction that brings nothing new after the instant, however much it had brought before", () => {
    expect(silentSince({ mobileNode: stalled, correspondent: alive }, 3000)).toEqual([]);
    expect(silentSince({ mobileNode: stalled, correspondent: alive }, 4000)).toEqual([
      "TCP: no new octets to the mobile node",
    ]);
    expect(silentSince({ mobileNode: alive, correspondent: stalled }, 4020)).toEqual([
      "TCP: no new octets from the mobile node",
    ]);
  });

  it("is missing while nothing at all is recorded", () => {
    const nothing: StreamRecord = { progress: [], failure: undefined };
    expect(silentSince({ mobileNode: nothing, correspondent: nothing }, 0)).toHaveLength(2);
    expect(silentSince({ mobileNode: alive, correspondent: alive }, 20_000)).toHaveLength(2);
  });
});

describe("limits of a step", () => {
  const name = FLOWS[2].name;
  const withFlow = (more: Partial<StepReport["flows"][typeof name]>) => {
    const figures = healthyFigures();
    return { ...figures, flows: { ...figures.flows, [name]: { ...figures.flows[name], ...more } } };
  };

  it("are kept up to the very figure", () => {
    expect(exceededLimits(LIMITS, withFlow({ longestGap: 100 }))).toEqual([]);
  });

  it("name direction, figure and limit where they are exceeded", () => {
    expect(exceededLimits(LIMITS, withFlow({ longestGap: 101, lost: 2 }))).toEqual([
      `${name}: a gap of 101 ms, limit 100 ms`,
      `${name}: 2 packets lost, limit 0`,
    ]);
  });

  it("do not count lost packets where a step may lose some", () => {
    expect(exceededLimits({ gap: 100, stall: 5000 }, withFlow({ lost: 50 }))).toEqual([]);
  });

  it("are held against the worst direction", () => {
    expect(worst(stepReport(withFlow({ longestGap: 77, lost: 3 })))).toEqual({ gap: 77, lost: 3 });
  });
});

it("each problem of a step bears its title in the verdict", () => {
  const steps = [stepReport(), stepReport({ title: "power-off", problems: ["ha3 has no binding", "too late"] })];
  expect(judge(steps, [])).toEqual({
    passed: false,
    problems: ["power-off: ha3 has no binding", "power-off: too late"],
  });
});
