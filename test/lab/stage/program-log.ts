import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "#lab/lab.ts";

/** A line of a program's log; the fields that scenarios look at. */
export interface LogLine {
  readonly time: string;
  readonly msg: string;
  readonly move?: string;
  readonly instance?: string;
  readonly entries?: number;
  readonly performed?: boolean;
}

/** What the program of a node has logged since `from` (CLOCK_REALTIME, milliseconds), in order. */
export const programLog = async (lab: Lab, node: string, from: number): Promise<LogLine[]> => {
  const text = await readFile(join(lab.directory, node, "roam6.log"), "utf8");
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith("{") || !line.endsWith("}")) return [];
    const entry: LogLine = JSON.parse(line);
    return Date.parse(entry.time) >= Math.floor(from) ? [entry] : [];
  });
};
