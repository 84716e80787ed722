import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { nativeProgram } from "#lab/lab.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import type { FanOutcome } from "./far-end-record.ts";

/** A correspondent that probes home addresses. */
export interface FarEndRun {
  /** Address of the correspondent. */
  readonly from: string;
  readonly homeAddresses: readonly string[];
  /** Milliseconds between two probes to the same home address. */
  readonly interval: number;
  /** 0: until the signal. */
  readonly seconds: number;
  /** Command line in which a program runs on the correspondent's host. */
  readonly inside: (argv: readonly string[]) => readonly string[];
  /** File that the record is kept in meanwhile. */
  readonly record: string;
  readonly signal: AbortSignal;
}

const isOutcome = (value: unknown): value is FanOutcome =>
  typeof value === "object" && value !== null && "numbers" in value && "refused" in value && "damaged" in value;

/** Sends probes to their end. @returns the record's octets and what the program said, or why it could not */
export const runFarEnd = async (
  run: FarEndRun,
): Promise<Result<{ readonly record: Uint8Array; readonly outcome: FanOutcome }, string>> => {
  const argv = [
    nativeProgram("fan-probe"),
    run.from,
    String(Math.round(run.interval * 1000)),
    String(run.seconds),
    run.record,
    ...run.homeAddresses,
  ];
  const [program = "", ...args] = run.inside(argv);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const stop = () => child.kill("SIGTERM");
  if (run.signal.aborted) stop();
  run.signal.addEventListener("abort", stop, { once: true });
  const code = await new Promise<number>((resolve) => {
    child.on("error", (error) => {
      complaint += error.message;
      resolve(1);
    });
    child.on("close", (exit) => resolve(exit ?? 1));
  });
  run.signal.removeEventListener("abort", stop);
  if (code !== 0) return failed(complaint.trim() || `fan-probe ended with code ${code}`);
  const outcome: unknown = JSON.parse(said);
  if (!isOutcome(outcome)) return failed(`fan-probe said '${said.trim()}'`);
  const record = new Uint8Array(await readFile(run.record));
  await rm(run.record, { force: true });
  return ok({ record, outcome });
};
