import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { JetStreamApiError, type JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Claim, isSameClaim } from "#bus/commit-lookup.ts";
import { createEntryAges, type EntryAges } from "#bus/entry-ages.ts";
import { decodeEntry } from "#bus/entry-message.ts";
import { DEFAULT_NAMESPACE, subjects } from "#bus/subjects.ts";
import type { BindingLog, LogError, StreamState } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { ensureStream, managerOf, nextMessage, TIMEOUT, whyNoStream } from "./binding-stream.ts";
import type { Bus } from "./bus.ts";
import { claimOwnership, readEpoch } from "./ownership.ts";
import { followStretch } from "./stream-follower.ts";

export interface BindingLogOptions {
  /** First token of subjects and stream names, `roam6` by default. */
  readonly namespace?: string;
  /** Copies of each stream: 1, 3 or 5. */
  readonly replicas: number;
  /** What goes wrong and is tried again, for the log of the program. */
  readonly onProblem?: (instance: string, message: string) => void;
}

/** The replicated log, and what keeps it from being followed. */
export interface JetStreamLog extends BindingLog {
  /** Why a stream cannot be followed now, for people; undefined while all are, or are only waited for. */
  readonly problem: string | undefined;
}

/** A stream as its leader, or who takes itself for it, tells of it. */
interface ToldStream {
  /** Tells streams of the same name apart. */
  readonly created: string;
  readonly lastSequence: number;
}

/** What a running `follow` knows of its stream. */
interface Position {
  sequence: number;
  epoch: number;
  level: boolean;
  created: string;
  /** The epoch entry that was followed last. */
  claim: (Claim & { readonly sequence: number }) | undefined;
  readonly ages: EntryAges;
  /** Where it stood when the leader last said that there is more. */
  stoodAt: number;
  /** The leader is being read beside the consumer. */
  isReading: boolean;
  /** Ends the stretch that is being read. */
  stretch: AbortController;
  /** Follow from the stream's start: it lacks what it had. */
  readonly rewind: () => void;
  /** Takes one stored message; what was taken before is ignored. */
  readonly take: (sequence: number, subject: string, data: Uint8Array) => void;
}

const RETRY_PAUSE = 100;
/**
 * Times that a question is repeated, a RETRY_PAUSE between them, before it counts that something is not there: a server that stood still
 * answers for the time before until it hears that it leads no more, at the latest with a heartbeat of raft's (a second).
 */
const OLD_ANSWERS = 30;
/** How long a claim waits for a connection. */
const CONNECTION_LIMIT = 1_000;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const unavailable = (message: string) => failed<LogError>({ code: "unavailable", message });

/** The replicated log over JetStream: one stream an instance, single writer by expected last sequence (DESIGN §4.4). */
export const createBindingLog = (options: BindingLogOptions, deps: { bus: Bus; clock: Clock }): JetStreamLog => {
  const { bus, clock } = deps;
  const namespace = options.namespace ?? DEFAULT_NAMESPACE;
  const positions = new Map<string, Position>();
  const told = new Map<string, string>();
  /** Why the stream of an instance cannot be followed, until it is. */
  const unfollowed = new Map<string, string>();
  /** Acknowledged entries that were found missing. */
  const lost = new Map<string, number>();
  const clocks = () => ({ now: clock.now(), wall: clock.wall() });

  /** Trouble that goes on is told once. */
  const problem = (instance: string, message: string): void => {
    if (told.get(instance) === message) return;
    told.set(instance, message);
    options.onProblem?.(instance, message);
  };

  /** The home agents put back what they know (DESIGN §4.5). */
  const onLoss = (instance: string, entries: number): void => {
    const all = (lost.get(instance) ?? 0) + entries;
    lost.set(instance, all);
    options.onProblem?.(instance, `JetStream lost ${entries} acknowledged entries, ${all} since the start`);
    positions.get(instance)?.rewind();
  };

  /** Whether what is told of the stream fits what was followed of it. */
  const seemsWhole = async (
    instance: string,
    position: Position,
    stream: ToldStream,
    manager: JetStreamManager,
  ): Promise<boolean> => {
    if (stream.lastSequence < position.sequence) return false;
    const stored = await readEpoch(manager, { namespace, instance, clocks });
    const followed = position.claim;
    if (stored === undefined || followed === undefined) return followed === undefined;
    return stored.sequence > position.sequence || stored.sequence === followed.sequence;
  };

  /**
   * The stream as it is told last, if it is the one that was followed, and whole. The sequence alone does not tell once others have
   * written after the loss; but a writer that notices it writes its epoch entry again, at another place. It lacks something only
   * when that is so for as long as a server may tell what is old.
   */
  const wholeStream = async (
    instance: string,
    position: Position,
    stream: ToldStream & { readonly manager: JetStreamManager },
    signal: AbortSignal,
  ): Promise<ToldStream | undefined> => {
    const { manager } = stream;
    let told: ToldStream = stream;
    for (let asked = 0; asked < OLD_ANSWERS; asked++) {
      if (position.created === "") return told;
      if (told.created !== position.created) return undefined;
      if (await seemsWhole(instance, position, told, manager)) return told;
      await delay(RETRY_PAUSE, undefined, { signal });
      const { created, state } = await manager.streams.info(subjects.stream(namespace, instance));
      told = { created, lastSequence: state.last_seq };
    }
    return undefined;
  };

  /** Reads one stretch of the stream, from where `position` stands or, when it is another stream, from its start. */
  const readOn = async (
    instance: string,
    position: Position,
    handlers: Parameters<BindingLog["follow"]>[1],
    signal: AbortSignal,
  ): Promise<string> => {
    const connection = await bus.connection(signal);
    const manager = await managerOf(connection);
    const askedAt = clock.now();
    const found = await ensureStream(manager, { namespace, instance, replicas: options.replicas });
    const whole = await wholeStream(instance, position, { ...found, manager }, signal);
    if (whole === undefined) position.rewind();
    const stream = whole ?? found;
    position.created = stream.created;
    position.ages.ended(stream.lastSequence, askedAt);
    if (position.sequence === 0) await handlers.beforeStart?.();
    const stretch = position.stretch.signal;
    const broken = new AbortController();
    /** A consumer speaks for its own replica, which may lag behind the leader: what it lacks is read from there. */
    const becomeLevel = async (): Promise<void> => {
      try {
        for (let asked = 0; position.sequence < stream.lastSequence && asked < OLD_ANSWERS; asked++) {
          if (asked > 0) await delay(RETRY_PAUSE, undefined, { signal: AbortSignal.any([signal, stretch]) });
          await catchUp(instance, position, connection, signal);
        }
      } catch {
        // No answer: another stretch tries again.
        broken.abort();
      }
      if (signal.aborted || stretch.aborted || broken.signal.aborted) return;
      told.delete(instance);
      unfollowed.delete(instance);
      // What is still missing has expired.
      position.sequence = Math.max(position.sequence, stream.lastSequence);
      if (position.level) return;
      position.level = true;
      handlers.caughtUp(position.sequence);
    };
    return await followStretch({
      connection,
      manager,
      stream: subjects.stream(namespace, instance),
      from: position.sequence + 1,
      signal: AbortSignal.any([signal, stretch, broken.signal]),
      onMessage: (data, subject, delivery) => {
        if (!stretch.aborted) position.take(delivery.streamSequence, subject, data);
      },
      onLevel: () => void becomeLevel(),
    });
  };

  /**
   * Reads what is stored after `position` from the stream's leader: the follower's consumer may have died with the
   * server of a dead node, and another one is made only when the cluster has elected who makes it.
   */
  const catchUp = async (instance: string, position: Position, connection: NatsConnection, signal: AbortSignal) => {
    const { stretch } = position;
    while (!signal.aborted && !stretch.signal.aborted) {
      const stored = await nextMessage(connection, { namespace, instance, from: position.sequence + 1 });
      if (!stored) return;
      position.take(stored.sequence, stored.subject, stored.data);
    }
  };

  /**
   * Reads from the leader what a consumer that stands still does not bring: its server died or was cut off, which takes a second to notice,
   * and another is made only by the leader of the whole cluster, which may have died with it (an election). A standby that takes the edge
   * meanwhile would forward to what was replaced (DESIGN §4).
   * @param stream as its leader has just told it; nothing is done when what was followed moved since it told so before
   */
  const readBeside = async (
    instance: string,
    stream: ToldStream & { readonly manager: JetStreamManager },
    connection: NatsConnection,
    signal: AbortSignal,
  ): Promise<void> => {
    const position = positions.get(instance);
    if (position === undefined) return;
    const { stretch, sequence } = position;
    const isMore = stream.lastSequence > sequence;
    const stands = position.level && isMore && position.stoodAt === sequence;
    position.stoodAt = isMore ? sequence : -1;
    if (!stands || position.isReading) return;
    position.isReading = true;
    try {
      // Of another stream, or one that has lost its tail, all is to be read again.
      if ((await wholeStream(instance, position, stream, signal)) && position.stretch === stretch)
        await catchUp(instance, position, connection, signal);
    } catch {
      // The leader does not answer any more: it is asked for its state again soon.
    } finally {
      position.isReading = false;
    }
  };

  return {
    get problem() {
      const [first] = unfollowed;
      return first === undefined ? undefined : `instance ${first[0]}: ${first[1]}`;
    },

    follow: async (instance, handlers, signal) => {
      const position: Position = {
        sequence: 0,
        epoch: 0,
        level: false,
        created: "",
        claim: undefined,
        ages: createEntryAges(),
        stoodAt: -1,
        isReading: false,
        stretch: new AbortController(),
        rewind: () => {
          if (position.sequence > 0) handlers.lost?.();
          Object.assign(position, { sequence: 0, level: false, claim: undefined });
          position.ages.forget();
          position.stretch.abort();
          position.stretch = new AbortController();
        },
        take: (sequence, subject, data) => {
          if (sequence <= position.sequence) return;
          position.sequence = sequence;
          const read = clocks();
          const entry = decodeEntry(data, read, position.ages.atMost(sequence, read.now));
          if (!entry.ok) {
            options.onProblem?.(instance, `${subject}: ${JSON.stringify(entry.error)}`);
            return;
          }
          const { value } = entry;
          if (value.kind === "epoch") {
            const isWrittenAgain = position.claim !== undefined && isSameClaim(position.claim, value);
            position.epoch = Math.max(position.epoch, value.epoch);
            position.claim = { ...value, sequence };
            if (isWrittenAgain) return position.rewind();
            handlers.entry({ kind: "epoch", sequence, epoch: value.epoch, node: value.node });
          } else handlers.entry({ kind: "record", sequence, record: value.record });
        },
      };
      positions.set(instance, position);
      while (!signal.aborted) {
        try {
          const reason = await readOn(instance, position, handlers, signal);
          if (!signal.aborted && bus.connected && reason !== "stopped") problem(instance, `following again: ${reason}`);
        } catch (error) {
          if (signal.aborted) break;
          const why = `cannot follow: ${whyNoStream(error, options.replicas)}`;
          unfollowed.set(instance, why);
          problem(instance, why);
          await delay(RETRY_PAUSE, undefined, { signal }).catch(() => undefined);
        }
      }
      if (positions.get(instance) === position) positions.delete(instance);
      unfollowed.delete(instance);
    },

    claim: async (instance, node, signal) => {
      const position = positions.get(instance);
      if (!position?.level) return unavailable("this node has not followed the stream to its end");
      try {
        const connection = await bus.connection(AbortSignal.any([signal, AbortSignal.timeout(CONNECTION_LIMIT)]));
        const claimed = await claimOwnership(
          { bus, clocks, namespace, instance, onLoss: (entries) => onLoss(instance, entries) },
          connection,
          { node, claim: randomInt(1, 2 ** 47), epoch: position.epoch + 1, expectedLast: position.sequence },
        );
        if (!claimed.ok && claimed.error === "overtaken") {
          await catchUp(instance, position, connection, signal);
          return unavailable("the stream went on while ownership was claimed");
        }
        return claimed.ok ? claimed : unavailable("the claim was not acknowledged");
      } catch (error) {
        return unavailable(signal.aborted ? "stopped" : reasonOf(error));
      }
    },

    state: async (instance, signal): Promise<Result<StreamState, LogError>> => {
      try {
        if (!bus.connected) return unavailable(bus.problem ?? "not connected");
        const connection = await bus.connection(signal);
        const manager = await managerOf(connection, TIMEOUT.question);
        const askedAt = clock.now();
        const info = await manager.streams.info(subjects.stream(namespace, instance));
        positions.get(instance)?.ages.ended(info.state.last_seq, askedAt);
        const { cluster, created } = info;
        if (options.replicas > 1 && !cluster?.leader) return unavailable("the stream has no leader now");
        void readBeside(instance, { created, lastSequence: info.state.last_seq, manager }, connection, signal);
        return ok({
          sequence: info.state.last_seq,
          leader: cluster?.leader,
          replicas: (cluster?.replicas ?? []).map((replica) => ({
            server: replica.name,
            current: replica.current,
            lag: replica.lag ?? 0,
            seen: replica.active / 1e6,
          })),
        });
      } catch (error) {
        return unavailable(error instanceof JetStreamApiError ? `${error.message} (${error.code})` : reasonOf(error));
      }
    },

    read: async (instance, onRecord, signal) => {
      const ended = new AbortController();
      try {
        const connection = await bus.connection(AbortSignal.any([signal, AbortSignal.timeout(CONNECTION_LIMIT)]));
        const manager = await managerOf(connection);
        const stream = subjects.stream(namespace, instance);
        const { state } = await manager.streams.info(stream);
        let whole = false;
        const reason = await followStretch({
          connection,
          manager,
          stream,
          from: 1,
          signal: AbortSignal.any([signal, ended.signal]),
          onMessage: (data, _, { streamSequence }) => {
            const entry = decodeEntry(data, clocks());
            if (entry.ok && entry.value.kind === "record") onRecord(entry.value.record, streamSequence);
          },
          onLevel: () => {
            whole = true;
            ended.abort();
          },
        });
        return whole ? ok({ sequence: state.last_seq }) : unavailable(reason);
      } catch (error) {
        return unavailable(signal.aborted ? "stopped" : reasonOf(error));
      }
    },

    moveLeader: async (instance, server, signal) => {
      try {
        const connection = await bus.connection(signal);
        const payload = JSON.stringify({ placement: { preferred: server } });
        const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${subjects.stream(namespace, instance)}`;
        await connection.request(subject, payload, { timeout: TIMEOUT.administration });
      } catch (error) {
        if (!signal.aborted) options.onProblem?.(instance, `the leader was not moved: ${reasonOf(error)}`);
      }
    },
  };
};
