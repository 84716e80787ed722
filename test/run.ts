import { spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

/** A vitest project and the longest that it may take, in minutes: several times what it needs on a quiet machine. */
interface Project {
  readonly name: string;
  readonly minutes: number;
}

/** In order: what is quick and pure first. The table of projects is in test/README.md. */
const PROJECTS: readonly Project[] = [
  { name: "unit", minutes: 8 },
  { name: "corpus", minutes: 4 },
  { name: "exchange", minutes: 8 },
  { name: "chaos", minutes: 12 },
  { name: "kernel", minutes: 10 },
  { name: "bus", minutes: 12 },
  { name: "trouble", minutes: 15 },
  { name: "chaos-lab", minutes: 12 },
  { name: "demo", minutes: 10 },
  { name: "lab", minutes: 45 },
];

/** What a project gave. */
interface Sum {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, with its first lines. */
  readonly failures: readonly string[];
}

/** The parts of vitest's JSON report that are read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** How much of a failure's message and of its stack stands in the summary. */
const REASON_LINES = 12;

const root = join(import.meta.dirname, "..");
const reports = join(root, ".cache", "tests");

/** @returns how vitest ended: its exit code, or the word for what stopped it */
const runVitest = (project: Project, file: string): Promise<number | string> =>
  new Promise((resolve) => {
    const args = ["run", "--config", "test/vitest.config.ts", "--project", project.name];
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", ...args, ...reporters], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    let stopped: string | undefined;
    const stop = (why: string): void => {
      stopped = why;
      child.kill("SIGTERM");
      setTimeout(() => child.kill("SIGKILL"), 5000).unref();
    };
    const timer = setTimeout(() => stop(`stopped after ${project.minutes} minutes`), project.minutes * 60_000);
    const onSignal = (): void => stop("interrupted");
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    child.on("error", (error) => {
      stopped = error.message;
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
      resolve(stopped ?? code ?? `ended by ${signal}`);
    });
  });

const readReport = async (file: string): Promise<Report | undefined> => {
  try {
    const report: Report = JSON.parse(await readFile(file, "utf8"));
    return report;
  } catch {
    return undefined;
  }
};

/** The summary is often all that is kept of a run: it tells why, each line indented below the test. */
const reasonOf = (message = ""): string =>
  stripVTControlCharacters(message)
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("node_modules"))
    .slice(0, REASON_LINES)
    .map((line) => `\n    ${line.slice(0, 300)}`)
    .join("");

/** Runs a project; an end of vitest that no failed test explains counts as one failure. */
const runProject = async (project: Project): Promise<Sum> => {
  const file = join(reports, `${project.name}.json`);
  await rm(file, { force: true });
  const end = await runVitest(project, file);
  const report = await readReport(file);
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0, failures: [`no result of vitest (${end})`] };
  const skipped = report.numPendingTests + report.numTodoTests;
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const tests = assertionResults
      .filter((test) => test.status === "failed")
      .map(({ fullName, failureMessages }) => `${name}: ${fullName}${reasonOf(failureMessages?.[0])}`);
    // A file that cannot be loaded has no tests.
    return status === "failed" && tests.length === 0 ? [`${name}: ${message?.split("\n")[0] ?? "failed"}`] : tests;
  });
  const ran = report.numPassedTests + report.numFailedTests + skipped;
  if (end !== 0 && failures.length === 0) failures.push(`vitest ended with ${end}`);
  else if (ran === 0) failures.push("no test ran");
  return { passed: report.numPassedTests, failed: failures.length, skipped, failures };
};

/** @param names projects to run, in the usual order; all when empty */
const main = async (names: readonly string[]): Promise<number> => {
  const unknown = names.filter((name) => !PROJECTS.some((project) => project.name === name));
  if (unknown.length > 0) {
    const known = PROJECTS.map(({ name }) => name).join(", ");
    process.stderr.write(`usage: npm test [-- PROJECT...]; no project ${unknown.join(", ")}, there are ${known}\n`);
    return 2;
  }
  await mkdir(reports, { recursive: true });
  const rows: { readonly name: string; readonly sum: Sum; readonly seconds: number }[] = [];
  for (const project of PROJECTS) {
    if (names.length > 0 && !names.includes(project.name)) continue;
    process.stdout.write(`\n=== ${project.name}\n`);
    const start = performance.now();
    const sum = await runProject(project);
    rows.push({ name: project.name, sum, seconds: (performance.now() - start) / 1000 });
    if (sum.failures.includes("interrupted")) break;
  }
  process.stdout.write("\n");
  for (const { name, sum, seconds } of rows) {
    const counts = `${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`;
    process.stdout.write(`${name.padEnd(10)} ${counts} in ${seconds.toFixed(1)} s\n`);
    for (const failure of sum.failures) process.stdout.write(`  failed: ${failure}\n`);
  }
  const total = (key: "passed" | "failed" | "skipped"): number => rows.reduce((sum, row) => sum + row.sum[key], 0);
  process.stdout.write(`\n${total("passed")} passed, ${total("failed")} failed, ${total("skipped")} skipped\n`);
  return total("failed") > 0 || total("passed") === 0 ? 1 : 0;
};

process.exitCode = await main(process.argv.slice(2));
