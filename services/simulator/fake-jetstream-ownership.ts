import type { BindingRecord } from "#binding/record.ts";
import { type ClockReading, encodeEntry, type StreamEntry } from "#bus/entry-message.ts";
import { subjects } from "#bus/subjects.ts";
import type { LogError, Ownership } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import { pause } from "#ports/pause.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { millis } from "#wire/time.ts";
import type { WriteAnswer } from "./fake-jetstream-contract.ts";

/** What an epoch entry says of its writer. */
export type Claim = Omit<Extract<StreamEntry, { kind: "epoch" }>, "kind">;

/** The end of a stream: last entry and last epoch entry, read in this order. */
export interface StreamEnd {
  readonly sequence: number;
  readonly last: StreamEntry | undefined;
  readonly epoch: Claim | undefined;
}

export type Outgoing = readonly { readonly subject: string; readonly data: Uint8Array }[];

const RETRY_PAUSE = millis(20);

/** Whether two entries are of one claim. */
export const isSameClaim = (a: Claim | undefined, b: Claim): boolean => a?.epoch === b.epoch && a.claim === b.claim;

/** Ownership of one stream of the fake servers, by the steps of the real adapter (services/nats/ownership.ts). */
export const createFakeOwnership = (
  options: {
    readonly namespace: string;
    readonly instance: string;
    readonly claim: Claim;
    /** Where its epoch entry stands. */
    readonly claimedAt: number;
  },
  deps: {
    readonly clock: Clock;
    readonly clocks: () => ClockReading;
    /** No answer in time: undefined. */
    readonly write: (messages: Outgoing, expectedLast: number) => Promise<WriteAnswer | undefined>;
    readonly readEnd: () => Promise<StreamEnd | undefined>;
    /** The stream ends before what it has acknowledged. */
    readonly onLoss: () => void;
  },
): Ownership => {
  const { namespace, instance, claim } = options;
  const { epoch } = claim;
  let expectedLast = options.claimedAt;
  let commits = 0;
  let fencedBy: number | undefined;
  let isLost = false;
  let tail: Promise<unknown> = Promise.resolve();

  const epochMessage = (): Outgoing => [
    { subject: subjects.epoch(namespace, instance), data: encodeEntry({ kind: "epoch", ...claim }, deps.clocks()) },
  ];

  const write = async (messages: Outgoing): Promise<boolean> => {
    const answer = await deps.write(messages, expectedLast);
    if (answer?.outcome !== "stored") return false;
    expectedLast = answer.sequence;
    return true;
  };

  /** Looks into the stream after an answer that was no acknowledgement. */
  const resolve = async (commit: number): Promise<"stored" | "fenced" | "again" | "lost" | "unknown"> => {
    const end = await deps.readEnd();
    if (end === undefined) return "unknown";
    const isOurs = isSameClaim(end.epoch, claim);
    if (end.epoch !== undefined && !isOurs && end.epoch.epoch >= epoch) {
      fencedBy = Math.max(end.epoch.epoch, epoch + 1);
      return "fenced";
    }
    const missing = expectedLast - end.sequence;
    expectedLast = end.sequence;
    if (missing > 0 || !isOurs) {
      isLost = true;
      deps.onLoss();
    }
    if (isLost) return "lost";
    return end.last?.kind === "record" && end.last.epoch === epoch && end.last.commit === commit ? "stored" : "again";
  };

  const commitAll = async (
    records: readonly BindingRecord[],
    signal: AbortSignal,
  ): Promise<Result<{ sequence: number }, LogError>> => {
    if (records.length === 0) return ok({ sequence: expectedLast });
    const commit = ++commits;
    // The clock may have been set since the last try.
    const messages = () =>
      records.map((record) => ({
        subject: subjects.binding(namespace, instance, record.homeAddress),
        data: encodeEntry({ kind: "record", epoch, commit, record }, deps.clocks()),
      }));
    let isOpen = false;
    while (!signal.aborted) {
      if (fencedBy !== undefined) return failed({ code: "fenced", epoch: fencedBy });
      const found = isOpen ? await resolve(commit) : "again";
      if (found === "stored") return ok({ sequence: expectedLast });
      if (found === "fenced") continue;
      // Without the epoch entry nothing fences a former owner; and it tells the followers.
      const isTold = found !== "lost" || (await write(epochMessage()));
      if (isTold && found === "lost") isLost = false;
      if (isTold && found !== "unknown") {
        isOpen = true;
        if (await write(messages())) return ok({ sequence: expectedLast });
      }
      await pause(deps.clock, RETRY_PAUSE, signal);
    }
    return failed({ code: "unavailable", message: "stopped" });
  };

  return {
    epoch,
    append: (records, signal) => {
      const result = tail.then(() => commitAll(records, signal));
      tail = result;
      return result;
    },
  };
};
