import type { BindingRecord } from "#binding/record.ts";
import type { LogError, Ownership } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import { between, type Instant, type Milliseconds, millis } from "#wire/time.ts";

/** Records in one append (a JetStream batch has at most so many messages). */
const GROUP_LIMIT = 1000;
/** The smallest limit of a group, and the one to begin with. */
const SMALL_GROUP = 64;
/**
 * How long one append may take before groups become smaller: the log takes large ones whole or, on a slow disk, not at all
 * within its time.
 */
const WANTED_TIME = 100;
const FIRST_RETRY = millis(20);
const LAST_RETRY = millis(1000);

/**
 * Commits records in groups: one append is in flight, what changes meanwhile is collected into the next group, a slot's
 * newest record only. A burst of Binding Updates so shares one disk write.
 */
export interface GroupCommitter {
  /** Records that wait or are in flight. */
  readonly waiting: number;
  /** How long the log has acknowledged nothing of what it was given; 0 when nothing waits for it. */
  readonly silence: Milliseconds;
  /** Several further groups wait behind the one in flight: more comes in than the log takes. */
  readonly isBehind: boolean;
  /** Adds a record; replaces an older one of the same slot that is not yet in flight. */
  add(slot: number, record: BindingRecord): void;
  /** Drops everything; nothing more is told of it. */
  stop(): void;
}

/** Limit of the next group by how long the last one took: milliseconds. */
const nextLimit = (limit: number, last: { readonly size: number; readonly took: number }): number => {
  if (last.took > WANTED_TIME) return Math.max(SMALL_GROUP, Math.floor((last.size * WANTED_TIME) / last.took));
  return last.size === limit ? Math.min(GROUP_LIMIT, limit * 2) : limit;
};

export const createGroupCommitter = (options: {
  readonly ownership: Ownership;
  readonly clock: Clock;
  /** The log has acknowledged these. */
  readonly onCommitted: (slots: readonly number[], records: readonly BindingRecord[]) => void;
  /** Somebody else owns the instance: nothing of this committer will be stored any more. */
  readonly onFenced: (error: LogError) => void;
  /** The log does not answer; the group is tried again. */
  readonly onUnavailable: (error: LogError) => void;
}): GroupCommitter => {
  const { ownership, clock } = options;
  const abort = new AbortController();
  const collected = new Map<number, BindingRecord>();
  let inFlight = 0;
  let limit = SMALL_GROUP;
  let retryAfter = FIRST_RETRY;
  let scheduled = false;
  let silentSince: Instant | undefined;

  const flush = async (): Promise<void> => {
    scheduled = false;
    if (inFlight > 0 || abort.signal.aborted) return;
    while (collected.size > 0) {
      const slots: number[] = [];
      const records: BindingRecord[] = [];
      for (const [slot, record] of collected) {
        if (slots.length === limit) break;
        slots.push(slot);
        records.push(record);
        collected.delete(slot);
      }
      inFlight = slots.length;
      const sentAt = clock.now();
      silentSince ??= sentAt;
      const result = await ownership.append(records, abort.signal);
      inFlight = 0;
      if (abort.signal.aborted) return;
      limit = nextLimit(limit, { size: slots.length, took: clock.now() - sentAt });
      if (result.ok) {
        retryAfter = FIRST_RETRY;
        silentSince = undefined;
        options.onCommitted(slots, records);
        continue;
      }
      if (result.error.code === "fenced") {
        abort.abort();
        collected.clear();
        options.onFenced(result.error);
        return;
      }
      for (const [at, slot] of slots.entries()) {
        const record = records[at];
        if (record !== undefined && !collected.has(slot)) collected.set(slot, record);
      }
      options.onUnavailable(result.error);
      scheduled = true;
      clock.start(retryAfter, () => void flush());
      retryAfter = millis(Math.min(retryAfter * 2, LAST_RETRY));
      return;
    }
  };

  return {
    get waiting() {
      return collected.size + inFlight;
    },
    get silence() {
      return silentSince === undefined ? millis(0) : between(silentSince, clock.now());
    },
    get isBehind() {
      return collected.size >= Math.max(limit * 4, GROUP_LIMIT / 2);
    },
    add: (slot, record) => {
      if (abort.signal.aborted) return;
      collected.set(slot, record);
      if (scheduled || inFlight > 0) return;
      scheduled = true;
      // After the present batch of packets: what arrived together is committed together.
      queueMicrotask(() => void flush());
    },
    stop: () => {
      abort.abort();
      collected.clear();
    },
  };
};
