import { escapeXml } from "#lab/demo/timeline-svg.ts";

/** Upper ends of the bars, milliseconds; the first bar holds what lost nothing. */
const BOUNDS = [0, 5, 10, 20, 30, 40, 50, 75, 100, 200, 500, 1000, 5000, Number.POSITIVE_INFINITY] as const;
const BAR = 40;
const HEIGHT = 96;
const TOP = 18;
const LEFT = 10;

const nameOf = (at: number): string => {
  const bound = BOUNDS[at] ?? 0;
  if (bound === 0) return "none";
  if (bound === Number.POSITIVE_INFINITY) return "> 5 s";
  return bound < 1000 ? `≤ ${bound}` : `≤ ${bound / 1000} s`;
};

/**
 * Service interruptions of one kind of fault as bars.
 * @param values milliseconds, one an injection
 * @param goal drawn as a line behind the bar it belongs to
 */
export const histogramSvg = (values: readonly number[], goal: number | undefined): string => {
  const counts = BOUNDS.map((bound, at) => {
    const above = at === 0 ? Number.NEGATIVE_INFINITY : (BOUNDS[at - 1] ?? 0);
    return values.filter((value) => value > above && value <= bound).length;
  });
  const most = Math.max(1, ...counts);
  const width = LEFT * 2 + BOUNDS.length * BAR;
  const bars = counts.map((count, at) => {
    const height = (count / most) * HEIGHT;
    const x = LEFT + at * BAR;
    const tone = goal !== undefined && (BOUNDS[at] ?? 0) > goal ? "over" : "within";
    const label =
      count === 0 ? "" : `<text class="count" x="${x + BAR / 2}" y="${TOP + HEIGHT - height - 8}">${count}</text>`;
    return `<rect class="${tone}" x="${x + 3}" y="${(TOP + HEIGHT - height).toFixed(1)}" width="${BAR - 6}" height="${height.toFixed(1)}"><title>${escapeXml(`${nameOf(at)} ms: ${count}`)}</title></rect>${label}<text class="tick" x="${x + BAR / 2}" y="${TOP + HEIGHT + 12}">${escapeXml(nameOf(at))}</text>`;
  });
  const behind = goal === undefined ? -1 : BOUNDS.findLastIndex((bound) => bound <= goal);
  const x = LEFT + (behind + 1) * BAR;
  const line = behind < 0 ? "" : `<line class="goal" x1="${x}" x2="${x}" y1="${TOP - 10}" y2="${TOP + HEIGHT}"/>`;
  return `<svg class="histogram" viewBox="0 0 ${width} ${TOP + HEIGHT + 22}" style="max-width:${width}px;min-width:${width}px" role="img" aria-label="Histogram">
<line class="grid" x1="${LEFT}" x2="${width - LEFT}" y1="${TOP + HEIGHT}" y2="${TOP + HEIGHT}"/>${bars.join("")}${line}</svg>`;
};
