import { open, readFile, stat } from "node:fs/promises";

/** Packets in a row with the same fate; times when the first and the last were due, milliseconds of CLOCK_REALTIME. */
export interface Run {
  readonly arrived: boolean;
  readonly from: number;
  readonly until: number;
  readonly count: number;
}

/** One direction of a udp-probe, read as it grows. */
export interface FlowReader {
  /** Milliseconds between packets. */
  readonly interval: number;
  /** Takes what has been recorded since the last time. @returns the newest packet's arrival in ms, 0 before the first */
  read(): Promise<number>;
  /** What became of the packets due from `from` up to `to`, in order. */
  runs(from: number, to: number): Run[];
}

const RECORD_SIZE = 24;
const READ_SIZE = RECORD_SIZE * 65_536;

/**
 * @param record file of the receiver
 * @param schedule file of the sender; must be there
 */
export const openFlow = async (record: string, schedule: string): Promise<FlowReader> => {
  const { startNs, intervalNs }: { startNs: string; intervalNs: string } = JSON.parse(await readFile(schedule, "utf8"));
  const start = Number(startNs) / 1e6;
  const interval = Number(intervalNs) / 1e6;
  let seen = new Uint8Array(1 << 16);
  let offset = 0;
  let newest = 0;
  const buffer = new Uint8Array(READ_SIZE);
  const view = new DataView(buffer.buffer);
  const note = (sequence: number): void => {
    if (sequence >= seen.length) {
      const larger = new Uint8Array(Math.max(seen.length * 2, sequence + 1));
      larger.set(seen);
      seen = larger;
    }
    seen[sequence] = 1;
  };
  return {
    interval,
    read: async () => {
      const { size } = await stat(record);
      const file = await open(record, "r");
      try {
        while (offset + RECORD_SIZE <= size) {
          const { bytesRead } = await file.read(buffer, 0, READ_SIZE, offset);
          const whole = bytesRead - (bytesRead % RECORD_SIZE);
          if (whole === 0) break;
          for (let at = 0; at < whole; at += RECORD_SIZE) {
            note(view.getUint32(at, true));
            newest = Math.max(newest, Number(view.getBigUint64(at + 16, true)) / 1e6);
          }
          offset += whole;
        }
      } finally {
        await file.close();
      }
      return newest;
    },
    runs: (from, to) => {
      const first = Math.max(0, Math.ceil((from - start) / interval));
      const end = Math.max(first, Math.ceil((to - start) / interval));
      const runs: Run[] = [];
      let begin = first;
      for (let sequence = first; sequence < end; sequence++) {
        const last = sequence + 1 === end;
        if (!last && (seen[sequence] ?? 0) === (seen[sequence + 1] ?? 0)) continue;
        runs.push({
          arrived: seen[sequence] === 1,
          from: start + begin * interval,
          until: start + sequence * interval,
          count: sequence + 1 - begin,
        });
        begin = sequence + 1;
      }
      return runs;
    },
  };
};
