import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { check } from "./checker.ts";
import {
  answered,
  arrived,
  broken,
  clean,
  committed,
  edge,
  F1,
  F2,
  fault,
  hears,
  hidden,
  instance,
  MN,
  observed,
  owner,
  probes,
  sent,
  state,
} from "./history.test-support.ts";
import type { HistoryEvent } from "./history.ts";
import { INVARIANT_NAMES } from "./invariants.ts";

describe("check", () => {
  it("finds nothing in a history without fault of the cluster, and has judged every invariant", () => {
    const verdict = check(clean, { commitsObserved: true });
    expect(verdict.violations).toEqual([]);
    expect(verdict.clean).toBe(true);
    expect(INVARIANT_NAMES.filter((name) => verdict.counts[name].judged === 0)).toEqual([]);
    expect(verdict.gaps).toMatchObject([{ from: 5000, until: 5040, lost: 41, explainedBy: ["1"] }]);
  });

  it("gives the same verdict whatever the order in which events are given", () => {
    const planted = [...clean, arrived(15_000, 15_010, F1, "ha2")];
    expect(check([...planted].reverse(), { commitsObserved: true })).toEqual(check(planted, { commitsObserved: true }));
  });

  it("allows one owner for each epoch", () => {
    expect(broken([...clean.slice(0, -8), owner(5070, "ha3", 2)])).toEqual(["one-owner"]);
  });

  it("allows no smaller epoch behind a greater one in the log", () => {
    expect(broken([...clean, owner(6000, "ha3", 1)])).toContain("one-owner");
  });

  it("allows no record of a former epoch behind a newer epoch entry", () => {
    const late = committed(5061, 7);
    const { violations } = check([...clean, late]);
    expect(violations.map(({ invariant }) => invariant)).toEqual(["fenced-owner-changes-nothing"]);
    expect(violations[0]?.history).toEqual([clean[0], owner(5060, "ha2", 2), late]);
  });

  it("does not judge an acknowledgement whose record may be among those that nobody read", () => {
    const lacking = clean.filter((event) => event.type !== "record.committed" || event.sequence !== 8);
    expect(broken(lacking)).toEqual(["acknowledged-is-committed"]);
    expect(broken([...lacking, hidden(8000, 9500)])).toEqual([]);
    expect(broken([...lacking, hidden(9500, 9900)])).toEqual(["acknowledged-is-committed"]);
  });

  it("allows no record in an epoch of another node", () => {
    expect(broken([...clean, committed(5065, 7, { epoch: 2, node: "ha1" })])).toEqual(["fenced-owner-changes-nothing"]);
  });

  it("allows no command of a smaller epoch at an edge that has obeyed a greater one", () => {
    const command = (at: number, epoch: number): HistoryEvent => ({
      type: "forwarding.programmed",
      at: millis(at),
      edge: "ha3",
      instance,
      epoch,
      homeAddress: MN,
      careOfAddress: F1,
    });
    expect(broken([...clean, command(5100, 2), command(5101, 2)])).toEqual([]);
    expect(broken([...clean, command(5100, 2), command(5101, 1)])).toEqual(["fenced-owner-changes-nothing"]);
  });

  it("wants a commit before the acknowledgement", () => {
    const early = clean.map((event) =>
      event.type === "record.committed" && event.sequence === 8 ? { ...event, at: millis(9012) } : event,
    );
    expect(broken(early)).toEqual(["acknowledged-is-committed"]);
    expect(broken(early, {})).toEqual([]);
  });

  it("finds an acknowledged binding that is lost", () => {
    const verdict = check([...clean.slice(0, -4), observed(20_000, [], "log")]);
    expect(verdict.violations).toMatchObject([{ invariant: "acknowledged-is-kept", at: 20_000 }]);
    expect(verdict.violations[0]?.history.map(({ type }) => type)).toEqual([
      "update.sent",
      "acknowledgement.received",
      "bindings.observed",
    ]);
  });

  it("finds a former binding where a newer one was acknowledged", () => {
    expect(broken([...clean, observed(20_500, [{ homeAddress: MN, sequence: 7, careOfAddress: F1 }])])).toEqual([
      "acknowledged-is-kept",
    ]);
  });

  it("takes what became of a binding while very many were read, and nothing older", () => {
    const moved = [sent(0, 1, F1), answered(10, 1), sent(5000, 2, F2), answered(5010, 2)];
    const look = (at: number, until: number, sequence: number, careOfAddress: string): HistoryEvent[] => [
      ...moved,
      { ...observed(at, [{ homeAddress: MN, sequence, careOfAddress }]), until: millis(until) } as HistoryEvent,
    ];
    expect(broken(look(4000, 6000, 1, F1), {})).toEqual([]);
    expect(broken(look(4000, 6000, 2, F2), {})).toEqual([]);
    expect(broken(look(5500, 6000, 1, F1), {})).toEqual(["acknowledged-is-kept"]);
    expect(broken(look(4000, 4500, 2, F2), {})).toEqual(["acknowledged-is-kept"]);
  });

  it("finds a binding where its de-registration was acknowledged", () => {
    expect(broken([...clean, observed(23_000, [{ homeAddress: MN, sequence: 8, careOfAddress: F2 }])])).toEqual([
      "acknowledged-is-kept",
    ]);
  });

  it("takes either of two bindings while the newer one is not acknowledged, and none after the end of its lifetime", () => {
    const waiting = [sent(0, 1, F1), answered(10, 1), sent(1000, 2, F2)];
    for (const [sequence, careOfAddress] of [
      [1, F1],
      [2, F2],
    ] as const) {
      expect(broken([...waiting, observed(2000, [{ homeAddress: MN, sequence, careOfAddress }])], {})).toEqual([]);
    }
    expect(broken([...waiting, observed(2000, [])], {})).toEqual(["acknowledged-is-kept"]);
    expect(broken([...waiting, observed(59_500, [])], {})).toEqual([]);
  });

  it("finds sequence numbers that go back, also across 2^16 (RFC 6275 §9.5.1)", () => {
    expect(broken([committed(1, 65_535), committed(2, 0), committed(3, 1)], {})).toEqual([]);
    expect(broken([committed(1, 0), committed(2, 65_535)], {})).toEqual(["sequence-never-goes-back"]);
    expect(broken([...clean, observed(20_400, [{ homeAddress: MN, sequence: 7, careOfAddress: F2 }])])).toEqual([
      "sequence-never-goes-back",
    ]);
  });

  it("finds packets to a care-of address that an acknowledged Binding Update replaced", () => {
    const verdict = check([...clean, arrived(9011, 9020, F1, "ha2")]);
    expect(verdict.violations.map(({ invariant }) => invariant)).toContain("no-stale-forwarding");
    expect(verdict.violations[0]?.history.filter(({ type }) => type === "update.sent")).toEqual([
      sent(100, 7, F1),
      sent(9001, 8, F2),
    ]);
  });

  it("finds packets to a care-of address that was never registered", () => {
    expect(broken([...clean, arrived(300, 301, "2001:db8:f3::1")])).toEqual(["no-stale-forwarding"]);
  });

  it("excuses an isolated edge until 100 ms after it is rejoined (DESIGN §4)", () => {
    const cut = [...clean, hears(8000, "ha1"), hears(12_000, "ha1", "ha2", "ha3")];
    expect(broken([...cut, arrived(9020, 12_090, F1, "ha1")])).toEqual([]);
    expect(broken([...cut, arrived(9020, 12_110, F1, "ha1")])).toEqual(["no-stale-forwarding"]);
    expect(broken([...cut, arrived(9020, 11_000, F1, "ha2")])).toEqual(["no-stale-forwarding"]);
  });

  it("excuses an edge that hears others, of whom none hears the node that took the update, nor one that does", () => {
    const stale = arrived(9020, 11_000, F1, "ha1");
    const apart = [hears(8000, "ha1", "ha3"), hears(8000, "ha3", "ha1")];
    expect(broken([...clean, ...apart, stale])).toEqual([]);
    expect(broken([...clean, hears(8000, "ha1", "ha3"), hears(8000, "ha3", "ha1", "ha2"), stale])).toEqual([
      "no-stale-forwarding",
    ]);
    expect(broken([...clean, ...apart, hears(10_800, "ha3", "ha1", "ha2"), stale])).toEqual(["no-stale-forwarding"]);
    const again = (at: number) => [owner(at, "ha1", 3), committed(at + 1, 8, { epoch: 3, careOfAddress: F2 })];
    const moved = clean.filter(({ at }) => at < 20_000);
    expect(broken([...moved, ...apart, ...again(11_200), stale]), "it took it itself, later").toEqual([]);
    expect(broken([...moved, ...apart, ...again(10_900), stale])).toEqual(["no-stale-forwarding"]);
  });

  it("finds forwarding that goes back before the acknowledgement while edge and owner stay (linearizable)", () => {
    const pending = [sent(0, 1, F1), answered(10, 1), sent(1000, 2, F2), arrived(1002, 1100, F2)];
    const back = arrived(1300, 1400, F1);
    expect(broken([...pending, back], {})).toEqual(["linearizable"]);
    expect(broken([...pending, edge(1150, "ha2", 2), back], {})).toEqual([]);
    expect(broken([...pending, sent(1200, 3, F1), back], {})).toEqual([]);
  });

  it("excuses that when the program of the edge's node was started anew, and not when it was only paused (DESIGN §4.7)", () => {
    const seen = [sent(0, 1, F1), answered(10, 1), sent(1000, 2, F2), arrived(1002, 1100, F2, "ha1")];
    const back = arrived(1300, 1400, F1, "ha1");
    const began = (node: string, now: "joining" | "paused"): HistoryEvent[] => [
      state(1050, node, now),
      state(1250, node, "level"),
    ];
    expect(broken([...seen, ...began("ha1", "joining"), back], {})).toEqual([]);
    for (const other of [began("ha1", "paused"), began("ha2", "joining")])
      expect(broken([...seen, ...other, back], {})).toEqual(["linearizable"]);
    const acknowledged = [...seen, answered(1010, 2), ...began("ha1", "joining"), back];
    expect(broken(acknowledged, {})).toEqual(["no-stale-forwarding"]);
  });

  it("finds packets tunnelled after the end of a lifetime, but for a node that is paused", () => {
    const short = [sent(0, 1, F1, 8000), answered(10, 1, 8000), arrived(20, 8500, F1, "ha1")];
    const late = arrived(8501, 9100, F1, "ha1");
    expect(broken(short, {})).toEqual([]);
    expect(broken([...short, late], {})).toEqual(["no-expired-forwarding"]);
    expect(broken([...short, state(7000, "ha1", "paused"), late, state(9500, "ha1", "level")], {})).toEqual([]);
  });

  it("finds a gap that no fault explains, also its part after the fault's allowance", () => {
    const lost = probes("probes.lost", 15_000, 15_030);
    const verdict = check([...clean, lost]);
    expect(verdict.violations.map(({ invariant }) => invariant)).toEqual(["gap-has-a-fault"]);
    expect(verdict.violations[0]?.history).toContainEqual(lost);
    expect(broken([...clean, probes("probes.lost", 5050, 5200)])).toEqual(["gap-has-a-fault"]);
    expect(
      broken([
        ...clean,
        fault(14_990, 10, { fault: "2" }),
        { type: "fault.ended", fault: "2", at: millis(15_025) },
        lost,
      ]),
    ).toEqual([]);
  });

  it("takes no fault for the reason of a longer gap than it explains, however long it lasts", () => {
    const lasting = (longestGap: number, name = "2"): HistoryEvent[] => [
      fault(12_000, 100, { fault: name, kind: "partition", longestGap: millis(longestGap) }),
      { type: "fault.ended", fault: name, at: millis(18_000) },
    ];
    const lost = probes("probes.lost", 15_000, 15_030);
    expect(broken([...clean, ...lasting(30), lost])).toEqual([]);
    expect(broken([...clean, ...lasting(29), lost])).toEqual(["gap-has-a-fault"]);
    expect(broken([...clean, ...lasting(0), lost])).toEqual(["gap-has-a-fault"]);
    expect(broken([...clean, ...lasting(0), probes("probes.lost", 15_000, 15_000)])).toEqual(["gap-has-a-fault"]);
    expect(broken([...clean, ...lasting(15), ...lasting(15, "3"), lost]), "two meet").toEqual([]);
  });

  it("takes a movement and the end of a lifetime for reasons of a gap", () => {
    expect(broken([...clean, probes("probes.lost", 8900, 9002)])).toEqual([]);
    const gone = [sent(0, 1, F1, 8000), answered(10, 1, 8000), probes("probes.lost", 8100, 30_000)];
    const verdict = check(gone);
    expect(verdict.violations).toEqual([]);
    expect(verdict.gaps[0]?.explainedBy).toEqual(["lifetime"]);
  });

  it("keeps so many violations of each invariant and counts all", () => {
    const many = Array.from({ length: 50 }, (_, n) => probes("probes.lost", 30_000 + n * 10, 30_001 + n * 10));
    const verdict = check([...clean.slice(0, -3), ...many], { keep: 3 });
    expect(verdict.violations.length).toBe(3);
    expect(verdict.counts["gap-has-a-fault"].violated).toBe(50);
  });

  it("judges each home address of many by its own events", () => {
    const long: HistoryEvent[] = [];
    for (let mobile = 0; mobile < 200; mobile++) {
      const homeAddress = `2001:db8:1::${mobile.toString(16)}`;
      for (let n = 0; n < 50; n++) {
        const at = n * 1000 + mobile / 10;
        const own = [
          sent(at, n, n % 2 === 0 ? F1 : F2),
          answered(at + 10, n),
          arrived(at + 11, at + 999, n % 2 === 0 ? F1 : F2),
        ];
        long.push(...own.map((event) => ({ ...event, homeAddress }) as HistoryEvent));
      }
    }
    const verdict = check(long);
    expect(verdict.violations).toEqual([]);
    expect(verdict.counts["linearizable"].judged).toBe(10_000);
  });
});
