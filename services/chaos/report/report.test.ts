import { describe, expect, it } from "vitest";
import { INVARIANT_NAMES, type Invariant } from "#chaos/history/invariants.ts";
import type { Count } from "#chaos/history/verdict.ts";
import type { Goal } from "#chaos/scenario.ts";
import { type InjectionReport, kindReports, problemsOf } from "./report.ts";

/** `count` injections of a kind, the last of which interrupted by 900 ms and all others by 40. */
const injections = (count: number, kind = "power-off"): InjectionReport[] =>
  Array.from({ length: count }, (_, at) => {
    const flow = { lost: 0, interruption: at + 1 === count ? 900 : 40, gap: 0, lostAfter: 0 };
    const times = { at: at * 5000, ended: at * 5000, returned: at * 5000 + 300, level: at * 5000 + 2300 };
    return {
      number: at + 1,
      kind,
      ...times,
      targets: ["ha1"],
      facts: [],
      flows: { in: flow, out: flow },
      problems: [],
    };
  });

const goalsOf = (own: readonly InjectionReport[], goal: Goal) => kindReports(own, () => goal)[0]?.goals;

const counts = (without: readonly Invariant[] = []): Readonly<Record<Invariant, Count>> => {
  const judged = (name: Invariant): Count => ({ judged: without.includes(name) ? 0 : 1, violated: 0 });
  return {
    "one-owner": judged("one-owner"),
    "fenced-owner-changes-nothing": judged("fenced-owner-changes-nothing"),
    "acknowledged-is-committed": judged("acknowledged-is-committed"),
    "acknowledged-is-kept": judged("acknowledged-is-kept"),
    "sequence-never-goes-back": judged("sequence-never-goes-back"),
    "no-stale-forwarding": judged("no-stale-forwarding"),
    linearizable: judged("linearizable"),
    "no-expired-forwarding": judged("no-expired-forwarding"),
    "gap-has-a-fault": judged("gap-has-a-fault"),
  };
};

describe("kindReports", () => {
  it("holds a goal against the worst injection, however many there are", () => {
    expect(goalsOf(injections(200), { interruption: 50 })).toEqual([
      { measure: "interruption", limit: 50, found: 900, n: 200, of: "max", met: false },
    ]);
  });

  it("holds a goal that says so against the 99th percentile, where there are 100", () => {
    expect(goalsOf(injections(200), { interruption: { p99: 50 } })).toEqual([
      { measure: "interruption", limit: 50, found: 40, n: 200, of: "p99", met: true },
    ]);
    expect(goalsOf(injections(99), { interruption: { p99: 50 } })).toMatchObject([
      { found: 900, of: "max", met: false },
    ]);
  });

  it("gives a p99 from 100 injections on", () => {
    expect(kindReports(injections(100), () => ({}))[0]?.figures.interruption.p99).toBe(40);
    expect(kindReports(injections(99), () => ({}))[0]?.figures.interruption.p99).toBeUndefined();
  });

  it("does not take a goal for met that nothing was measured for", () => {
    const kinds = kindReports(injections(3), () => ({ answered: 1000 }));
    expect(kinds[0]?.goals).toEqual([{ measure: "answered", limit: 1000, n: 0, of: "max", met: false }]);
    expect(problemsOf({ kinds, injections: injections(3), invariants: counts(), least: 3 })).toEqual([
      "power-off: ms from the fault until Binding Updates were answered at once: not measured, goal 1000",
    ]);
  });

  it("counts the time until all is level from the return of what was gone", () => {
    expect(goalsOf(injections(2), { level: 2000 })).toMatchObject([{ found: 2000, met: true }]);
  });
});

describe("problemsOf", () => {
  it("finds nothing where all was injected, judged and reached", () => {
    const kinds = kindReports(injections(3), () => ({ lost: 0 }));
    expect(problemsOf({ kinds, injections: injections(3), invariants: counts(), least: 3 })).toEqual([]);
  });

  it("tells when fewer faults were injected than were asked for, or none", () => {
    const of = (least: number, injected: number): string[] =>
      problemsOf({ kinds: [], injections: injections(injected), invariants: counts(), least });
    expect(of(100, 60)).toEqual(["60 of 100 faults were injected"]);
    expect(of(0, 0)).toEqual(["no fault was injected"]);
  });

  it("takes no invariant for held that has to be judged in every run and was not", () => {
    const invariants = counts(INVARIANT_NAMES);
    expect(problemsOf({ kinds: [], injections: injections(1), invariants, least: 1 })).toContain(
      "invariant acknowledged-is-committed was not judged",
    );
    expect(
      problemsOf({ kinds: [], injections: injections(1), invariants: counts(["linearizable"]), least: 1 }),
    ).toEqual([]);
  });

  it("names what did not happen as it had to, and each violated invariant", () => {
    const [one] = injections(1);
    const broken = { ...counts(), linearizable: { judged: 4, violated: 2 } };
    const told = one === undefined ? [] : [{ ...one, problems: ["it did not strike"] }];
    expect(problemsOf({ kinds: [], injections: told, invariants: broken, least: 1 })).toEqual([
      "injection 1 (power-off): it did not strike",
      "invariant linearizable was violated 2 times",
    ]);
  });
});
