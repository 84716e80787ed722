import { escapeXml } from "#lab/demo/timeline-svg.ts";
import type { ChaosReport } from "./report.ts";

const WIDTH = 1180;
const LEFT = 130;
const RIGHT = 16;
const LANE = 34;
const BAND = 18;
const TOP = 16;
/** One row of the timeline covers so much; a longer run has several. */
const ROW = 120_000;
const LEAST = 3;

interface Row {
  readonly from: number;
  readonly to: number;
  readonly y: number;
}

const lane = (label: string, y: number, content: string): string =>
  `<text class="lane" x="${LEFT - 10}" y="${y + BAND / 2}">${escapeXml(label)}</text>${content}`;

/** Colours repeat after so many kinds. */
const TONES = 8;

const rowSvg = (report: ChaosReport, row: Row): string => {
  const x = (at: number): number =>
    LEFT + ((Math.min(Math.max(at, row.from), row.to) - row.from) / (row.to - row.from)) * (WIDTH - LEFT - RIGHT);
  const within = <T extends { readonly from: number; readonly to: number }>(items: readonly T[]): T[] =>
    items.filter(({ from, to }) => to >= row.from && from < row.to);
  const rect = (name: string, span: { from: number; to: number; title: string }, y: number, grow = 0): string => {
    const width = Math.max(LEAST, x(span.to) - x(span.from));
    return `<rect class="${name}" x="${x(span.from).toFixed(1)}" y="${y - grow}" width="${width.toFixed(1)}" height="${BAND + 2 * grow}"><title>${escapeXml(span.title)}</title></rect>`;
  };
  const kinds = report.kinds.map(({ kind }) => kind);
  const faults = report.injections.map((one) => ({
    from: one.at,
    to: Math.max(one.ended, one.at),
    recovered: one.level ?? one.ended,
    tone: kinds.indexOf(one.kind) % TONES,
    title: `${one.number} ${one.kind} ${one.targets.join(" ")} at ${(one.at / 1000).toFixed(1)} s`,
    failed: one.problems.length > 0,
  }));
  const recoveries = within(faults.map((fault) => ({ ...fault, to: fault.recovered })));
  const owners = within(report.owners).map((span, at) => {
    const width = x(span.to) - x(span.from);
    const name =
      width > 26
        ? `<text class="inside" x="${((x(span.from) + x(span.to)) / 2).toFixed(1)}" y="${row.y + LANE + BAND / 2}">${escapeXml(span.label)}</text>`
        : "";
    return rect(`owner tone${at % 2}`, { ...span, title: span.label }, row.y + LANE) + name;
  });
  const gaps = (direction: "in" | "out", y: number): string => {
    const own = within(
      report.gaps
        .filter((gap) => gap.direction === direction && gap.flow === "mn")
        .map((gap) => ({
          from: gap.from,
          to: gap.until,
          title: `${gap.lost} lost, ${Math.round(gap.until - gap.from)} ms${gap.explainedBy.length === 0 ? ", no fault explains it" : ""}`,
          name: gap.explainedBy.length === 0 ? "gap unexplained" : "gap",
        })),
    );
    return (
      `<rect class="alive" x="${LEFT}" y="${y}" width="${x(row.to) - LEFT}" height="${BAND}"/>` +
      own.map((gap) => rect(gap.name, gap, y, 3)).join("")
    );
  };
  const step = (row.to - row.from) / 12;
  const ticks = Array.from({ length: 13 }, (_, n) => row.from + n * step).map(
    (at) =>
      `<line class="grid" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${row.y - 6}" y2="${row.y + 4 * LANE - 8}"/>` +
      `<text class="tick" x="${x(at).toFixed(1)}" y="${row.y + 4 * LANE}">${Math.round(at / 1000)} s</text>`,
  );
  return [
    ticks.join(""),
    lane(
      "faults",
      row.y,
      recoveries.map((fault) => rect("recovery", { ...fault, title: `${fault.title}: until level` }, row.y)).join("") +
        within(faults)
          .map((fault) => rect(`fault kind${fault.tone}${fault.failed ? " failed" : ""}`, fault, row.y, 2))
          .join(""),
    ),
    lane("edge of instance", row.y + LANE, owners.join("")),
    lane("to mobile node", row.y + 2 * LANE, gaps("in", row.y + 2 * LANE)),
    lane("from mobile node", row.y + 3 * LANE, gaps("out", row.y + 3 * LANE)),
  ].join("\n");
};

/** Faults, owners and gaps by time; two minutes a row. */
export const timelineSvg = (report: ChaosReport): string => {
  const end = Math.max(1000, ...report.injections.map(({ level, ended }) => (level ?? ended) + 500));
  const length = Math.min(ROW, end);
  const rows = Array.from({ length: Math.ceil(end / length) }, (_, n) => ({
    from: n * length,
    to: (n + 1) * length,
    y: TOP + n * (LANE * 4 + 34),
  }));
  const height = (rows.at(-1)?.y ?? TOP) + LANE * 4 + 14;
  return `<svg class="timeline" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of faults and gaps">
${rows.map((row) => rowSvg(report, row)).join("\n")}
</svg>`;
};
