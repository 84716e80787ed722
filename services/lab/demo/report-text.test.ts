import { describe, expect, it } from "vitest";
import { stepLines, summaryTable, verdictLines } from "./console-text.ts";
import { demoReport, healthyFigures, stepReport } from "./demo-report.test-support.ts";
import { reportHtml } from "./report-html.ts";

const failed = stepReport({
  title: "power-off <of> the node",
  ...healthyFigures(),
  problems: ["TCP: no new octets to the mobile node in this step"],
});

describe("the report as HTML", () => {
  const html = reportHtml(demoReport([stepReport(), failed]));

  it("needs nothing beside it: no address of another file, no script", () => {
    expect(html).not.toMatch(/\b(?:src|href|action)\s*=|url\(|@import|<link|<script|https?:/i);
  });

  it("holds the timeline as a picture", () => {
    expect(html).toMatch(/<svg[\s>][\s\S]+<rect[\s\S]+<\/svg>/);
  });

  it("has every step with its limits, and what is wrong in the verdict, as text and not as tags", () => {
    expect(html).toContain("<title>roam6 demo: failed</title>");
    expect(html).toContain("power-off &#60;of&#62; the node");
    expect(html).not.toContain("<of>");
    expect(html).toContain(
      "<li>power-off &#60;of&#62; the node: TCP: no new octets to the mobile node in this step</li>",
    );
    expect(html.match(/<td>5000 ms<\/td>/g)).toHaveLength(2);
  });

  it("says that a run without a problem has passed", () => {
    expect(reportHtml(demoReport([stepReport()]))).toContain("<b>Passed.</b>");
  });
});

describe("the report on the terminal", () => {
  it("prints each figure with its limit beside it", () => {
    const lines = stepLines(stepReport()).join("\n");
    expect(lines).toContain("longest gap 5.0 ms (limit 100 ms)");
    expect(lines).toContain("mn→nb 0 (limit 0)");
    expect(lines).toContain("longest stall 60 ms (limit 5000 ms)");
  });

  it("marks the step that failed, in the table and in the verdict", () => {
    const report = demoReport([stepReport(), failed]);
    expect(summaryTable(report).map((line) => /(ok|FAILED)?$/.exec(line)?.[1])).toEqual([undefined, "ok", "FAILED"]);
    expect(verdictLines(report)[0]).toBe("FAILED after 32 s:");
    expect(verdictLines(demoReport([stepReport()]))[0]).toMatch(/^PASSED in 32 s/);
  });
});
