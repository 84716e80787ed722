import type { BindingRecord } from "#binding/record.ts";
import type { Result } from "#wire/result.ts";

export type LogError =
  /** Somebody else owns the instance (its epoch is greater): stop writing. Final. */
  | { readonly code: "fenced"; readonly epoch: number }
  /** No answer or no leader now; whether it was stored is unknown until the stream's state is read. */
  | { readonly code: "unavailable"; readonly message: string };

export type LogEntry =
  | {
      readonly kind: "record";
      readonly sequence: number;
      readonly record: BindingRecord;
    }
  | {
      readonly kind: "epoch";
      readonly sequence: number;
      readonly epoch: number;
      readonly node: string;
    };

/** The right to write one instance's stream; ends when a greater epoch is written. */
export interface Ownership {
  readonly epoch: number;
  /**
   * Commits records together, all or none, after everything appended before. At most 1,000. The adapter resolves
   * unknown outcomes by itself (reads the stream's last sequence) before it answers `unavailable`.
   * @returns when JetStream has acknowledged them: they are then committed
   */
  append(
    records: readonly BindingRecord[],
    signal: AbortSignal,
  ): Promise<Result<{ readonly sequence: number }, LogError>>;
}

/** How a stream stands at this moment. */
export interface StreamState {
  /** Sequence of its last message; 0 for an empty stream. */
  readonly sequence: number;
  /** Server that leads it; undefined where streams have no replicas. */
  readonly leader: string | undefined;
  readonly replicas: readonly {
    readonly server: string;
    readonly current: boolean;
    /** Operations that it is behind. */
    readonly lag: number;
    /** Milliseconds since the leader heard of it, where it says so; up to a second on an idle stream. */
    readonly seen?: number;
  }[];
}

/** The replicated log of one home agent instance: one JetStream stream (DESIGN §4.4). */
export interface BindingLog {
  /**
   * Delivers the current record of every home address and the last epoch entry, then `caughtUp`, then every change
   * in order, across reconnects, until `signal` aborts.
   */
  follow(
    instance: string,
    handlers: {
      /** Awaited when the stream has answered, before it is read from its start. */
      readonly beforeStart?: () => Promise<void>;
      readonly entry: (entry: LogEntry) => void;
      readonly caughtUp: (sequence: number) => void;
      /**
       * The stream was found to be another one, or to lack entries that it had acknowledged: what was delivered before may
       * not be in it (DESIGN §4.5, repair). It is delivered again from its start.
       */
      readonly lost?: () => void;
    },
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Reads every current record once, from the stream's start, beside what `follow` delivers: what the stream really holds.
   * @returns the last sequence when the reading began: what stands at or before it and was not delivered is not there
   */
  read(
    instance: string,
    onRecord: (record: BindingRecord, sequence: number) => void,
    signal: AbortSignal,
  ): Promise<Result<{ readonly sequence: number }, LogError>>;
  /** Writes an epoch entry greater than any before, naming `sequence` (what this node has followed up to) as expected last. */
  claim(instance: string, node: string, signal: AbortSignal): Promise<Result<Ownership, LogError>>;
  /**
   * Asks that another server lead the stream, so that the death of the owner's node costs no election (DESIGN §4.5).
   * Commits may wait for some 100 ms. A wish: nothing happens when it cannot be met.
   */
  moveLeader(instance: string, server: string, signal: AbortSignal): Promise<void>;
  /** Asks the stream's leader for its state; `unavailable` when none answers: writes would not be acknowledged now. */
  state(instance: string, signal: AbortSignal): Promise<Result<StreamState, LogError>>;
}
