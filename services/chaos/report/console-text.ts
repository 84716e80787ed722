import { formatTable } from "#cli/table.ts";
import type { ChaosReport, Distribution, KindReport } from "./report.ts";

const figure = (value: number): string => (value < 10 && value % 1 !== 0 ? value.toFixed(1) : value.toFixed(0));

/** `median / p99 / max`; p99 only where there is one. */
export const distributionText = ({ median, p99, max }: Distribution): string =>
  `${figure(median)} / ${p99 === undefined ? "-" : figure(p99)} / ${figure(max)}`;

const optionalText = (found: Distribution | undefined): string => (found === undefined ? "-" : distributionText(found));

const goalsText = (goals: KindReport["goals"]): string => {
  if (goals.length === 0) return "-";
  if (goals.every(({ met }) => met)) return "met";
  return goals.some(({ found, met }) => !met && found !== undefined) ? "MISSED" : "NOT MEASURED";
};

/** The end of a run for people: figures by kind of fault, broken invariants with their smallest history, the verdict. */
export const summaryLines = (report: ChaosReport): string[] => {
  const rows = report.kinds.map(({ kind, injections, figures, goals }) => [
    kind,
    String(injections),
    distributionText(figures.lost),
    distributionText(figures.interruption),
    distributionText(figures.gap),
    distributionText(figures.lostAfter),
    optionalText(figures.answered),
    optionalText(figures.level),
    goalsText(goals),
  ]);
  const heading = ["FAULT", "N", "LOST", "INTERRUPTION MS", "GAP MS", "LOST AFTER", "ANSWERED MS", "LEVEL MS", "GOALS"];
  const violations = report.violations
    .slice(0, 5)
    .flatMap(({ invariant, at, message, history }) => [
      "",
      `VIOLATED ${invariant} at ${(at / 1000).toFixed(3)} s: ${message}`,
      ...history.map((event) => `  ${JSON.stringify(event)}`),
    ]);
  return [
    `median / p99 (of 100 and more) / max of the worse direction`,
    formatTable(heading, rows).trimEnd(),
    ...violations,
    "",
    ...report.verdict.problems.map((problem) => `- ${problem}`),
    `${report.verdict.passed ? "PASSED" : "FAILED"}: ${report.scenario}, ${report.injections.length} injections in ${(report.duration / 1000).toFixed(0)} s, seed ${report.seed}`,
  ];
};
