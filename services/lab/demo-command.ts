import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, type CommandIo, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import type { Plane } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { captureProblem } from "./captures.ts";
import { summaryTable, verdictLines } from "./demo/console-text.ts";
import { reportHtml } from "./demo/report-html.ts";
import { runDemo } from "./demo/run-demo.ts";
import { type GuestEngine, guestArguments, isGuestEngine } from "./guest-settings.ts";
import { kernelHasTunnels } from "./kernel-tunnels.ts";
import { isLabId } from "./lab.ts";
import { roam6 } from "./programs.ts";

const usage = `usage: roam6 demo [OPTION]...

Builds a network of namespaces on this machine and plays the story for real: a mobile node roams, home agents die, and
its connections live on. Needs root. Exit code 0 only if everything survived.

  --plane PLANE  auto (default), routed or classic: how bindings are put into the kernel
  --out FILE     the report, as HTML; the same as JSON goes beside it (default: reports/demo.html)
  --json         print the report as JSON on standard output
  --capture      keep the signalling that passes each node as pcap files, with the logs (roam6 decode reads them);
                 needs tcpdump
  --keep         leave the lab up, and say what to try (not with --vm: the guest ends with the demo)
  --id ID        with --keep: the lab's id (default: demo); what an earlier lab of this id has left is removed
  --vm           do it under a Debian kernel of its own (user-mode or emulated), which has ip6tnl and MIP6
  --engine NAME  with --vm: uml, qemu or auto (default)
`;

const isPlane = (text: string): text is Plane | "auto" => ["auto", "routed", "classic"].includes(text);

/** What to try in the lab that stays; in a checkout npx finds the command. */
const hints = (id: string): string => `
The lab is up. Try:
  npx roam6 lab exec ${id} mn -- ip -6 address              what the mobile node has
  npx roam6 lab exec ${id} ha1 -- tcpdump -ni home0 ip6     what is said on the home link
  npx roam6 lab status ${id}                                who owns which instance, and all bindings
  npx roam6 lab move ${id} f1                               the mobile node moves (home, f1, f2)
  npx roam6 lab down ${id}                                  the end
`;

/** The command line, read. */
interface DemoArguments {
  readonly plane: Plane | "auto";
  /** Path of the HTML report. */
  readonly out: string;
  readonly json: boolean;
  readonly capture: boolean;
  /** Id of a lab that stays. */
  readonly keep?: string;
  /** Run it in a guest of this engine. */
  readonly guest?: GuestEngine;
}

const OPTIONS = {
  plane: { type: "string" },
  out: { type: "string" },
  json: { type: "boolean" },
  capture: { type: "boolean" },
  keep: { type: "boolean" },
  id: { type: "string" },
  vm: { type: "boolean" },
  engine: { type: "string" },
} as const;

/** @returns one sentence on what is wrong where it is */
const readArguments = (args: readonly string[]): Result<DemoArguments, string> => {
  const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 0 });
  if (!parsed.ok) return parsed;
  const { flags, values } = parsed.value;
  const plane = values.get("plane") ?? "auto";
  if (!isPlane(plane)) return failed(`--plane is auto, routed or classic, not '${plane}'`);
  const engine = values.get("engine") ?? "auto";
  if (!isGuestEngine(engine)) return failed(`--engine is uml, qemu or auto, not '${engine}'`);
  const id = values.get("id") ?? "demo";
  if (!isLabId(id)) return failed(`--id is 1 to 12 of [a-z0-9], not '${id}'`);
  if (flags.has("vm") && flags.has("keep")) {
    return failed("--keep does not apply with --vm: the guest, and the lab in it, ends with the demo");
  }
  return ok({
    plane,
    out: resolve(values.get("out") ?? "reports/demo.html"),
    json: flags.has("json"),
    capture: flags.has("capture"),
    ...(flags.has("keep") ? { keep: id } : {}),
    ...(flags.has("vm") ? { guest: engine } : {}),
  });
};

/** Runs the demo again, in a guest. `vm` streams its output and gives its exit code. */
const inGuest = (
  engine: GuestEngine,
  { plane, out, json, capture }: DemoArguments,
  signal: AbortSignal,
): Promise<number> => {
  const runner = fileURLToPath(new URL("../../test/lab/vm/vm", import.meta.url));
  const inside = ["--plane", plane === "auto" ? "classic" : plane, "--out", out];
  const flags = [...(json ? ["--json"] : []), ...(capture ? ["--capture"] : [])];
  const argv = [...guestArguments(engine), "--out", dirname(out), "--", ...roam6("demo", ...inside, ...flags)];
  const child = spawn(runner, argv, { stdio: ["ignore", "inherit", "inherit"] });
  signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
  return new Promise((done, reject) => {
    child.on("error", reject);
    child.on("close", (code) => done(code ?? EXIT.failed));
  });
};

/** Why the classic plane cannot be had on this kernel; undefined where it can. */
const classicProblem = async (): Promise<string | undefined> => {
  const tunnels = await kernelHasTunnels();
  if (!tunnels.ok) return tunnels.error;
  if (tunnels.value) return undefined;
  return (
    "this kernel has no ip6tnl devices, which the classic plane is made of.\n" +
    "Run it under a kernel that has them:  npm run demo:vm -- --plane classic\n" +
    "or run the routed plane here:         npm run demo -- --plane routed"
  );
};

const play = async ({ plane, out, json, capture, keep }: DemoArguments, io: CommandIo): Promise<number> => {
  const say = (line: string): void => {
    (json ? io.stderr : io.stdout).write(`${line}\n`);
  };
  const logs = join(dirname(out), "demo-logs");
  const kept = keep === undefined ? {} : { keep };
  const report = await runDemo({ plane, capture, ...kept, logs, say, signal: io.signal });
  const stem = out.replace(/\.html$/, "");
  await writeFile(`${stem}.html`, reportHtml(report));
  await writeFile(`${stem}.json`, `${JSON.stringify(report, undefined, 1)}\n`);
  say(`\n${summaryTable(report).join("\n")}\n\n${verdictLines(report).join("\n")}`);
  say(`report: ${stem}.html, ${stem}.json`);
  if (keep !== undefined) say(hints(keep));
  if (json) io.stdout.write(`${JSON.stringify(report)}\n`);
  return report.verdict.passed ? EXIT.done : EXIT.failed;
};

export const command: Command = {
  name: "demo",
  summary: "show a mobile node that roams while home agents die",
  usage,
  run: async (args, io) => {
    const read = readArguments(args);
    if (!read.ok) {
      io.stderr.write(`roam6 demo: ${read.error}\n`);
      return EXIT.usage;
    }
    const { capture, guest, out, plane } = read.value;
    await mkdir(dirname(out), { recursive: true });
    if (guest !== undefined) return inGuest(guest, read.value, io.signal);
    const noPlane = plane === "classic" ? await classicProblem() : undefined;
    const problem = noPlane ?? (capture ? await captureProblem() : undefined);
    if (problem !== undefined) {
      io.stderr.write(`roam6 demo: ${problem}\n`);
      return EXIT.failed;
    }
    return play(read.value, io);
  },
};
