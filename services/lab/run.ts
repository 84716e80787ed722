import { spawn } from "node:child_process";

/** What a finished program left behind. */
export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end and collects its output.
 * @returns also where it failed: `code` is its exit code, 128 + n for the signal n, 127 when it could not be started
 */
export const finish = (argv: readonly string[], input = ""): Promise<Finished> =>
  new Promise((resolve) => {
    const [program = "", ...args] = argv;
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", (error) => resolve({ code: 127, stdout, stderr: `${program}: ${error.message}` }));
    child.on("close", (code) => resolve({ code: code ?? 128, stdout, stderr }));
  });

/** As `finish`, but a failure is an exception that names the program and what it said. */
export const mustFinish = async (argv: readonly string[], input = ""): Promise<string> => {
  const { code, stdout, stderr } = await finish(argv, input);
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr.trim() || `exit code ${code}`}`);
  return stdout;
};

/** Waits until `condition` gives a value, asking every `interval` ms; undefined when `deadline` ms have passed. */
export const poll = async <T>(
  condition: () => Promise<T | undefined> | T | undefined,
  { deadline, interval = 20 }: { readonly deadline: number; readonly interval?: number },
): Promise<T | undefined> => {
  const end = performance.now() + deadline;
  for (;;) {
    const value = await condition();
    if (value !== undefined) return value;
    if (performance.now() >= end) return undefined;
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
};

/** Lets real time pass: traffic of the lab flows on meanwhile. */
export const pass = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error(String(signal?.reason)));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
