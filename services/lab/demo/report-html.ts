import { readableOctets, readableTime } from "./console-text.ts";
import { type DemoReport, FLOWS, type StepReport, worst } from "./report.ts";
import { escapeXml, timelineSvg } from "./timeline-svg.ts";

const STYLE = `
:root { --ink:#1c2430; --soft:#5b6776; --line:#d8dee6; --paper:#fff; --ground:#f4f6f9; --good:#1f8a5b; --goodsoft:#cfeadd; --bad:#d0342c; --place:#dbe6f7; --place2:#c2d5f2; --owner:#fdeecb; --owner2:#f8dfa2; --to:#2f6fd0; --fromc:#a457c4; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6ebf2; --soft:#9aa7b8; --line:#323c4a; --paper:#1a212b; --ground:#11161d; --good:#4fc28c; --goodsoft:#1e4636; --bad:#ff6b62; --place:#27405f; --place2:#315178; --owner:#574619; --owner2:#6d5720; --to:#79aaf2; --fromc:#cf94e6; } }
* { box-sizing:border-box } body { margin:0; background:var(--ground); color:var(--ink); font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif }
main { max-width:1260px; margin:0 auto; padding:28px 24px 60px } h1 { font-size:24px; margin:0 0 4px } h2 { font-size:17px; margin:32px 0 10px }
.sub { color:var(--soft); margin:0 0 18px } .card { background:var(--paper); border:1px solid var(--line); border-radius:10px; padding:16px 18px; overflow-x:auto }
.verdict { border-left:6px solid var(--good); font-size:16px } .verdict.bad { border-left-color:var(--bad) } .verdict b { color:var(--good) } .verdict.bad b { color:var(--bad) } .verdict ul { margin:6px 0 0; padding-left:20px }
table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums; font-size:14px } th,td { padding:7px 7px; text-align:right; border-bottom:1px solid var(--line); white-space:nowrap } th { color:var(--soft); font-weight:600; font-size:13px } tr:last-child td { border-bottom:0 }
td:first-child,th:first-child { text-align:left } td.facts { white-space:normal } tr.figures td { border-bottom:0; padding-bottom:0 } td.facts { color:var(--soft); font-size:13px; padding:2px 10px 9px 41px } .over { color:var(--bad); font-weight:600 } .ok { color:var(--good); font-weight:600 } .n { display:inline-block; width:22px; height:22px; border-radius:11px; background:var(--ink); color:var(--paper); text-align:center; font-size:12px; line-height:22px; margin-right:8px }
svg { width:100%; min-width:900px; height:auto; display:block } svg text { font-size:12px; fill:var(--ink); dominant-baseline:central } .lane { text-anchor:end } svg .small { font-size:11px; fill:var(--soft) } .inside { text-anchor:middle } svg .tick { text-anchor:middle; fill:var(--soft); font-size:11px }
.grid { stroke:var(--line) } .marker { stroke:var(--ink); stroke-dasharray:3 3; opacity:.55 } .badge circle { fill:var(--ink) } .badge.bad circle { fill:var(--bad) } svg .badge text { fill:var(--paper); text-anchor:middle; font-weight:600 }
.alive { fill:var(--goodsoft) } .gap { fill:var(--bad) } svg .gap-label { font-size:11px; fill:var(--bad) } .place.tone0 { fill:var(--place) } .place.tone1 { fill:var(--place2) } .owner.tone0 { fill:var(--owner) } .owner.tone1 { fill:var(--owner2) } .curve { fill:none; stroke-width:1.6 } .toMobileNode { stroke:var(--to) } .fromMobileNode { stroke:var(--fromc) }
.legend { color:var(--soft); font-size:13px; margin:10px 0 0 } .key { display:inline-block; width:12px; height:12px; border-radius:2px; margin:0 5px 0 14px; vertical-align:-1px }
`;

const figure = (value: string, over: boolean): string => `<td${over ? ' class="over"' : ""}>${value}</td>`;

const row = (step: StepReport, at: number): string => {
  const { lost } = worst(step);
  const gaps = FLOWS.map(({ name }) =>
    figure(readableTime(step.flows[name].longestGap), step.flows[name].longestGap > step.limits.gap),
  );
  const losses = FLOWS.map(({ name }) => step.flows[name].lost).join("/");
  const facts = [...step.facts, ...step.problems].map(escapeXml).join("<br>");
  return `<tr class="figures"><td><span class="n">${at + 1}</span>${escapeXml(step.title)}</td>
<td>${step.acknowledgedAfter === undefined ? "–" : readableTime(step.acknowledgedAfter)}</td>${gaps.join("")}<td>${readableTime(step.limits.gap)}</td>
${figure(losses, step.limits.lost !== undefined && lost > step.limits.lost)}<td>${step.limits.lost ?? "–"}</td>
<td>${readableOctets(step.stream.toMobileNode + step.stream.fromMobileNode)}</td>${figure(readableTime(step.stream.stall), step.stream.stall > step.limits.stall)}<td>${readableTime(step.limits.stall)}</td>
<td class="${step.problems.length === 0 ? "ok" : "over"}">${step.problems.length === 0 ? "ok" : "failed"}</td></tr>
<tr><td class="facts" colspan="13">${facts}</td></tr>`;
};

const verdict = ({ verdict: { passed, problems } }: DemoReport): string =>
  passed
    ? '<div class="card verdict"><b>Passed.</b> TCP survived everything, every acknowledged binding was kept, all gaps were under their limits.</div>'
    : `<div class="card verdict bad"><b>Failed.</b><ul>${problems.map((problem) => `<li>${escapeXml(problem)}</li>`).join("")}</ul></div>`;

/** The report as one HTML file that needs nothing beside it. */
export const reportHtml = (report: DemoReport): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>roam6 demo: ${report.verdict.passed ? "passed" : "failed"}</title><style>${STYLE}</style></head><body><main>
<h1>A mobile node roams, home agents die</h1>
<p class="sub">roam6 demo of ${escapeXml(report.startedAt.slice(0, 19).replace("T", " "))} UTC · data plane ${escapeXml(report.plane)} · kernel ${escapeXml(report.kernel)} · ${report.processors} processor${report.processors === 1 ? "" : "s"} · ${report.duration.toFixed(0)} s</p>
${verdict(report)}
<h2>Timeline</h2>
<div class="card">${timelineSvg(report)}
<p class="legend"><span class="key" style="background:var(--goodsoft);margin-left:0"></span>packets arrive<span class="key" style="background:var(--bad)"></span>silence of ${report.gapFloor} ms and more<span class="key" style="background:var(--to)"></span>TCP to the mobile node<span class="key" style="background:var(--fromc)"></span>TCP from it</p></div>
<h2>Steps</h2>
<div class="card"><table><thead><tr><th>step</th><th>BA after</th><th>gap cn→mn</th><th>mn→cn</th><th>nb→mn</th><th>mn→nb</th><th>limit</th><th>lost of each</th><th>limit</th><th>TCP</th><th>stall</th><th>limit</th><th></th></tr></thead>
<tbody>${report.steps.map(row).join("\n")}</tbody></table></div>
<h2>How it was measured</h2>
<div class="card">Probe programs of their own send a UDP packet every ${report.probeInterval} ms in each of four directions: between the correspondent (cn) and the
mobile node's (mn) home address, and between a neighbour on the home link (nb) and the home address. Arrivals bear the kernel's receive timestamps. A <i>gap</i> is the longest
time between two arrivals within a step; a step lasts from its action (the kill, the unplugging) to the action of the next. <i>Lost</i> are packets that were due in the step
and never arrived, those included that the sender's own socket refused while the node moved. One TCP connection between correspondent and home address carries a pseudo-random
stream in both directions; each end checks every octet. <i>Stall</i> is the longest time in which it brought nothing new in one of them; a step ends only
when it has brought new octets in both. After each step every living home agent must have the binding that was acknowledged, by care-of address and sequence number.</div>
</main></body></html>
`;
