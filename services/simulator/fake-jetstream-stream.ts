import type { Timer } from "#ports/clock.ts";
import type { StoredMessage, WriteAnswer } from "./fake-jetstream-contract.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A message in the log of a stream. */
export interface Entry extends StoredMessage {
  /** Sequence of the message that took its subject over. */
  replacedBy: number;
}

/** Messages that are to be written together. */
export interface Proposal {
  readonly messages: readonly { readonly subject: string; readonly data: Uint8Array }[];
  readonly reply: (answer: WriteAnswer) => void;
  /** The leader has it on its own disk. */
  written: boolean;
}

/** A Raft group as far as clients can tell: who leads, and when there is nobody. */
export interface Group {
  readonly members: readonly string[];
  leader: string | undefined;
  /** Leaders that were cut off from their majority and do not know of their successor yet. */
  readonly deposed: Map<string, number>;
  election: Timer | undefined;
}

/** A stream: its log, and how much of it each member has. */
export interface Stream extends Group {
  readonly name: string;
  readonly log: Entry[];
  readonly current: Map<string, Entry>;
  /** How much of the log each member has. */
  readonly applied: Map<string, number>;
  proposals: Proposal[];
  readonly consumers: Set<Consumer>;
}

/** Who reads a stream, from the member that it was made on. */
export interface Consumer {
  readonly client: string;
  readonly source: string;
  position: number;
  scheduled: boolean;
  ended: boolean;
  readonly onMessage: (message: StoredMessage, pending: number) => void;
  readonly onEnd: (reason: string) => void;
}

/**
 * What disks lose of a stream whose servers are all down: up to `most` messages off its end, as long as `isLosable` allows.
 * @returns how many
 */
export const loseTail = (
  stream: Stream,
  most: number,
  { isLosable, random }: { readonly isLosable: (message: StoredMessage) => boolean; readonly random: SeededRandom },
): number => {
  const { log } = stream;
  let end = log.length;
  for (let last = log[end - 1]; last !== undefined && log.length - end < most && isLosable(last); last = log[end - 1])
    end--;
  const lost = log.splice(end);
  stream.proposals = [];
  for (const { subject } of lost) stream.current.delete(subject);
  for (const entry of log) {
    if (entry.replacedBy <= end || entry.replacedBy === Number.POSITIVE_INFINITY) continue;
    // Its removal was among what is lost, or on the disk already.
    const isBack = random.chance(0.5);
    entry.replacedBy = isBack ? Number.POSITIVE_INFINITY : entry.sequence;
    if (isBack) stream.current.set(entry.subject, entry);
  }
  for (const [server, applied] of stream.applied) stream.applied.set(server, Math.min(applied, end));
  return lost.length;
};
