import { type BindingRecord, isNewer } from "#binding/record.ts";
import { addressKey } from "#ipv6/address.ts";
import type { BindingLog, LogEntry, LogError, Ownership } from "#ports/binding-log.ts";
import { failed, ok, type Result } from "#wire/result.ts";

interface Stream {
  sequence: number;
  epoch: number;
  /** Current entry of each subject, in the order of their sequences. */
  readonly entries: Map<string, LogEntry>;
  readonly followers: Set<(entry: LogEntry) => void>;
}

/** The streams of all instances in memory, shared by the logs of all nodes of a simulated cluster. */
export interface FakeStreams {
  /** While false, appends, claims and state answer `unavailable`, and followers hear nothing. */
  setAvailable(available: boolean): void;
  /** The log as one node sees it. */
  log(): BindingLog;
  /** Current records of an instance, for assertions. */
  records(instance: string): readonly BindingRecord[];
}

const EPOCH_KEY = "epoch";

/** Make empty streams. Held to services/ports/binding-log.compliance.ts. */
export const createFakeStreams = (): FakeStreams => {
  const streams = new Map<string, Stream>();
  let available = true;
  let wakeups: (() => void)[] = [];

  const streamOf = (instance: string): Stream => {
    const known = streams.get(instance);
    if (known) return known;
    const made: Stream = { sequence: 0, epoch: 0, entries: new Map(), followers: new Set() };
    streams.set(instance, made);
    return made;
  };

  const write = (stream: Stream, key: string, entry: LogEntry): void => {
    stream.entries.delete(key);
    stream.entries.set(key, entry);
    for (const follower of stream.followers) follower(entry);
  };

  const unavailable = failed<LogError>({ code: "unavailable", message: "the fake log is switched off" });

  const ownershipOf = (stream: Stream, epoch: number): Ownership => ({
    epoch,
    append: async (records, signal) => {
      await Promise.resolve();
      if (stream.epoch > epoch) return failed({ code: "fenced", epoch: stream.epoch });
      if (!available || signal.aborted) return unavailable;
      for (const record of records) {
        stream.sequence++;
        write(stream, addressKey(record.homeAddress), {
          kind: "record",
          sequence: stream.sequence,
          record: { ...record, epoch },
        });
      }
      return ok({ sequence: stream.sequence });
    },
  });

  const log = (): BindingLog => {
    const followed = new Map<string, number>();
    return {
      follow: (instance, handlers, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          const stream = streamOf(instance);
          let position = 0;
          const deliver = (entry: LogEntry) => {
            position = entry.sequence;
            followed.set(instance, position);
            handlers.entry(entry);
          };
          const catchUp = () => {
            for (const entry of [...stream.entries.values()]) if (entry.sequence > position) deliver(entry);
          };
          const follower = (entry: LogEntry) => {
            if (available) deliver(entry);
            else wakeups.push(catchUp);
          };
          const begin = async () => {
            if (handlers.beforeStart) await handlers.beforeStart();
            if (signal.aborted) return;
            catchUp();
            stream.followers.add(follower);
            followed.set(instance, stream.sequence);
            handlers.caughtUp(stream.sequence);
          };
          if (available) void begin();
          else wakeups.push(() => void begin());
          signal.addEventListener("abort", () => {
            stream.followers.delete(follower);
            followed.delete(instance);
            resolve();
          });
        }),
      claim: async (instance, node, signal): Promise<Result<Ownership, LogError>> => {
        await Promise.resolve();
        const stream = streamOf(instance);
        if (!available || signal.aborted || followed.get(instance) !== stream.sequence) return unavailable;
        stream.sequence++;
        stream.epoch++;
        const { epoch, sequence } = stream;
        write(stream, EPOCH_KEY, { kind: "epoch", sequence, epoch, node });
        return ok(ownershipOf(stream, epoch));
      },
      read: async (instance, onRecord, signal) => {
        await Promise.resolve();
        if (!available || signal.aborted) return unavailable;
        const { entries, sequence } = streamOf(instance);
        for (const entry of entries.values()) if (entry.kind === "record") onRecord(entry.record, entry.sequence);
        return ok({ sequence });
      },
      moveLeader: () => Promise.resolve(),
      state: async (instance) => {
        await Promise.resolve();
        if (!available) return unavailable;
        return ok({ sequence: streamOf(instance).sequence, leader: undefined, replicas: [] });
      },
    };
  };

  return {
    setAvailable: (value) => {
      available = value;
      if (!available) return;
      const waiting = wakeups;
      wakeups = [];
      for (const wake of waiting) wake();
    },
    log,
    records: (instance) => {
      const found: BindingRecord[] = [];
      for (const entry of streamOf(instance).entries.values()) if (entry.kind === "record") found.push(entry.record);
      return found.sort((a, b) => (isNewer(a, b) ? 1 : -1));
    },
  };
};
