import type { Criterion, ExchangeCounts, FlowReport, MobileNodeCounts } from "./report.ts";

/** What the verdict is made from. */
export interface Evidence {
  /** When the load had stopped and the last answers had come, before anybody returned. */
  readonly settled: MobileNodeCounts;
  /** At the very end; undefined where the bindings are to stay. */
  readonly returned: MobileNodeCounts | undefined;
  readonly exchanges: ExchangeCounts;
  readonly flows: readonly FlowReport[];
  /** Seconds that an answer may take. */
  readonly answerWithin: number;
  /** Milliseconds that probes of a sampled tunnel may be missing in a row. */
  readonly allowedGap: number;
}

/** 135 and 144 tell the mobile node the number or the time to use, and are corrected at once. */
const CORRECTIONS = new Set(["135", "144"]);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const dataCriterion = (flows: readonly FlowReport[], allowedGap: number): Criterion => {
  const damaged = sum(flows.map((flow) => flow.damaged));
  const lost = sum(flows.map((flow) => flow.lost));
  const received = sum(flows.map((flow) => flow.received));
  const longest = Math.max(0, ...flows.flatMap((flow) => flow.windows.map(({ start, end }) => end - start)));
  const isWithin = allowedGap > 0 ? longest <= allowedGap : lost === 0;
  // Where a far end probes, registered means reachable: a tunnel that nothing ever came through has no first probe to count from.
  const silent = flows.filter((flow) => flow.received === 0).length;
  return {
    name: "data",
    passed: damaged === 0 && silent === 0 && isWithin,
    detail: `${received} probes through ${flows.length} tunnels, ${silent > 0 ? `none through ${silent} of them, ` : ""}${lost} lost (longest gap ${Math.round(longest)} ms, allowed ${allowedGap} ms), ${damaged} damaged`,
  };
};

/** The criteria of `roam6 sim`'s exit code, each with its figures. */
export const criteriaOf = (evidence: Evidence): readonly Criterion[] => {
  const { settled, returned, exchanges, flows } = evidence;
  const refusals = Object.entries(exchanges.refused).filter(([status]) => !CORRECTIONS.has(status));
  const criteria: Criterion[] = [
    {
      name: "registered",
      passed: settled.registered === settled.wanted,
      detail: `${settled.registered} of ${settled.wanted} mobile nodes registered`,
    },
    {
      name: "answered",
      passed: exchanges.unanswered === 0,
      detail: `${exchanges.unanswered} Binding Updates unanswered for more than ${evidence.answerWithin} s, with ${exchanges.retransmissions} retransmissions`,
    },
    {
      name: "accepted",
      passed: refusals.length === 0,
      detail:
        refusals.length === 0
          ? "none refused for good"
          : `refused: ${refusals.map(([status, count]) => `${count} with status ${status}`).join(", ")}`,
    },
    {
      name: "kept",
      passed: exchanges.lapsed === 0,
      detail: `${exchanges.lapsed} lifetimes ended before an answer came`,
    },
  ];
  if (flows.length > 0) criteria.push(dataCriterion(flows, evidence.allowedGap));
  if (returned !== undefined)
    criteria.push({
      name: "returned",
      passed: returned.registered === 0 && returned.awaiting === 0,
      detail:
        returned.registered + returned.awaiting === 0
          ? "all de-registered"
          : `${returned.registered + returned.awaiting} not de-registered`,
    });
  return criteria;
};
