import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import {
  answered,
  broken,
  committed,
  F1,
  F2,
  hidden,
  MN,
  observed,
  owner,
  removed,
  sent,
} from "./history.test-support.ts";
import type { HistoryEvent } from "./history.ts";

const bound = (sequence: number, careOfAddress: string) => ({ homeAddress: MN, sequence, careOfAddress });
/** Registered at F1. */
const registered = [sent(0, 1, F1), answered(10, 1)];

describe("acknowledged-is-committed", () => {
  it("takes each record that nobody read for the reason of one acknowledgement", () => {
    const two = [owner(1, "ha1", 1), sent(100, 1, F1), answered(110, 1), sent(120, 2, F2), answered(130, 2)];
    expect(broken([...two, hidden(90, 140, 2)])).toEqual([]);
    expect(broken([...two, hidden(90, 140, 1)])).toEqual(["acknowledged-is-committed"]);
    expect(broken([...two, hidden(90, 115, 1), hidden(115, 140, 1)])).toEqual([]);
  });
});

describe("sequence-never-goes-back", () => {
  it("finds what the log had removed and has again, and lets a mobile node begin anew", () => {
    const ended = [owner(1, "ha1", 1), committed(20, 7), removed(40, 8, "ha1", 1)];
    expect(broken([...ended, committed(50, 7)], {})).toEqual(["sequence-never-goes-back"]);
    expect(broken([...ended, committed(50, 8)], {})).toEqual(["sequence-never-goes-back"]);
    expect(broken([...ended, sent(10, 7, F1), committed(50, 7)], {})).toEqual(["sequence-never-goes-back"]);
    expect(broken([...ended, sent(45, 7, F1), committed(50, 7)], {})).toEqual([]);
    expect(broken([...ended, committed(50, 9), removed(60, 9, "ha1", 1), removed(70, 9, "ha1", 1)], {})).toEqual([]);
  });
});

describe("acknowledged-is-kept", () => {
  const lost = (...more: readonly HistoryEvent[]) => broken([...registered, ...more, observed(2000, [])], {});

  it("takes no de-registration for the reason of a loss that was sent later, refused, or is another home agent's", () => {
    expect(lost(sent(1990, 2))).toEqual([]);
    expect(lost(sent(2010, 2)), "later").toEqual(["acknowledged-is-kept"]);
    const replicated = [...registered, sent(2010, 2), observed(2000, [])];
    expect(broken(replicated, { replication: millis(1000) }), "later").toEqual(["acknowledged-is-kept"]);
    expect(lost(sent(1000, 2), answered(1010, 2, 0, 128)), "refused").toEqual(["acknowledged-is-kept"]);
    expect(lost(sent(1000, 2), answered(1010, 2, 0, 133)), "a copy of one that was not").toEqual([]);
    expect(lost({ ...sent(1000, 2, F2), instance: "b" } as HistoryEvent)).toEqual(["acknowledged-is-kept"]);
  });

  it("takes no binding for a newer one that was refused", () => {
    const asked = (status: number) =>
      broken([...registered, sent(1000, 2, F2), answered(1010, 2, 0, status), observed(2000, [bound(2, F2)])], {});
    expect(asked(130)).toEqual(["acknowledged-is-kept"]);
    expect(asked(135), "a copy of one that may have been accepted").toEqual([]);
  });

  it("counts an acceptance that comes after the refusal of a copy", () => {
    const late = [sent(0, 1, F1), answered(10, 1, 0, 135), answered(12, 1)];
    expect(broken([...late, observed(2000, [])], {})).toEqual(["acknowledged-is-kept"]);
  });

  it("finds a sequence number that was never sent, though the care-of address is right", () => {
    expect(broken([...registered, observed(2000, [bound(5, F1)])], {})).toEqual(["acknowledged-is-kept"]);
    const ahead = [...registered, sent(1000, 2, F2), observed(2000, [bound(1, F2)])];
    expect(broken(ahead, {}), "forwarding is ahead of the record").toEqual([]);
  });

  it("finds a binding that nobody asked for", () => {
    expect(broken([observed(2000, [bound(1, F1)])], {})).toEqual(["acknowledged-is-kept"]);
    expect(broken([sent(0, 1, F2), observed(2000, [bound(1, F1)])], {})).toEqual(["acknowledged-is-kept"]);
    expect(broken([sent(0, 1, F1), observed(2000, [bound(1, F1)])], {})).toEqual([]);
  });
});
