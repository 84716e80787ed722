import { type DemoReport, FLOWS, type StepReport, worst } from "./report.ts";

/** Milliseconds as people read them. */
export const readableTime = (value: number): string =>
  value < 10 ? `${value.toFixed(1)} ms` : value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

/** Octets as people read them. */
export const readableOctets = (value: number): string =>
  value < 1e6 ? `${(value / 1e3).toFixed(0)} kB` : `${(value / 1e6).toFixed(1)} MB`;

/** The live lines of one step, once its figures are known. */
export const stepLines = (step: StepReport): string[] => {
  const { gap } = worst(step);
  const lost = FLOWS.map(({ name }) => step.flows[name].lost);
  const shortNames = ["cn→mn", "mn→cn", "nb→mn", "mn→nb"];
  return [
    ...step.facts,
    ...(step.acknowledgedAfter === undefined
      ? []
      : [`Binding Acknowledgement after ${readableTime(step.acknowledgedAfter)}`]),
    `longest gap ${readableTime(gap)} (limit ${readableTime(step.limits.gap)}) · lost ` +
      lost.map((count, at) => `${shortNames[at]} ${count}`).join(", ") +
      (step.limits.lost === undefined ? "" : ` (limit ${step.limits.lost})`),
    `TCP ${readableOctets(step.stream.toMobileNode)} to and ${readableOctets(step.stream.fromMobileNode)} from the mobile` +
      ` node, longest stall ${readableTime(step.stream.stall)} (limit ${readableTime(step.limits.stall)})`,
    ...step.problems.map((problem) => `NOT AS IT MUST BE: ${problem}`),
  ];
};

const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
};

/** The table at the end of the demo. */
export const summaryTable = (report: DemoReport): string[] => {
  const heading = [
    "step",
    "BA",
    "gap cn→mn",
    "mn→cn",
    "nb→mn",
    "mn→nb",
    "limit",
    "lost",
    "limit",
    "TCP stall",
    "limit",
    "",
  ];
  const rows = report.steps.map((step) => [
    step.title,
    step.acknowledgedAfter === undefined ? "-" : readableTime(step.acknowledgedAfter),
    ...FLOWS.map(({ name }) => readableTime(step.flows[name].longestGap)),
    readableTime(step.limits.gap),
    FLOWS.map(({ name }) => step.flows[name].lost).join("/"),
    step.limits.lost === undefined ? "-" : String(step.limits.lost),
    readableTime(step.stream.stall),
    readableTime(step.limits.stall),
    step.problems.length === 0 ? "ok" : "FAILED",
  ]);
  return table([heading, ...rows]);
};

/** The last lines. */
export const verdictLines = ({ verdict, duration }: DemoReport): string[] => [
  verdict.passed
    ? `PASSED in ${duration.toFixed(0)} s: TCP survived everything, every acknowledged binding was kept, all gaps were under their limits.`
    : `FAILED after ${duration.toFixed(0)} s:`,
  ...verdict.problems.map((problem) => `  - ${problem}`),
];
