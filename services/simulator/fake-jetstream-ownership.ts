import type { BindingRecord } from "#binding/record.ts";
import { type Claim, type Lookup, lookUpCommit, type StreamQuestions } from "#bus/commit-lookup.ts";
import { type ClockReading, encodeEntry } from "#bus/entry-message.ts";
import { subjects } from "#bus/subjects.ts";
import type { LogError, Ownership } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import { pause } from "#ports/pause.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { millis } from "#wire/time.ts";
import type { WriteAnswer } from "./fake-jetstream-contract.ts";

export type Outgoing = readonly { readonly subject: string; readonly data: Uint8Array }[];

const RETRY_PAUSE = millis(20);

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
    readonly questions: StreamQuestions;
    /** The stream has lost what it had acknowledged. */
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

  const write = async (messages: Outgoing, after = expectedLast): Promise<boolean> => {
    const answer = await deps.write(messages, after);
    if (answer?.outcome !== "stored") return false;
    expectedLast = answer.sequence;
    return true;
  };

  /** Writes the epoch entry once more: without it nothing fences a former owner; and it tells the followers. */
  const restart = async (after: number): Promise<boolean> => {
    if (!(await write(epochMessage(), after))) return false;
    deps.onLoss();
    isLost = false;
    return true;
  };

  /** Looks into the stream after an answer that was no acknowledgement; undefined when nobody answers. */
  const resolve = async (commit: number, size: number): Promise<Lookup["outcome"] | undefined> => {
    try {
      const { outcome, ...known } = await lookUpCommit({ claim, commit, size, expectedLast, isLost }, deps.questions);
      ({ expectedLast, isLost } = known);
      return outcome;
    } catch {
      return undefined;
    }
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
      const found = isOpen ? await resolve(commit, records.length) : "again";
      if (found === "stored") return ok({ sequence: expectedLast });
      if (found !== undefined && found !== "again" && "fencedBy" in found) {
        fencedBy = found.fencedBy;
        continue;
      }
      const isReady = found === "again" || (found !== undefined && (await restart(found.restartAfter)));
      if (isReady) {
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
