import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { answered, broken, clean, edge, F1, F2, fault, probes, sent, state } from "./history.test-support.ts";
import type { HistoryEvent } from "./history.ts";

/** A fault that lasts, and explains so much. */
const lasting = (name: string, from: number, to: number, longestGap: number): HistoryEvent[] => [
  fault(from, 0, { fault: name, kind: "partition", targets: ["all"], longestGap: millis(longestGap) }),
  { type: "fault.ended", fault: name, at: millis(to) },
];

describe("gap-has-a-fault", () => {
  it("lets an excuse explain its own time alone, where it meets a fault that lasts", () => {
    const moving = [sent(0, 1, F1), answered(10, 1), sent(10_000, 2, F2), answered(10_010, 2)];
    const met = [...moving, ...lasting("1", 11_000, 70_000, 500)];
    expect(broken([...met, probes("probes.lost", 11_900, 12_400)], {}), "movement, and then its gap").toEqual([]);
    expect(broken([...met, probes("probes.lost", 11_900, 12_600)], {})).toEqual(["gap-has-a-fault"]);
    expect(broken([...met, probes("probes.lost", 10_100, 69_000)], {})).toEqual(["gap-has-a-fault"]);
  });

  it("lets a fault that only touches a gap explain no more than that of it", () => {
    const two = [...lasting("1", 14_000, 15_010, 1000), ...lasting("2", 14_500, 18_000, 30)];
    expect(broken([...clean, ...two, probes("probes.lost", 15_000, 15_040)])).toEqual([]);
    expect(broken([...clean, ...two, probes("probes.lost", 15_000, 15_500)])).toEqual(["gap-has-a-fault"]);
  });

  it("takes a fault for the reason of what was under way when it began, and of nothing sent earlier", () => {
    const struck = [...clean, fault(15_000, 100, { fault: "1", targets: ["ha2"] })];
    expect(broken([...struck, probes("probes.lost", 14_999, 15_020)], { flight: millis(5) })).toEqual([]);
    expect(broken([...struck, probes("probes.lost", 14_990, 15_020)], { flight: millis(5) })).toEqual([
      "gap-has-a-fault",
    ]);
  });

  it("takes no fault of a node without the edge for a reason, unless edges moved or nodes share a machine", () => {
    const lost = probes("probes.lost", 15_000, 15_030);
    const struck = (...targets: string[]) => [
      ...clean,
      state(1, "ha3", "level"),
      fault(14_990, 100, { fault: "2", targets }),
      lost,
    ];
    expect(broken(struck("ha3"))).toEqual(["gap-has-a-fault"]);
    expect(broken(struck("ha2"))).toEqual([]);
    expect(broken(struck("all"))).toEqual([]);
    expect(broken([...struck("ha3"), edge(15_035, "ha3", 3)])).toEqual([]);
    expect(broken(struck("ha3"), { shareMachine: true })).toEqual([]);
  });
});
