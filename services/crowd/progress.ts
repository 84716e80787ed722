import type { LatencyReport, SimReport, SimStatus } from "./report.ts";

const whole = (value: number): string => Math.round(value).toLocaleString("en");

/** A duration in milliseconds for people. */
const shortTime = (value: number): string =>
  value >= 10_000
    ? `${(value / 1000).toFixed(1)} s`
    : value >= 10
      ? `${Math.round(value)} ms`
      : `${value.toFixed(1)} ms`;

/** One line of how it goes. */
export const progressLine = (status: SimStatus): string => {
  const { mobileNodes, settings } = status;
  const parts = [
    `${status.seconds.toFixed(1).padStart(6)} s`,
    `registered ${whole(mobileNodes.registered)}/${whole(mobileNodes.wanted)}`,
    `offered ${whole(status.offered)}/s`,
    `answered ${whole(status.answered)}/s`,
    `again ${whole(status.retransmitted)}/s`,
    `p50 ${shortTime(status.p50)}`,
    `p99 ${shortTime(status.p99)}`,
    `awaiting ${whole(mobileNodes.awaiting)}`,
    ...(status.unanswered > 0 ? [`unanswered ${whole(status.unanswered)}`] : []),
    ...(mobileNodes.refused > 0 ? [`refused ${whole(mobileNodes.refused)}`] : []),
    ...(settings.rate > 0 ? [`[rate ${whole(settings.rate)}]`] : []),
    ...(settings.moveRate > 0 ? [`[moves ${whole(settings.moveRate)}/s]`] : []),
  ];
  return status.phase === "ending" ? `${parts.join("  ")}  ending` : parts.join("  ");
};

const latencyLine = (name: string, { count, p50, p90, p99, p999, max }: LatencyReport): string =>
  `  ${name.padEnd(16)}${whole(count).padStart(10)}${[p50, p90, p99, p999, max].map((one) => shortTime(one).padStart(10)).join("")}\n`;

const BAR = 50;

/** One line a bucket, the fullest with the longest bar; nothing where nothing was measured. */
export const histogramText = ({ count, buckets }: LatencyReport): string => {
  const fullest = Math.max(...buckets.map((bucket) => bucket.count));
  return buckets
    .map((bucket) => {
      const share = `${((100 * bucket.count) / count).toFixed(1)} %`.padStart(8);
      const length = Math.ceil((bucket.count / fullest) * BAR);
      const bar = length > 0 ? ` ${"#".repeat(length)}` : "";
      return `  up to ${shortTime(bucket.upTo).padStart(9)}${whole(bucket.count).padStart(11)}${share}${bar}\n`;
    })
    .join("");
};

/** The whole report for people. */
export const reportText = (report: SimReport): string => {
  const { exchanges, latency, mobileNodes, processor, verdict, flows } = report;
  const sent = exchanges.registrations + exchanges.refreshes + exchanges.moves + exchanges.deregistrations;
  const title = `\n${whole(mobileNodes.wanted)} mobile nodes on ${report.homeAgents.length} home agent instances for ${report.seconds} s (seed ${report.seed})\n`;
  const counts = `${whole(sent)} Binding Updates (${whole(exchanges.registrations)} registrations, ${whole(exchanges.refreshes)} refreshes, ${whole(exchanges.moves)} moves, ${whole(exchanges.deregistrations)} returns), ${whole(exchanges.retransmissions)} sent again, ${whole(exchanges.accepted)} acknowledged; ${(processor.user + processor.system).toFixed(1)} s of processor time\n`;
  const more: string[] = [];
  if (Object.keys(exchanges.refused).length > 0)
    more.push(`  refused by status: ${JSON.stringify(exchanges.refused)}\n`);
  if (Object.keys(exchanges.ignored).length > 0)
    more.push(`  answers ignored, packets not sent: ${JSON.stringify(exchanges.ignored)}\n`);
  if (exchanges.dropped > 0) more.push(`  packets lost before the tap: ${exchanges.dropped}\n`);
  if (exchanges.notOffered > 0) more.push(`  not offered, no mobile node was free: ${whole(exchanges.notOffered)}\n`);
  const head = `\n  ${"BU to BA".padEnd(16)}${"count".padStart(10)}${["p50", "p90", "p99", "p99.9", "max"].map((one) => one.padStart(10)).join("")}\n`;
  const table = (["registrations", "refreshes", "moves", "deregistrations", "all"] as const)
    .filter((name) => latency[name].count > 0)
    .map((name) => latencyLine(name, latency[name]));
  const lossy = flows
    .filter(({ lost }) => lost > 0)
    .map(({ homeAddress, lost, windows }) => {
      const longest = Math.max(...windows.map(({ start, end }) => end - start));
      return `  ${homeAddress}: ${lost} probes lost in ${windows.length} windows, the longest ${shortTime(longest)}\n`;
    });
  const criteria = verdict.criteria.map(
    ({ name, passed, detail }) => `${passed ? "ok    " : "FAILED"} ${name}: ${detail}\n`,
  );
  return [
    title,
    counts,
    ...more,
    head,
    ...table,
    latency.all.count > 0 ? `\n  BU to BA, all\n${histogramText(latency.all)}` : "",
    ...lossy,
    "\n",
    ...criteria,
    verdict.passed ? "PASSED\n" : "FAILED\n",
  ].join("");
};
