import type { StreamEntry } from "./entry-message.ts";

/** What an epoch entry says of its writer. */
export type Claim = Omit<Extract<StreamEntry, { kind: "epoch" }>, "kind">;

/** Whether two entries are of one claim. */
export const isSameClaim = (a: Claim | undefined, b: Claim): boolean => a?.epoch === b.epoch && a.claim === b.claim;

/** Questions to a stream; each rejects when nobody answers. */
export interface StreamQuestions {
  /** The last epoch entry. */
  epoch(): Promise<Claim | undefined>;
  /** The first entry that still stands at `from` or after it. */
  next(from: number): Promise<{ readonly sequence: number; readonly entry: StreamEntry } | undefined>;
  lastSequence(): Promise<number>;
}

/** A commit that was sent and not acknowledged, and what its writer knows of the stream. */
export interface OpenCommit {
  readonly claim: Claim;
  /** Number of the commit in its epoch, and how many records it has. */
  readonly commit: number;
  readonly size: number;
  /** Sequence that the writer expects to be the stream's last. */
  readonly expectedLast: number;
  /** The stream was seen to have lost what it had acknowledged, and its followers were not told yet. */
  readonly isLost: boolean;
}

export interface Lookup extends Pick<OpenCommit, "expectedLast" | "isLost"> {
  readonly outcome:
    | "stored"
    /** Not found: to be sent again with `expectedLast`. */
    | "again"
    /** Somebody else owns the instance. */
    | { readonly fencedBy: number }
    /**
     * The stream seems to lack what it had acknowledged: the epoch entry is to be written once more after this sequence, because without it
     * nothing fences a former owner, and it tells the followers. That it is stored proves the loss.
     */
    | { readonly restartAfter: number };
}

/** Entries read in one look: more than a batch holds. */
const LONGEST_WALK = 2_000;

/**
 * Looks for a commit after an answer that was no acknowledgement.
 *
 * Each question may be answered by another server, one of which may have stood still and not know yet that it leads no more: what it tells
 * is true, but old (raft keeps logs prefixes of each other). So only an entry that was read moves `expectedLast` on, never the word that
 * there is nothing or the stream's last sequence: a writer then never writes behind an epoch entry of somebody else. Going back is harmless,
 * since a write that expects what is not the end is refused.
 */
export const lookUpCommit = async (open: OpenCommit, ask: StreamQuestions): Promise<Lookup> => {
  const { claim, commit, size } = open;
  let { expectedLast, isLost } = open;
  const found = (outcome: Lookup["outcome"]): Lookup => ({ expectedLast, isLost, outcome });
  // The same number with another claim: somebody claimed a stream that had lost this ownership's entry.
  const fences = (other: Claim): boolean => other.epoch >= claim.epoch && !isSameClaim(other, claim);
  const fenced = (epoch: number): Lookup => found({ fencedBy: Math.max(epoch, claim.epoch + 1) });

  const owner = await ask.epoch();
  if (owner && fences(owner)) return fenced(owner.epoch);
  // From the last acknowledged entry on: another one in its place proves a loss.
  let from = expectedLast;
  for (let read = 0; read < LONGEST_WALK; read++) {
    const next = await ask.next(from);
    if (next === undefined) {
      const last = await ask.lastSequence();
      if (last < expectedLast) return found({ restartAfter: last });
      return found(isLost ? { restartAfter: expectedLast } : "again");
    }
    const { sequence, entry } = next;
    if (entry.epoch > claim.epoch || (entry.kind === "epoch" && fences(entry))) return fenced(entry.epoch);
    const isNew = sequence > expectedLast;
    if (entry.epoch < claim.epoch) isLost = true;
    else if (entry.kind === "epoch") {
      if (isNew) isLost = false;
    } else if (isNew && entry.commit === commit) {
      // Nobody else writes in this epoch, and a batch stands together: later entries may have replaced its first ones.
      expectedLast += size;
      return found("stored");
    }
    expectedLast = sequence;
    from = sequence + 1;
  }
  return found(isLost ? { restartAfter: expectedLast } : "again");
};
