import type { Clock } from "#ports/clock.ts";
import type { Milliseconds } from "#wire/time.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** A message as a stream holds it. */
export interface StoredMessage {
  readonly sequence: number;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** What a server answers to a write. */
export type WriteAnswer = { readonly outcome: "stored"; readonly sequence: number } | { readonly outcome: "overtaken" };

export interface StreamInfo {
  readonly lastSequence: number;
  readonly leader: string;
  readonly replicas: readonly { readonly server: string; readonly current: boolean; readonly lag: number }[];
}

/** The fake servers of a cluster and what may happen to them. */
export interface FakeJetStreamOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly servers: readonly string[];
  /** Copies of each stream. */
  readonly replicas: number;
  /** Whether two servers that run can speak. */
  readonly isConnected: (a: string, b: string) => boolean;
  /** Time of one message between two servers. */
  readonly latency: () => Milliseconds;
  /** Time of a server to write to its disk; infinite while it is stuck. */
  readonly diskDelay: (server: string) => Milliseconds;
  /** Shortest and longest time without a leader. */
  readonly election: readonly [number, number];
  /** Takes writes whatever last sequence they expect: wrong on purpose, to see that it is noticed. */
  readonly isUnfenced?: boolean;
  /** A message is committed: a majority has it on disk. `leader` is the server that did it. */
  readonly onStored?: (stream: string, message: StoredMessage, leader: string) => void;
}

/**
 * JetStream as its clients see it: servers with a Raft group a stream, elections, partitions, answers that are lost or
 * late, replicas that lag. What a majority has acknowledged is never lost (`sync_interval: always`); what the leader alone has may
 * be kept or dropped by an election. Clients speak through the server of their own host.
 */
export interface FakeJetStream {
  /** To be called after servers were started or killed, or connections changed. */
  changed(): void;
  startServer(server: string): void;
  killServer(server: string): void;
  isUp(server: string): boolean;
  /** Makes a stream, as the first follower does; its leader is elected at once. */
  ensureStream(name: string): void;
  /** Who leads a stream now, if anybody who can commit. */
  leaderOf(stream: string): string | undefined;
  /** What a majority holds, for assertions. */
  messages(stream: string): readonly StoredMessage[];
  /** Sequence of the last message that a majority took, there still or replaced; 0 for none. */
  lastSequence(stream: string): number;
  /** No answer at all is an answer too: the client has its own time limit. */
  write(
    client: string,
    stream: string,
    request: {
      readonly messages: readonly { readonly subject: string; readonly data: Uint8Array }[];
      readonly expectedLast: number;
    },
    answer: (answer: WriteAnswer) => void,
  ): void;
  info(client: string, stream: string, answer: (info: StreamInfo) => void): void;
  /** The stored message with this sequence, the last one of a subject, or the next at or after a sequence. */
  read(
    client: string,
    stream: string,
    query: { readonly sequence: number } | { readonly subject: string } | { readonly from: number },
    answer: (message: StoredMessage | undefined) => void,
  ): void;
  moveLeader(client: string, stream: string, server: string): void;
  /**
   * What no server should do: while all members of a stream are down, up to `most` entries at its end go from their disks, as far
   * back as each of them `isLosable`. What they had replaced may be there again. @returns how many went
   */
  loseTail(stream: string, most: number, isLosable: (message: StoredMessage) => boolean): number;
  /** Delivers from `from` on what one replica has, until it ends; `pending` counts what that replica has beyond. */
  consume(
    client: string,
    stream: string,
    request: {
      readonly from: number;
      readonly onCreated: (pending: number) => void;
      readonly onMessage: (message: StoredMessage, pending: number) => void;
      readonly onEnd: (reason: string) => void;
    },
  ): { end(): void };
}
