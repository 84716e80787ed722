import { describe, expect, it } from "vitest";
import {
  answered,
  arrived,
  broken,
  committed,
  edge,
  F1,
  F2,
  hears,
  owner,
  sent,
  state,
  withdrawn,
} from "./history.test-support.ts";
import type { HistoryEvent } from "./history.ts";

const F3 = "2001:db8:f3::1";
/** Registered at F1, and at F2 from 1010 on. */
const moved = [sent(0, 1, F1), answered(10, 1), sent(1000, 2, F2), answered(1010, 2)];

describe("no-stale-forwarding", () => {
  const cutOff = (from: number, to: number): HistoryEvent[] => [hears(from, "ha1"), hears(to, "ha1", "ha2", "ha3")];

  it("excuses an isolated edge for the time that it was isolated, and not for what it did before", () => {
    const stale = arrived(900, 5000, F1, "ha1");
    expect(broken([...moved, ...cutOff(950, 6000), stale], {})).toEqual([]);
    expect(broken([...moved, ...cutOff(950, 2000), ...cutOff(2100, 6000), stale], {}), "no longer than that").toEqual(
      [],
    );
    for (const cut of [cutOff(4990, 6000), [...cutOff(950, 2000), ...cutOff(3000, 6000)]])
      expect(broken([...moved, ...cut, stale], {})).toEqual(["no-stale-forwarding"]);
  });

  it("excuses an edge for no update of which it could know, though it could not of a newer one", () => {
    const took = (at: number, node: string, epoch: number, sequence: number, careOfAddress: string): HistoryEvent[] => [
      owner(at - 5, node, epoch),
      committed(at, sequence, { node, epoch, careOfAddress }),
    ];
    const twice = [
      ...[...moved, sent(2000, 3, F3), answered(2010, 3)],
      ...[...took(6, "ha3", 1, 1, F1), ...took(1005, "ha3", 2, 2, F2), ...took(2005, "ha2", 3, 3, F3)],
      ...[hears(900, "ha1", "ha3"), hears(900, "ha3", "ha1")],
      arrived(1020, 3000, F1, "ha1"),
    ];
    expect(broken(twice, {})).toEqual(["no-stale-forwarding"]);
    expect(broken([...twice, state(1006, "ha3", "down")], {}), "who took it died").toEqual([]);
  });

  it("excuses nobody for packets to where nobody registered", () => {
    const isolated = hears(1, "ha1");
    expect(broken([...moved, isolated, arrived(300, 310, F3, "ha1")], {})).toEqual(["no-stale-forwarding"]);
    expect(broken([arrived(300, 310, F1)], {}), "of no home address").toEqual(["no-stale-forwarding"]);
  });

  it("finds packets to where a registration was refused, but for a copy of one that may have been accepted", () => {
    const asked = (status: number) =>
      broken(
        [sent(0, 1, F1), answered(10, 1), sent(1000, 2, F2), answered(1010, 2, 0, status), arrived(1005, 2000, F2)],
        {},
      );
    expect(asked(130)).toEqual(["no-stale-forwarding"]);
    expect(asked(135)).toEqual([]);
  });

  it("excuses packets that do not tell their edge by no node that does not have it", () => {
    const stale = arrived(1020, 2000, F1);
    const isolated = [hears(900, "ha3"), hears(900, "ha1", "ha2")];
    const held = [edge(5, "ha3", 1), withdrawn(500, "ha3", 1), edge(500, "ha1", 2)];
    expect(broken([...moved, ...isolated, stale], {}), "whose the edge is, is not known").toEqual([]);
    expect(broken([...moved, ...isolated, edge(5, "ha3", 1), stale], {})).toEqual([]);
    expect(broken([...moved, ...isolated, ...held, stale], {})).toEqual(["no-stale-forwarding"]);
  });
});

describe("no-expired-forwarding", () => {
  const short = [sent(0, 1, F1, 8000), answered(10, 1, 8000)];

  it("excuses a node for the time that it was paused, not for ever after", () => {
    const paused = [state(8100, "ha1", "paused"), state(9500, "ha1", "level")];
    expect(broken([...short, ...paused, arrived(20, 10_400, F1, "ha1")], {})).toEqual([]);
    expect(broken([...short, ...paused, arrived(20, 10_600, F1, "ha1")], {})).toEqual(["no-expired-forwarding"]);
    expect(broken([...short, ...paused, arrived(30_000, 30_100, F1, "ha1")], {})).toEqual(["no-expired-forwarding"]);
  });

  it("excuses packets that do not tell their edge by no node that does not have it", () => {
    const paused = [edge(5, "ha1", 1), state(8100, "ha2", "paused")];
    expect(broken([...short, ...paused, arrived(20, 10_400, F1)], {})).toEqual(["no-expired-forwarding"]);
  });

  it("counts no lifetime that was refused", () => {
    const refresh = [...short, sent(7000, 2, F1, 8000), answered(7010, 2, 0, 130)];
    expect(broken([...refresh, arrived(20, 9500, F1, "ha1")], {})).toContain("no-expired-forwarding");
  });
});

describe("linearizable", () => {
  const seen = [sent(0, 1, F1), answered(10, 1), sent(1000, 2, F2), arrived(1002, 1100, F2, "ha1")];
  const back = arrived(1300, 5000, F1, "ha1");

  it("excuses forwarding that goes back by a change before it, not by one in its course", () => {
    expect(broken([...seen, owner(1200, "ha2", 2), back], {})).toEqual([]);
    expect(broken([...seen, owner(4900, "ha2", 2), back], {})).toEqual(["linearizable"]);
  });

  it("excuses an edge by no other node's edge, and not because it was isolated", () => {
    expect(broken([...seen, edge(1200, "ha1", 2), back], {})).toEqual([]);
    expect(broken([...seen, edge(1200, "ha3", 2), back], {})).toEqual(["linearizable"]);
    expect(broken([...seen, hears(1050, "ha1"), back], {})).toEqual(["linearizable"]);
    const unknown = [...seen.slice(0, -1), arrived(1002, 1100, F2), arrived(1300, 1400, F1)];
    expect(broken([...unknown, hears(1050, "ha1")], {}), "two edges, perhaps").toEqual([]);
  });

  it("counts what was seen on and on after a change", () => {
    for (const change of [990, 2000]) {
      const long = [...seen.slice(0, -1), arrived(1002, 3000, F2, "ha1"), owner(change, "ha2", 2)];
      expect(broken([...long, arrived(3300, 3400, F1, "ha1")], {})).toEqual(["linearizable"]);
      expect(broken([...long, owner(3100, "ha1", 3), arrived(3300, 3400, F1, "ha1")], {})).toEqual([]);
    }
  });
});
