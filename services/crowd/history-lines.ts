import type { Milliseconds } from "#wire/time.ts";

/** Lines of `--history`, one JSON object each, times in milliseconds since 1970: the events of `#chaos/history` that a crowd sees. */
export type HistoryLine =
  | {
      readonly type: "update.sent";
      readonly at: Milliseconds;
      readonly homeAddress: string;
      readonly instance: string;
      readonly sequence: number;
      /** Absent in a de-registration. */
      readonly careOfAddress?: string;
      readonly lifetime: Milliseconds;
    }
  | {
      readonly type: "acknowledgement.received";
      readonly at: Milliseconds;
      readonly homeAddress: string;
      readonly instance: string;
      readonly sequence: number;
      readonly status: number;
      readonly lifetime: Milliseconds;
    }
  | {
      readonly type: "probes.arrived" | "probes.lost";
      /** When the first was sent. */
      readonly at: Milliseconds;
      /** When the last was sent. */
      readonly until: Milliseconds;
      readonly count: number;
      readonly homeAddress: string;
      readonly instance: string;
      readonly direction: "in" | "out";
      readonly careOfAddress?: string;
    };

/** Where events of a run go. */
export type HistorySink = (line: HistoryLine) => void;
