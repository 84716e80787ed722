import { spawn } from "node:child_process";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { type GuestEngine, guestArguments } from "#lab/guest-settings.ts";

/** A test of the guest. */
export interface GuestTest {
  /** Its file, relative to `test/lab`. */
  readonly file: string;
  readonly title: string;
  readonly state: "passed" | "failed" | "skipped";
  /** Milliseconds in the guest. */
  readonly duration: number;
  readonly failure: string;
}

/** How a run of the virtual machine went. */
export type GuestRun =
  /** It could not be had here. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** It ran, and ended without results. */
  | { readonly kind: "broken"; readonly reason: string }
  | { readonly kind: "done"; readonly kernel: string; readonly tests: readonly GuestTest[] };

const root = join(import.meta.dirname, "../../..");
const lab = join(root, "test/lab");
const vm = join(lab, "vm/vm");

/** What runs in the guest; `classic` itself must not. */
const FOLDERS = [
  "kernel-classic",
  "kernel-routed",
  "registration",
  "handover",
  "returning-home",
  "process-kill",
  "power-off",
  "adoption-after-restart",
];

/** Exit status of `vm` where it could not do what it was asked. */
const UNAVAILABLE = 125;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  /** The last lines of standard error. */
  readonly said: string;
}

const runVm = (engine: GuestEngine, args: readonly string[], show: boolean): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(vm, [...guestArguments(engine), ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (show) process.stdout.write(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      if (show) process.stderr.write(text);
    });
    const said = (): string => stderr.trim().split("\n").slice(-5).join("\n");
    child.on("error", (error) => resolve({ code: UNAVAILABLE, stdout, said: error.message }));
    child.on("close", (code) => resolve({ code: code ?? 128, stdout, said: said() }));
  });

/** The parts of vitest's JSON report that are read. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly duration?: number | null;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

const stateOf = (status: string): GuestTest["state"] =>
  status === "passed" || status === "failed" ? status : "skipped";

const testsOf = ({ testResults }: Report): GuestTest[] =>
  testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(lab, name);
    const tests = assertionResults.map((one) => ({
      file,
      title: one.fullName,
      state: stateOf(one.status),
      duration: Math.round(one.duration ?? 0),
      failure: (one.failureMessages ?? []).join("\n\n"),
    }));
    if (status !== "failed" || tests.some(({ state }) => state === "failed")) return tests;
    // A scenario that was not played to its end, or a file that cannot be loaded.
    return [
      ...tests,
      { file, title: "is played to its end", state: "failed", duration: 0, failure: message ?? status },
    ];
  });

/**
 * Runs scenarios and the compliance of the classic plane in a virtual machine.
 * @param engine `uml`: the newest kernel, user-mode, about as fast as this machine; `qemu`: Debian's 6.1, emulated
 */
export const runGuest = async (engine: GuestEngine): Promise<GuestRun> => {
  const kernel = await runVm(engine, ["--timeout", "300", "--", "uname", "-r"], false);
  if (kernel.code !== 0) {
    return { kind: "unavailable", reason: kernel.said.split("\n")[0] || `status ${kernel.code}` };
  }
  const out = join(root, ".cache/lab", `classic-${engine}`);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const results = join(out, "results.json");
  const vitest = [
    ...[process.execPath, "node_modules/vitest/vitest.mjs", "run", "--config", "test/vitest.config.ts"],
    ...[
      "--project",
      "lab",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${results}`,
      ...FOLDERS.map((folder) => `test/lab/${folder}/`),
    ],
  ];
  const environment = ["--env", "ROAM6_LAB_PLANE=classic", "--env", "NO_COLOR=1"];
  const ended = await runVm(engine, ["--out", out, ...environment, "--", ...vitest], true);
  try {
    const report: Report = JSON.parse(await readFile(results, "utf8"));
    return { kind: "done", kernel: kernel.stdout.trim(), tests: testsOf(report) };
  } catch {
    return { kind: "broken", reason: `the guest ended with status ${ended.code} and left no results\n${ended.said}` };
  }
};
