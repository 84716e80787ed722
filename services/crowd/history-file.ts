import { once } from "node:events";
import { createWriteStream } from "node:fs";
import type { HistorySink } from "./history-lines.ts";

/** A file that a history is written to, one JSON object a line. */
export interface HistoryFile extends AsyncDisposable {
  readonly write: HistorySink;
}

/**
 * Opens the file anew.
 * @throws where it cannot be made; a later failure to write ends the program
 */
export const openHistoryFile = async (path: string): Promise<HistoryFile> => {
  const stream = createWriteStream(path);
  await once(stream, "open");
  return {
    write: (line) => stream.write(`${JSON.stringify(line)}\n`),
    [Symbol.asyncDispose]: async () => {
      stream.end();
      await once(stream, "close");
    },
  };
};
