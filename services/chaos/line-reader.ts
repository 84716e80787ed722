import { open } from "node:fs/promises";
import type { HistoryEvent } from "./history/history.ts";

const isEvent = (value: unknown): value is HistoryEvent =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  typeof value.type === "string" &&
  "at" in value &&
  typeof value.at === "number";

/** Reads a file of one JSON object a line as it grows; a line that is not whole waits for the next reading. */
export const lineReader = (path: string): (() => Promise<HistoryEvent[]>) => {
  let offset = 0;
  const events: HistoryEvent[] = [];
  return async () => {
    const file = await open(path, "r").catch(() => undefined);
    if (file === undefined) return events;
    try {
      const { size } = await file.stat();
      const bytes = new Uint8Array(size - offset);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
      const end = bytes.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      offset += end;
      for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split("\n")) {
        if (line === "") continue;
        const value: unknown = JSON.parse(line);
        if (isEvent(value)) events.push(value);
      }
      return events;
    } finally {
      await file.close();
    }
  };
};
