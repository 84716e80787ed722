import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { check } from "#chaos/history/checker.ts";
import { INVARIANT_NAMES } from "#chaos/history/invariants.ts";
import type { Goal } from "#chaos/scenario.ts";
import { enginesAreRequired } from "#test/required.ts";
import { millis } from "#wire/time.ts";
import { type ChaosReport, type InjectionReport, kindReports, problemsOf } from "./report.ts";
import { reportHtml } from "./report-html.ts";

const MN = "2001:db8:1::100";

const injection = (number: number, kind: string, lost: number): InjectionReport => {
  const flow = { lost, interruption: lost === 0 ? 0 : lost + 4, gap: lost, lostAfter: 0 };
  const at = number * 3000;
  const facts = number === 1 ? ["<script>document.title = 'taken over'</script>"] : [];
  return {
    number,
    kind,
    at,
    ended: at,
    level: at + 1200,
    targets: ["ha1"],
    facts,
    flows: { in: flow, out: flow },
    problems: [],
  };
};

const report = (): ChaosReport => {
  const injections = [
    ...Array.from({ length: 120 }, (_, n) => injection(n + 1, "power-off", 20 + (n % 25))),
    ...Array.from({ length: 20 }, (_, n) => injection(n + 121, "process-kill", n === 7 ? 3 : 0)),
  ];
  const { counts, violations, gaps } = check(
    injections.flatMap(({ at, flows }) =>
      flows.in.lost === 0
        ? []
        : [
            {
              type: "probes.lost" as const,
              at: millis(at + 1),
              until: millis(at + flows.in.lost),
              count: flows.in.lost,
              homeAddress: MN,
              instance: "a",
              direction: "in" as const,
              flow: "mn",
            },
          ],
    ),
  );
  const kinds = kindReports(
    injections,
    (kind): Goal => (kind === "power-off" ? { interruption: { p99: 50 } } : { lost: 0 }),
  );
  const problems = problemsOf({ kinds, injections, invariants: counts, least: 0 });
  return {
    scenario: "power-off+process-kill",
    seed: 7,
    startedAt: "2026-01-02T03:04:05.000Z",
    duration: 425_000,
    nodes: ["ha1", "ha2", "ha3"],
    load: "one mobile node",
    probeInterval: 1,
    samples: "4 tunnels, 10 ms apart",
    versions: { roam6: "0", kernel: "6" },
    plane: "routed",
    injections,
    kinds,
    owners: [{ from: 0, to: 420_000, label: "ha1" }],
    gaps,
    invariants: counts,
    unread: 2,
    violations,
    verdict: { passed: problems.length === 0, problems },
  };
};

const BROWSERS = ["chromium", "/usr/bin/chromium", "chromium-browser", "google-chrome"];
const browser = BROWSERS.find((name) => spawnSync(name, ["--version"], { timeout: 20_000 }).status === 0);

describe("reportHtml", () => {
  it("says of an invariant that nothing was held against that it was not judged, and not that it held", () => {
    const html = reportHtml(report());
    const row = (name: string): string => html.split("\n").find((line) => line.includes(`<td>${name}</td>`)) ?? "";
    expect(row("fenced-owner-changes-nothing")).toContain('<td class="soft">not judged</td>');
    expect(row("gap-has-a-fault")).not.toContain("not judged");
    expect(html).toContain("2 entries of the log were replaced before anybody read them");
  });

  it("says of a goal without figures that it was not measured", () => {
    const bare = report();
    const kinds = kindReports(bare.injections, () => ({ answered: 1000 }));
    expect(reportHtml({ ...bare, kinds })).toContain('<span class="over">answered again ms: not measured, goal 1000');
  });

  it("has a histogram of service interruptions for every kind of fault, and says which probes they are of", () => {
    const html = reportHtml(report());
    expect(html.match(/<svg class="histogram"/g)).toHaveLength(2);
    expect(html).toContain("Samples: 4 tunnels, 10 ms apart.");
  });
});

it.runIf(enginesAreRequired)("a browser is here, where that is required", () => expect(browser).toBeDefined());

describe.skipIf(browser === undefined)(
  `the report in a browser${browser === undefined ? " (skipped: no chromium; apt-get install chromium)" : ""}`,
  () => {
    let folder: string;
    let shown = "";
    const run = (...more: string[]) =>
      spawnSync(
        browser ?? "",
        [
          ..."--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking".split(" "),
          ..."--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars".split(" "),
          `--user-data-dir=${join(folder, "profile")}`,
          ...more,
          `file://${join(folder, "report.html")}`,
        ],
        { encoding: "utf8", timeout: 100_000, maxBuffer: 1 << 26 },
      );

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "roam6-report-"));
      writeFileSync(join(folder, "report.html"), reportHtml(report()));
      shown = run("--dump-dom").stdout;
    }, 120_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it("is one document with verdict, timeline, histograms and a row for every invariant and injection", () => {
      expect(shown).toContain("<title>roam6 chaos power-off+process-kill: failed</title>");
      expect(shown).toContain("<b>Failed.</b>");
      expect(shown.match(/<svg class="histogram"/g)).toHaveLength(2);
      expect(shown.match(/class="fault kind\d"/g)).toHaveLength(140);
      for (const name of INVARIANT_NAMES) expect(shown).toContain(`<td>${name}</td>`);
      expect(shown).toContain("n 120 · median");
    });

    it("runs nothing that stands in a remark", () => {
      expect(shown).not.toContain("<script>");
      expect(shown).not.toContain("<title>taken over");
    });

    it("is drawn: a picture of it has more than one colour", () => {
      const picture = join(folder, "report.png");
      run("--window-size=1280,2400", `--screenshot=${picture}`);
      // A blank page of this size compresses to a few kB.
      expect(readFileSync(picture).length).toBeGreaterThan(40_000);
    }, 120_000);
  },
);
