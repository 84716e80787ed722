import { PassThrough, Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Command, CommandIo } from "./command.ts";

/** What a command said and how it ended. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs something with streams of its own, and nothing to read. @param signal aborted for what must not get far */
export const collect = async (
  task: (io: CommandIo) => Promise<number>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Said> => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await task({ stdin: Readable.from([]), stdout, stderr, environment: {}, signal });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
};

/** Runs a command with these arguments. */
export const runCommand = (command: Command, ...args: readonly string[]): Promise<Said> =>
  collect((io) => command.run(args, io));
