import { type DemoReport, FLOWS, type Span } from "./report.ts";

const WIDTH = 1180;
const LEFT = 190;
const RIGHT = 20;
const LANE = 38;
const BAND = 20;
const TOP = 64;
const CURVE = 74;
/** Room that the length of a silence takes. */
const LABEL = 52;

/** Text that may stand in XML. */
export const escapeXml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const lane = (label: string, y: number, content: string): string =>
  `<text class="lane" x="${LEFT - 12}" y="${y + BAND / 2}">${escapeXml(label)}</text>${content}`;

const spans = (items: readonly Span[], x: (at: number) => number, y: number, name: string): string =>
  items
    .map(({ from, to, label }, at) => {
      const width = Math.max(1, x(to) - x(from));
      const text =
        width > label.length * 6
          ? `<text class="inside" x="${x(from) + width / 2}" y="${y + BAND / 2}">${escapeXml(label)}</text>`
          : "";
      return `<rect class="${name} tone${at % 2}" x="${x(from).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAND}"><title>${escapeXml(label)}</title></rect>${text}`;
    })
    .join("");

const curve = (
  points: readonly { readonly at: number; readonly value: number }[],
  x: (at: number) => number,
  y: number,
  most: number,
): string =>
  points
    .map(
      ({ at, value }, n) =>
        `${n === 0 ? "M" : "L"}${x(at).toFixed(1)} ${(y + CURVE - (value / most) * (CURVE - 6)).toFixed(1)}`,
    )
    .join("");

/** Steps of 1, 2, 5, 10 ... seconds, so that about twelve ticks fit. */
const tickOf = (duration: number): number =>
  [1, 2, 5, 10, 20, 30, 60].map((seconds) => seconds * 1000).find((step) => duration / step <= 14) ?? 120_000;

/**
 * The run as a picture: where the mobile node was, who held its instance, a lane for each probe direction with its
 * silences, and the TCP stream's throughput.
 */
export const timelineSvg = (report: DemoReport): string => {
  const begin = report.steps[0]?.from ?? 0;
  const end = Math.max(report.steps.at(-1)?.to ?? 1, begin + 1);
  const x = (at: number): number =>
    LEFT + ((Math.min(Math.max(at, begin), end) - begin) / (end - begin)) * (WIDTH - LEFT - RIGHT);
  const laneY = (n: number): number => TOP + n * LANE;
  const curveY = laneY(2 + FLOWS.length) + 6;
  const height = curveY + CURVE + 44;
  const tick = tickOf(end - begin);
  const ticks = Array.from({ length: Math.floor((end - begin) / tick) + 1 }, (_, n) => begin + n * tick);
  const most = Math.max(
    1,
    ...report.throughput.flatMap(({ toMobileNode, fromMobileNode }) => [toMobileNode, fromMobileNode]),
  );
  const flowLanes = FLOWS.map(({ name }, n) => {
    const y = laneY(2 + n);
    const gaps = report.gaps[name].filter((gap) => gap.at + gap.length > begin && gap.at < end);
    const marks = gaps.map((gap, at) => {
      const left = x(gap.at);
      const right = Math.max(left + 2, x(gap.at + gap.length));
      const before = gaps[at - 1];
      const after = gaps[at + 1];
      const freeRight = (after === undefined ? WIDTH : x(after.at)) - right;
      const freeLeft = left - (before === undefined ? LEFT : x(before.at + before.length));
      // At a long silence its length is written, beside it where there is room; all have it as their title.
      const middle = y + BAND / 2;
      const place =
        freeRight > LABEL
          ? { x: right + 3, y: middle, anchor: "start" }
          : freeLeft > LABEL
            ? { x: left - 3, y: middle, anchor: "end" }
            : { x: (left + right) / 2, y: y - 8, anchor: "middle" };
      const label =
        gap.length >= 40
          ? `<text class="gap-label" text-anchor="${place.anchor}" x="${place.x.toFixed(1)}" y="${place.y}">${Math.round(gap.length)} ms</text>`
          : "";
      return `<rect class="gap" x="${left.toFixed(1)}" y="${y - 2}" width="${(right - left).toFixed(1)}" height="${BAND + 4}"><title>${gap.length.toFixed(1)} ms of silence</title></rect>${label}`;
    });
    const band = `<rect class="alive" x="${x(begin)}" y="${y}" width="${x(end) - x(begin)}" height="${BAND}"/>`;
    return lane(name, y, band + marks.join(""));
  });
  const markers = report.steps.map(
    ({ from, title, problems }, n) =>
      `<line class="marker" x1="${x(from).toFixed(1)}" x2="${x(from).toFixed(1)}" y1="${TOP - 22}" y2="${curveY + CURVE}"/>` +
      `<g class="badge${problems.length === 0 ? "" : " bad"}"><circle cx="${x(from).toFixed(1)}" cy="${TOP - 32}" r="11"/>` +
      `<text x="${x(from).toFixed(1)}" y="${TOP - 32}">${n + 1}</text><title>${escapeXml(title)}</title></g>`,
  );
  const throughput = (["toMobileNode", "fromMobileNode"] as const).map(
    (key) =>
      `<path class="curve ${key}" d="${curve(
        report.throughput.map((point) => ({ at: point.at, value: point[key] })),
        x,
        curveY,
        most,
      )}"/>`,
  );
  const axis = ticks.map(
    (at) =>
      `<line class="grid" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${TOP - 6}" y2="${curveY + CURVE}"/>` +
      `<text class="tick" x="${x(at).toFixed(1)}" y="${curveY + CURVE + 18}">${Math.round((at - begin) / 1000)} s</text>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Timeline of the run">
${axis.join("")}
${lane("mobile node is at", laneY(0), spans(report.places, x, laneY(0), "place"))}
${lane("its home agent runs on", laneY(1), spans(report.owners, x, laneY(1), "owner"))}
${flowLanes.join("\n")}
${lane("TCP octets a second", curveY + CURVE / 2 - BAND / 2, `<text class="lane small" x="${LEFT - 12}" y="${curveY + CURVE / 2 + 18}">top: ${(most / 1e6).toFixed(1)} MB/s</text>`)}
${throughput.join("")}
${markers.join("")}
</svg>`;
};
