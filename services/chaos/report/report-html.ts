import { INVARIANT_NAMES, INVARIANTS } from "#chaos/history/invariants.ts";
import type { Measure } from "#chaos/scenario.ts";
import { escapeXml } from "#lab/demo/timeline-svg.ts";
import { distributionText } from "./console-text.ts";
import { histogramSvg } from "./histogram-svg.ts";
import type { ChaosReport, Distribution, KindReport } from "./report.ts";
import { timelineSvg } from "./timeline-svg.ts";

const STYLE = `
:root { --ink:#1c2430; --soft:#5b6776; --line:#d8dee6; --paper:#fff; --ground:#f4f6f9; --good:#1f8a5b; --goodsoft:#cfeadd; --bad:#d0342c; --owner:#dbe6f7; --owner2:#c2d5f2; --bar:#4c86d6; --rest:#e4e8ee; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6ebf2; --soft:#9aa7b8; --line:#323c4a; --paper:#1a212b; --ground:#11161d; --good:#4fc28c; --goodsoft:#1e4636; --bad:#ff6b62; --owner:#27405f; --owner2:#315178; --bar:#79aaf2; --rest:#2a333f; } }
* { box-sizing:border-box } body { margin:0; background:var(--ground); color:var(--ink); font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif }
main { max-width:1260px; margin:0 auto; padding:28px 24px 60px } h1 { font-size:24px; margin:0 0 4px } h2 { font-size:17px; margin:32px 0 10px } h3 { font-size:14px; margin:0 0 2px }
.sub { color:var(--soft); margin:0 0 18px } .card { background:var(--paper); border:1px solid var(--line); border-radius:10px; padding:16px 18px; overflow-x:auto }
.verdict { border-left:6px solid var(--good); font-size:16px } .verdict.bad { border-left-color:var(--bad) } .verdict b { color:var(--good) } .verdict.bad b { color:var(--bad) } .verdict ul { margin:6px 0 0; padding-left:20px; font-size:14px }
table { border-collapse:collapse; width:100%; font-variant-numeric:tabular-nums; font-size:14px } th,td { padding:6px 8px; text-align:right; border-bottom:1px solid var(--line); white-space:nowrap } th { color:var(--soft); font-weight:600; font-size:13px } tr:last-child td { border-bottom:0 }
td:first-child,th:first-child,td.text { text-align:left } td.text { white-space:normal } .over { color:var(--bad); font-weight:600 } .ok { color:var(--good); font-weight:600 } .soft { color:var(--soft) }
svg.timeline { width:100%; min-width:900px; height:auto; display:block } svg text { font-size:12px; fill:var(--ink); dominant-baseline:central } svg .lane { text-anchor:end } svg .inside { text-anchor:middle; font-size:11px } svg .tick { text-anchor:middle; fill:var(--soft); font-size:11px } svg .count { text-anchor:middle; font-size:11px }
.grid { stroke:var(--line) } .alive { fill:var(--goodsoft) } .gap { fill:var(--bad) } .unexplained { stroke:var(--ink); stroke-width:2 } .owner.tone0 { fill:var(--owner) } .owner.tone1 { fill:var(--owner2) } .recovery { fill:var(--rest) } .fault.failed { stroke:var(--bad); stroke-width:2 }
.kind0 { fill:#3f6fb5 } .kind1 { fill:#c98a1b } .kind2 { fill:#7c5cbf } .kind3 { fill:#2a9d8f } .kind4 { fill:#b5557a } .kind5 { fill:#6b7f2a } .kind6 { fill:#8a5a3b } .kind7 { fill:#5b6776 }
.key { display:inline-block; width:12px; height:12px; border-radius:2px; margin:0 5px 0 14px; vertical-align:-1px } .legend { color:var(--soft); font-size:13px; margin:10px 0 0 } i.key.kind0 { background:#3f6fb5 } i.key.kind1 { background:#c98a1b } i.key.kind2 { background:#7c5cbf } i.key.kind3 { background:#2a9d8f } i.key.kind4 { background:#b5557a } i.key.kind5 { background:#6b7f2a } i.key.kind6 { background:#8a5a3b } i.key.kind7 { background:#5b6776 }
.histograms { display:grid; grid-template-columns:repeat(auto-fill,minmax(600px,1fr)); gap:12px } .within { fill:var(--bar) } .histogram .over { fill:var(--bad) } .goal { stroke:var(--ink); stroke-dasharray:4 3 } pre { font-size:12px; overflow-x:auto; margin:4px 0 14px }
`;

const SHORT: Readonly<Record<Measure, string>> = {
  lost: "probes lost",
  sampleLost: "lost in samples",
  interruption: "interruption ms",
  gap: "longest gap ms",
  lostAfter: "lost after its end",
  answered: "answered again ms",
  inUse: "care-of address in use ms",
  fencedWrites: "writes of former owners",
  level: "level after ms",
};

const goalText = ({ measure, limit, found, n, of }: KindReport["goals"][number], injections: number): string => {
  const part = n === injections ? "" : `, in ${n} of ${injections}`;
  return `${SHORT[measure]}: ${found === undefined ? "not measured" : `${of} ${Math.round(found * 10) / 10}${part}`}, goal ${limit}`;
};

const cell = (found: Distribution | undefined): string =>
  `<td>${found === undefined ? "–" : distributionText(found)}</td>`;

const goalsCell = ({ goals, injections }: KindReport): string =>
  goals.length === 0
    ? '<span class="soft">none</span>'
    : goals
        .map((goal) => `<span class="${goal.met ? "ok" : "over"}">${escapeXml(goalText(goal, injections))}</span>`)
        .join("<br>");

/** Columns of the table of kinds, after the kind itself and how often it was injected. */
const COLUMNS = [
  "lost",
  "sampleLost",
  "interruption",
  "gap",
  "lostAfter",
  "answered",
  "inUse",
  "fencedWrites",
  "level",
] as const satisfies readonly Measure[];

const kindRow = (kind: KindReport): string =>
  `<tr><td>${escapeXml(kind.kind)}</td><td>${kind.injections}</td>${COLUMNS.map((measure) => cell(kind.figures[measure])).join("")}
<td class="text">${goalsCell(kind)}</td></tr>`;

const histogram = (report: ChaosReport, { kind, figures, goals }: KindReport): string => {
  const values = report.injections
    .filter((one) => one.kind === kind)
    .map(({ flows }) => Math.max(flows.in.interruption, flows.out.interruption));
  const goal = goals.find(({ measure }) => measure === "interruption" || measure === "lost")?.limit;
  const { n, median, p99, max } = figures.interruption;
  const text = `n ${n} · median ${median.toFixed(0)} ms · ${p99 === undefined ? "p99 needs n ≥ 100" : `p99 ${p99.toFixed(0)} ms`} · max ${max.toFixed(0)} ms`;
  return `<div class="card"><h3>${escapeXml(kind)}</h3><div class="soft">${text}</div>${histogramSvg(values, goal)}</div>`;
};

const invariantRow = (report: ChaosReport) => (name: (typeof INVARIANT_NAMES)[number]) => {
  const { judged, violated } = report.invariants[name];
  const isOpen = judged === 0 && violated === 0;
  const result = isOpen ? "not judged" : String(violated);
  const tone = isOpen ? "soft" : violated === 0 ? "ok" : "over";
  return `<tr><td>${escapeXml(name)}</td><td class="text">${escapeXml(INVARIANTS[name])}</td><td>${judged}</td><td class="${tone}">${result}</td></tr>`;
};

const violations = ({ violations: found }: ChaosReport): string =>
  found.length === 0
    ? ""
    : `<h2>Violations, each with its smallest history</h2><div class="card">${found
        .map(
          ({ invariant, at, message, history }) =>
            `<b class="over">${escapeXml(invariant)}</b> at ${(at / 1000).toFixed(3)} s: ${escapeXml(message)}<pre>${history.map((event) => escapeXml(JSON.stringify(event))).join("\n")}</pre>`,
        )
        .join("")}</div>`;

const injectionRow = (one: ChaosReport["injections"][number]): string => {
  const figures = (["in", "out"] as const).map((way) => one.flows[way]);
  const both = (value: (flow: (typeof figures)[number]) => number): string =>
    figures.map((flow) => value(flow).toFixed(0)).join(" / ");
  return `<tr><td>${one.number}</td><td class="text">${escapeXml(`${one.kind} ${one.targets.join(" ")}`)}</td><td>${(one.at / 1000).toFixed(1)} s</td><td>${both(({ lost }) => lost)}</td><td>${both(({ interruption }) => interruption)}</td><td>${both(({ lostAfter }) => lostAfter)}</td><td>${one.answered === undefined ? "–" : one.answered.toFixed(0)} / ${one.elsewhere === undefined ? "–" : one.elsewhere.toFixed(0)}</td><td>${one.level === undefined ? "never" : ((one.level - one.ended) / 1000).toFixed(1)}</td><td class="text">${[...one.facts, ...one.problems].map(escapeXml).join("; ")}</td></tr>`;
};

const verdict = ({ verdict: { passed, problems } }: ChaosReport): string =>
  passed
    ? '<div class="card verdict"><b>Passed.</b> Every goal was measured and reached, no invariant was violated.</div>'
    : `<div class="card verdict bad"><b>Failed.</b><ul>${problems.map((problem) => `<li>${escapeXml(problem)}</li>`).join("")}</ul></div>`;

/** The report as one HTML file that needs nothing beside it. */
export const reportHtml = (report: ChaosReport): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>roam6 chaos ${escapeXml(report.scenario)}: ${report.verdict.passed ? "passed" : "failed"}</title><style>${STYLE}</style></head><body><main>
<h1>Chaos: ${escapeXml(report.scenario.replaceAll("+", " + "))}, seed ${report.seed}</h1>
<p class="sub">${escapeXml(report.startedAt.slice(0, 19).replace("T", " "))} UTC · ${report.nodes.length} nodes · ${escapeXml(report.load)} · data plane ${escapeXml(report.plane)} · ${report.injections.length} injections in ${(report.duration / 1000).toFixed(0)} s · ${Object.entries(
  report.versions,
)
  .map(([name, value]) => escapeXml(`${name} ${value}`))
  .join(" · ")}</p>
${verdict(report)}
<h2>Timeline</h2>
<div class="card">${timelineSvg(report)}
<p class="legend">${report.kinds.map(({ kind }, at) => `<i class="key kind${at % 8}"></i>${escapeXml(kind)}`).join("")}<i class="key" style="background:var(--rest)"></i>until level<i class="key" style="background:var(--goodsoft)"></i>packets arrive<i class="key" style="background:var(--bad)"></i>packets lost</p></div>
<h2>Kinds of fault</h2>
<div class="card"><table><thead><tr><th>fault</th><th>n</th>${COLUMNS.map((measure) => `<th>${SHORT[measure]}</th>`).join("")}<th class="text" style="text-align:left">goals</th></tr></thead><tbody>
${report.kinds.map(kindRow).join("\n")}</tbody></table>
<p class="legend">Each as median / p99 (where n is at least 100) / max, of the worse of two directions. Interruption: from the fault to the last lost probe. Probes: one flow each way between the correspondent and the lab's mobile node, ${report.probeInterval} ms apart, by kernel timestamps. Samples: ${escapeXml(report.samples)}. Answered again: from the fault to the last Binding Update that had no answer, or to the last late one, of the instances that the injured node held. Level: from the return of what was gone, or the end of the fault, until every node could take over again.</p></div>
<h2>Service interruption</h2>
<div class="histograms">${report.kinds.map((kind) => histogram(report, kind)).join("\n")}</div>
<h2>Invariants</h2>
<div class="card"><table><thead><tr><th>invariant</th><th class="text" style="text-align:left">statement</th><th>facts judged</th><th>violated</th></tr></thead><tbody>
${INVARIANT_NAMES.map(invariantRow(report)).join("\n")}</tbody></table>
<p class="legend">${report.unread} entries of the log were replaced before anybody read them; acknowledgements that may be theirs are not judged.</p></div>
${violations(report)}
<h2>Injections</h2>
<div class="card"><table><thead><tr><th>n</th><th class="text" style="text-align:left">fault</th><th>at</th><th>lost in / out</th><th>interruption ms</th><th>lost after</th><th>answered again / elsewhere ms</th><th>level after s</th><th class="text" style="text-align:left">remarks</th></tr></thead><tbody>
${report.injections.map(injectionRow).join("\n")}</tbody></table></div>
</main></body></html>
`;
