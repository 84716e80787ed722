import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { BindingRecord } from "#binding/record.ts";
import { type Claim, isSameClaim, lookUpCommit, type StreamQuestions } from "#bus/commit-lookup.ts";
import { type ClockReading, decodeEntry, encodeEntry } from "#bus/entry-message.ts";
import { subjects } from "#bus/subjects.ts";
import type { LogError, Ownership } from "#ports/binding-log.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { managerOf, nextMessage, TIMEOUT } from "./binding-stream.ts";
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

const epochMessage = (place: Place, claim: Claim): StreamMessage => ({
  subject: subjects.epoch(place.namespace, place.instance),
  data: encodeEntry({ kind: "epoch", ...claim }, place.clocks()),
});

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
    const found = await readEpoch(await managerOf(connection, TIMEOUT.question), place);
    // From its own sequence on: who claimed after it is then found.
    if (found && isSameClaim(found, claim)) return ok(createOwnership(place, claim, found.sequence));
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
  /** What stands in the stream shows that it had lost entries which it had acknowledged, and its followers were not told yet. */
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

  /** The questions of a lookup, answered by who says that it leads the stream. */
  const questions = async (connection: NatsConnection): Promise<StreamQuestions> => {
    const { namespace, instance } = place;
    const manager = await managerOf(connection, TIMEOUT.question);
    return {
      epoch: () => readEpoch(manager, place),
      next: async (from) => {
        const stored = await nextMessage(connection, { namespace, instance, from });
        if (!stored) return undefined;
        const entry = decodeEntry(stored.data, place.clocks());
        if (!entry.ok) throw new Error(`${stored.subject}, entry ${stored.sequence}: ${JSON.stringify(entry.error)}`);
        return { sequence: stored.sequence, entry: entry.value };
      },
      lastSequence: async () => (await manager.streams.info(subjects.stream(namespace, instance))).state.last_seq,
    };
  };

  /** Writes the epoch entry once more. A server that only tells what is old cannot store it, so that it proves the loss. */
  const restart = async (connection: NatsConnection, after: number): Promise<void> => {
    const written = await writeMessages(connection, [epochMessage(place, claim)], {
      expectedLast: after,
      batch: randomUUID(),
      timeout: WRITE_TIMEOUT,
    });
    if (written.outcome !== "stored")
      throw new Error(written.outcome === "unknown" ? written.message : written.outcome);
    place.onLoss(Math.max(expectedLast - after, 1));
    expectedLast = written.sequence;
    isLost = false;
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
          const open = { claim, commit: commits, size: records.length, expectedLast, isLost };
          const { outcome, ...known } = await lookUpCommit(open, await questions(connection));
          ({ expectedLast, isLost } = known);
          if (outcome === "stored") return ok({ sequence: expectedLast });
          if (outcome !== "again" && "fencedBy" in outcome) {
            fencedBy = outcome.fencedBy;
            continue;
          }
          if (outcome !== "again") await restart(connection, outcome.restartAfter);
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
