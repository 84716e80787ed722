import { connect } from "node:net";
import { failed, ok, type Result } from "#wire/result.ts";
import { createLineReader } from "./lines.ts";
import { type ControlRefusal, type ControlRequest, parseResponse, RESPONSE_LIMIT } from "./protocol.ts";

/** Why a control socket gave no result. `message` is a whole sentence for people. */
export interface ControlProblem {
  readonly code:
    | "absent"
    | "no-listener"
    | "permission"
    | "timeout"
    | "aborted"
    | "broken"
    /** It answers, but is of another kind than was asked for. */
    | "other-program"
    | ControlRefusal["code"];
  readonly message: string;
}

/** Whether it was the wrong program to ask: there may be another one. */
export const isOfOthers = ({ code }: ControlProblem): boolean => code === "unknown-command" || code === "other-program";

/** How long to wait for an answer, and what ends the wait early. */
export interface AskOptions {
  /** Milliseconds; 5 s unless given. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/**
 * Asks a running program over its control socket.
 * @returns what the program answered, or why there is no answer; never throws
 */
export const askControl = (
  path: string,
  request: ControlRequest,
  { timeout = 5000, signal }: AskOptions = {},
): Promise<Result<unknown, ControlProblem>> =>
  new Promise((resolve) => {
    const socket = connect(path);
    const readLines = createLineReader(RESPONSE_LIMIT);
    const finish = (result: Result<unknown, ControlProblem>): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.destroy();
      resolve(result);
    };
    const fail = (code: ControlProblem["code"], message: string): void => finish(failed({ code, message }));
    const onAbort = (): void => fail("aborted", "interrupted");
    const timer = setTimeout(() => fail("timeout", `${path}: no answer within ${timeout} ms`), timeout);
    signal?.addEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    socket.on("connect", () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on("data", (chunk) => {
      // Without setEncoding a socket gives octets, never text.
      const lines = readLines(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      if (lines === "too-long") return fail("broken", `${path}: the answer is too long`);
      const [line] = lines;
      if (line === undefined) return;
      const response = parseResponse(line);
      if (response === undefined) return fail("broken", `${path}: the answer is not one of a roam6 program`);
      finish(response.ok ? ok(response.result) : failed(response.error));
    });
    socket.on("end", () => fail("broken", `${path}: the program closed the connection without an answer`));
    socket.on("error", (error: NodeJS.ErrnoException) => finish(failed(problemOf(path, error))));
  });

const problemOf = (path: string, error: NodeJS.ErrnoException): ControlProblem => {
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return {
        code: "absent",
        message: `${path}: no such control socket; is the program running?`,
      };
    case "ECONNREFUSED":
      return {
        code: "no-listener",
        message: `${path}: nobody listens there; the program has ended`,
      };
    case "EACCES":
    case "EPERM":
      return {
        code: "permission",
        message: `${path}: permission denied; ask as the user that runs the program (root)`,
      };
    default:
      return { code: "broken", message: `${path}: ${error.message}` };
  }
};
