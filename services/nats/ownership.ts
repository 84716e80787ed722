import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { BindingRecord } from "#binding/record.ts";
import { type ClockReading, decodeEntry, encodeEntry } from "#bus/entry-message.ts";
import { subjects } from "#bus/subjects.ts";
import type { LogError, Ownership } from "#ports/binding-log.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { managerOf, TIMEOUT } from "./binding-stream.ts";
import type { Bus } from "./bus.ts";
import { type StreamMessage, writeMessages } from "./stream-writer.ts";

/** Where an ownership writes. */
interface Place {
  readonly bus: Bus;
  readonly clocks: () => ClockReading;
  readonly namespace: string;
  readonly instance: string;
  /** The stream ends before what it has acknowledged: so many entries are gone. */
  readonly onLoss: (entries: number) => void;
}

/** What an epoch entry says of its writer. */
export interface Claim {
  readonly node: string;
  readonly epoch: number;
  /** Drawn at random. */
  readonly claim: number;
}

/** A write that is not acknowledged by then is looked up in the stream and sent again. */
const WRITE_TIMEOUT = 500;
const RETRY_PAUSE = 20;
/** While nobody leads the stream it is asked at this pace at last, with small questions only. */
const LONGEST_PAUSE = 100;
/** Largest batch that JetStream takes. */
const LARGEST_BATCH = 1_000;
/**
 * Seconds for which the record of an ended binding is kept: longer than any replay timestamp is accepted, so that an old
 * Binding Update stays refused (RFC 4285 §6).
 */
const TOMBSTONE_SECONDS = 3_600;

/** The epoch entry of a stream. */
export const readEpoch = async (
  manager: JetStreamManager,
  place: Pick<Place, "namespace" | "instance" | "clocks">,
): Promise<(Claim & { readonly sequence: number }) | undefined> => {
  const { namespace, instance } = place;
  const stored = await manager.streams.getMessage(subjects.stream(namespace, instance), {
    last_by_subj: subjects.epoch(namespace, instance),
  });
  const entry = stored ? decodeEntry(stored.data, place.clocks()) : undefined;
  return stored && entry?.ok && entry.value.kind === "epoch" ? { ...entry.value, sequence: stored.seq } : undefined;
};

/** Last entry of the stream and last epoch entry, read in this order: a claim after the first read is refused by our expected sequence. */
const readEnd = async (place: Place, connection: NatsConnection) => {
  const manager = await managerOf(connection, TIMEOUT.question);
  const stream = subjects.stream(place.namespace, place.instance);
  const { state } = await manager.streams.info(stream);
  const stored = state.last_seq > 0 ? await manager.streams.getMessage(stream, { seq: state.last_seq }) : undefined;
  const last = stored ? decodeEntry(stored.data, place.clocks()) : undefined;
  return { sequence: state.last_seq, last: last?.ok ? last.value : undefined, epoch: await readEpoch(manager, place) };
};

const epochMessage = (place: Place, claim: Claim): StreamMessage => ({
  subject: subjects.epoch(place.namespace, place.instance),
  data: encodeEntry({ kind: "epoch", ...claim }, place.clocks()),
});

/** Whether two entries are of one claim. */
export const isSameClaim = (a: Claim | undefined, b: Claim): boolean => a?.epoch === b.epoch && a.claim === b.claim;

/** Write one epoch entry. An acknowledgement that was lost is made good by reading the entry back. */
export const claimOwnership = async (
  place: Place,
  connection: NatsConnection,
  claim: Claim & { readonly expectedLast: number },
): Promise<Result<Ownership, "overtaken" | "unknown">> => {
  const written = await writeMessages(connection, [epochMessage(place, claim)], {
    expectedLast: claim.expectedLast,
    batch: randomUUID(),
    timeout: WRITE_TIMEOUT,
  });
  if (written.outcome === "stored") return ok(createOwnership(place, claim, written.sequence));
  try {
    const end = await readEnd(place, connection);
    if (isSameClaim(end.epoch, claim)) return ok(createOwnership(place, claim, end.sequence));
  } catch {
    // No answer: nothing more is known.
  }
  return failed(written.outcome === "overtaken" ? "overtaken" : "unknown");
};

const createOwnership = (place: Place, claim: Claim, claimedAt: number): Ownership => {
  const { epoch } = claim;
  let expectedLast = claimedAt;
  let commits = 0;
  let fencedBy: number | undefined;
  /** The stream lacks entries that it had acknowledged, and its followers were not told yet. */
  let isLost = false;
  let tail: Promise<unknown> = Promise.resolve();

  const messagesOf = (records: readonly BindingRecord[], commit: number): StreamMessage[] => {
    const clocks = place.clocks();
    return records.map((record) => ({
      subject: subjects.binding(place.namespace, place.instance, record.homeAddress),
      data: encodeEntry({ kind: "record", epoch, commit, record }, clocks),
      ...(record.lifetime === 0 ? { timeToLive: TOMBSTONE_SECONDS } : {}),
    }));
  };

  /**
   * Looks into the stream after an answer that was no acknowledgement.
   * @returns `again` when the commit is not in it, `lost` when what was acknowledged is not either: the epoch entry is then
   * written once more, because without it nothing fences a former owner, and because it tells the followers
   */
  const resolve = async (
    connection: NatsConnection,
    commit: number,
  ): Promise<"stored" | "fenced" | "again" | "lost"> => {
    const end = await readEnd(place, connection);
    const isOurs = isSameClaim(end.epoch, claim);
    // The same number with another claim: somebody claimed a stream that had lost this ownership's entry.
    if (end.epoch && !isOurs && end.epoch.epoch >= epoch) {
      fencedBy = Math.max(end.epoch.epoch, epoch + 1);
      return "fenced";
    }
    const missing = expectedLast - end.sequence;
    expectedLast = end.sequence;
    if (missing > 0 || !isOurs) {
      isLost = true;
      place.onLoss(Math.max(missing, 1));
    }
    if (isLost) return "lost";
    return end.last?.kind === "record" && end.last.epoch === epoch && end.last.commit === commit ? "stored" : "again";
  };

  const write = async (connection: NatsConnection, messages: readonly StreamMessage[]): Promise<string | undefined> => {
    const written = await writeMessages(connection, messages, {
      expectedLast,
      batch: randomUUID(),
      timeout: WRITE_TIMEOUT,
    });
    if (written.outcome === "stored") expectedLast = written.sequence;
    return written.outcome === "unknown" ? written.message : written.outcome === "stored" ? undefined : written.outcome;
  };

  const commit = async (
    records: readonly BindingRecord[],
    signal: AbortSignal,
  ): Promise<Result<{ sequence: number }, LogError>> => {
    if (records.length === 0) return ok({ sequence: expectedLast });
    if (records.length > LARGEST_BATCH)
      throw new RangeError(`a commit of ${records.length} records; at most ${LARGEST_BATCH} fit one batch`);
    commits++;
    let problem = "stopped";
    let pause = RETRY_PAUSE;
    /** What was sent and not acknowledged is looked up before it is sent again. */
    let isOpen = false;
    while (!signal.aborted) {
      if (fencedBy !== undefined) return failed({ code: "fenced", epoch: fencedBy });
      try {
        const connection = await place.bus.connection(signal);
        if (isOpen) {
          const found = await resolve(connection, commits);
          if (found === "stored") return ok({ sequence: expectedLast });
          if (found === "fenced") continue;
          if (found === "lost") {
            const refused = await write(connection, [epochMessage(place, claim)]);
            if (refused !== undefined) throw new Error(refused);
            isLost = false;
          }
        }
        isOpen = true;
        // Made anew each time: a reader takes them for as old as their last way took.
        const refused = await write(connection, messagesOf(records, commits));
        if (refused === undefined) return ok({ sequence: expectedLast });
        problem = refused;
        pause = RETRY_PAUSE;
      } catch (error) {
        if (!signal.aborted) problem = error instanceof Error ? error.message : String(error);
      }
      await delay(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
    return failed({ code: "unavailable", message: problem });
  };

  return {
    epoch,
    append: (records, signal) => {
      const result = tail.then(() => commit(records, signal));
      tail = result.catch(() => undefined);
      return result;
    },
  };
};
