import type { Readable, Writable } from "node:stream";

/** What a command may touch of the process that runs it. */
export interface CommandIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted at SIGINT, SIGTERM and SIGHUP: finish in order. A second signal ends the process at once. */
  readonly signal: AbortSignal;
}

/** One subcommand of `roam6`; a module `command.ts` exports it as `command`. */
export interface Command {
  /** The word after `roam6`. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What `roam6 NAME --help` prints, from "usage:" on. */
  readonly usage: string;
  /** Which of the arguments are its own; all when left out. What is behind them may be another program's. */
  readonly ownArguments?: (args: readonly string[]) => readonly string[];
  /**
   * Runs the command; what it reports to people goes to `io.stderr`, its product to `io.stdout`.
   * @param args what follows the name
   * @returns the exit code: `EXIT.done`, `EXIT.failed`, or `EXIT.usage` when the arguments are wrong
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}

/** Exit codes of `roam6`. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;
