import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { broken, committed, hidden, instance, owner } from "./history.test-support.ts";
import type { HistoryEvent } from "./history.ts";

describe("ownership in the log", () => {
  it("never has a smaller epoch again, also of the same node", () => {
    const twice = [owner(1, "ha1", 2), owner(20, "ha1", 2)];
    expect(broken(twice), "an entry that the log had lost").toEqual([]);
    expect(broken([...twice, owner(30, "ha1", 1)])).toEqual(["one-owner"]);
  });

  it("is judged by the log where a log file has told of an epoch before", () => {
    const logged: HistoryEvent = { type: "ownership.taken", at: millis(10), node: "ha2", instance, epoch: 2 };
    expect(broken([logged, owner(20, "ha2", 2), owner(30, "ha3", 1)])).toEqual(["one-owner"]);
  });

  it("begins with an entry: no record is in an epoch before, unless nobody may have read the entry", () => {
    const ahead = [owner(1, "ha1", 1), committed(50, 7, { epoch: 2, node: "" })];
    expect(broken(ahead, {})).toEqual(["fenced-owner-changes-nothing"]);
    expect(broken([...ahead, owner(60, "ha2", 2)], {})).toEqual(["fenced-owner-changes-nothing"]);
    expect(broken([...ahead, hidden(1, 50)], {})).toEqual([]);
    expect(broken([...ahead, hidden(60, 70)], {})).toEqual(["fenced-owner-changes-nothing"]);
  });
});
