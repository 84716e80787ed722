import { type Claim, isSameClaim, type StreamQuestions } from "#bus/commit-lookup.ts";
import { createEntryAges, type EntryAges } from "#bus/entry-ages.ts";
import { type ClockReading, decodeEntry, encodeEntry, type StreamEntry } from "#bus/entry-message.ts";
import { subjects } from "#bus/subjects.ts";
import type { BindingLog, LogError, Ownership } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import { pause } from "#ports/pause.ts";
import { failed, ok } from "#wire/result.ts";
import { millis } from "#wire/time.ts";
import type { FakeJetStream, StoredMessage, StreamInfo, WriteAnswer } from "./fake-jetstream-contract.ts";
import { createFakeOwnership, type Outgoing } from "./fake-jetstream-ownership.ts";
import type { FakeProcess } from "./fake-process.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Namespace of the fake streams. */
export const NAMESPACE = "sim";
/** The limits of the real adapter (services/nats). */
const WRITE_TIMEOUT = millis(500);
const QUESTION_TIMEOUT = millis(400);
const FOLLOW_TIMEOUT = millis(2_000);
const FOLLOW_PAUSE = millis(100);

const unavailable = (message: string) => failed<LogError>({ code: "unavailable", message });

interface Position {
  sequence: number;
  epoch: number;
  level: boolean;
  readonly ages: EntryAges;
  /** The epoch entry that was followed last. */
  claim: (Claim & { readonly sequence: number }) | undefined;
  /** Where it stood when the leader last said that there is more. */
  stoodAt: number;
  /** The leader is being read beside the consumer. */
  isReading: boolean;
  /** Ends the stretch that is being read. */
  stretch: AbortController;
  /** Follow from the stream's start: it lacks what it had. */
  rewind(): void;
  take(message: StoredMessage): void;
}

/**
 * Port `BindingLog` of one process over the fake servers, by the steps of the real adapter: expected last sequences,
 * acknowledgements that are made good by reading the stream, following through consumers that end.
 */
export const createFakeJetStreamLog = (deps: {
  readonly servers: FakeJetStream;
  /** The server that this process connects to. */
  readonly server: string;
  readonly process: FakeProcess;
  readonly random: SeededRandom;
  /** What goes by the time of the cluster; by default the clock of the process. */
  readonly clock?: Clock;
}): BindingLog => {
  const { servers, server, process, random, clock = process.clock } = deps;
  const positions = new Map<string, Position>();
  const clocks = (): ClockReading => ({ now: clock.now(), wall: clock.wall() });
  const stream = (instance: string): string => subjects.stream(NAMESPACE, instance);

  /** One question; undefined when nobody answers in time. What arrives goes through the process. */
  const ask = <T>(
    limit: typeof WRITE_TIMEOUT,
    question: (answer: (value: T) => void) => void,
  ): Promise<T | undefined> =>
    new Promise((resolve) => {
      const timer = clock.start(limit, () => resolve(undefined));
      question((value) =>
        process.deliver(() => {
          timer.cancel();
          resolve(value);
        }),
      );
    });
  const info = (instance: string, limit = QUESTION_TIMEOUT): Promise<StreamInfo | undefined> =>
    ask(limit, (answer) => servers.info(server, stream(instance), answer));
  const read = (instance: string, query: Parameters<FakeJetStream["read"]>[2]) =>
    ask<{ readonly found: StoredMessage | undefined }>(QUESTION_TIMEOUT, (answer) =>
      servers.read(server, stream(instance), query, (found) => answer({ found })),
    );
  const write = (instance: string, messages: Outgoing, expectedLast: number): Promise<WriteAnswer | undefined> =>
    ask(WRITE_TIMEOUT, (answer) => servers.write(server, stream(instance), { messages, expectedLast }, answer));

  const entryOf = (message: StoredMessage | undefined, ages?: EntryAges): StreamEntry | undefined => {
    const read = clocks();
    const entry =
      message === undefined ? undefined : decodeEntry(message.data, read, ages?.atMost(message.sequence, read.now));
    return entry?.ok ? entry.value : undefined;
  };

  const NO_ANSWER = "the stream's leader does not answer";
  const answered = <Answer>(answer: Answer | undefined): Answer => {
    if (answer === undefined) throw new Error(NO_ANSWER);
    return answer;
  };

  const questionsTo = (instance: string): StreamQuestions => ({
    epoch: async () => {
      const entry = entryOf(answered(await read(instance, { subject: subjects.epoch(NAMESPACE, instance) })).found);
      return entry?.kind === "epoch" ? entry : undefined;
    },
    next: async (from) => {
      const { found } = answered(await read(instance, { from }));
      const entry = entryOf(found);
      return found && entry && { sequence: found.sequence, entry };
    },
    lastSequence: async () => answered(await info(instance)).lastSequence,
  });

  const ownershipOf = (instance: string, claim: Claim, claimedAt: number): Ownership =>
    createFakeOwnership(
      { namespace: NAMESPACE, instance, claim, claimedAt },
      {
        clock,
        clocks,
        write: (messages, expectedLast) => write(instance, messages, expectedLast),
        questions: questionsTo(instance),
        onLoss: () => positions.get(instance)?.rewind(),
      },
    );

  /** Whether the stream still has what was followed of it; undefined when its leader does not answer. */
  const isWhole = async (instance: string, position: Position, lastSequence: number): Promise<boolean | undefined> => {
    if (position.sequence === 0) return true;
    if (lastSequence < position.sequence) return false;
    const epoch = await read(instance, { subject: subjects.epoch(NAMESPACE, instance) });
    if (epoch === undefined) return undefined;
    const followed = position.claim;
    if (epoch.found === undefined || followed === undefined) return followed === undefined;
    return epoch.found.sequence > position.sequence || epoch.found.sequence === followed.sequence;
  };

  /** Follows through one consumer until that ends. */
  const followStretch = (
    instance: string,
    request: { readonly from: number; readonly position: Pick<Position, "take">; readonly onLevel: () => void },
    signal: AbortSignal,
  ): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        signal.removeEventListener("abort", end);
        consumer.end();
        resolve();
      };
      const consumer = servers.consume(server, stream(instance), {
        from: request.from,
        onCreated: (pending) =>
          process.deliver(() => {
            timer.cancel();
            if (pending === 0) request.onLevel();
          }),
        onMessage: (message, pending) =>
          process.deliver(() => {
            if (signal.aborted) return;
            request.position.take(message);
            if (pending === 0) request.onLevel();
          }),
        onEnd: () => process.deliver(end),
      });
      const timer = clock.start(FOLLOW_TIMEOUT, end);
      signal.addEventListener("abort", end, { once: true });
    });

  /** Reads what is stored beyond a position from the leader. @returns false when it does not answer */
  const catchUp = async (instance: string, position: Position, signal: AbortSignal): Promise<boolean> => {
    const { stretch } = position;
    while (!signal.aborted && !stretch.signal.aborted) {
      const next = await read(instance, { from: position.sequence + 1 });
      if (next === undefined) return false;
      if (next.found === undefined || stretch.signal.aborted) return true;
      position.take(next.found);
    }
    return false;
  };

  /** Reads from the leader what a consumer that stands still does not bring, as the real adapter does. */
  const readBeside = async (instance: string, lastSequence: number, signal: AbortSignal): Promise<void> => {
    const position = positions.get(instance);
    if (position === undefined) return;
    const { stretch, sequence } = position;
    const stands = position.level && lastSequence > sequence && position.stoodAt === sequence;
    position.stoodAt = lastSequence > sequence ? sequence : -1;
    if (!stands || position.isReading) return;
    position.isReading = true;
    try {
      // Of another stream, or one that has lost its tail, all is to be read again.
      if ((await isWhole(instance, position, lastSequence)) === true && position.stretch === stretch)
        await catchUp(instance, position, signal);
    } finally {
      position.isReading = false;
    }
  };

  return {
    follow: async (instance, handlers, signal) => {
      const position: Position = {
        sequence: 0,
        epoch: 0,
        level: false,
        ages: createEntryAges(),
        claim: undefined,
        stoodAt: -1,
        isReading: false,
        stretch: new AbortController(),
        rewind: () => {
          if (position.sequence > 0) handlers.lost?.();
          Object.assign(position, { sequence: 0, level: false, claim: undefined });
          position.stretch.abort();
          position.stretch = new AbortController();
        },
        take: (message) => {
          const { sequence } = message;
          if (sequence <= position.sequence) return;
          position.sequence = sequence;
          const entry = entryOf(message, position.ages);
          if (entry?.kind === "epoch") {
            const isWrittenAgain = position.claim !== undefined && isSameClaim(position.claim, entry);
            position.epoch = Math.max(position.epoch, entry.epoch);
            position.claim = { ...entry, sequence };
            if (isWrittenAgain) return position.rewind();
            handlers.entry({ kind: "epoch", sequence, epoch: entry.epoch, node: entry.node });
          } else if (entry !== undefined) handlers.entry({ kind: "record", sequence, record: entry.record });
        },
      };
      positions.set(instance, position);
      servers.ensureStream(stream(instance));
      while (!signal.aborted) {
        const askedAt = clock.now();
        const state = servers.isUp(server) ? await info(instance, FOLLOW_TIMEOUT) : undefined;
        if (signal.aborted) break;
        const whole = state === undefined ? undefined : await isWhole(instance, position, state.lastSequence);
        if (signal.aborted) break;
        if (state === undefined || whole === undefined) {
          await pause(clock, FOLLOW_PAUSE, signal);
          continue;
        }
        position.ages.ended(state.lastSequence, askedAt);
        if (!whole) position.rewind();
        if (position.sequence === 0) await handlers.beforeStart?.();
        // The replica that serves the consumer may lag: what it lacks is read from the leader before this node is level.
        const broken = new AbortController();
        const { signal: ended } = position.stretch;
        const onLevel = async (): Promise<void> => {
          if (position.sequence < state.lastSequence && !(await catchUp(instance, position, signal))) broken.abort();
          if (signal.aborted || ended.aborted || broken.signal.aborted) return;
          position.sequence = Math.max(position.sequence, state.lastSequence);
          if (position.level) return;
          position.level = true;
          handlers.caughtUp(position.sequence);
        };
        const take = (message: StoredMessage): void => {
          if (!ended.aborted) position.take(message);
        };
        await followStretch(
          instance,
          { from: position.sequence + 1, position: { take }, onLevel: () => void onLevel() },
          AbortSignal.any([signal, ended, broken.signal]),
        );
      }
      if (positions.get(instance) === position) positions.delete(instance);
    },
    claim: async (instance, node, signal) => {
      const position = positions.get(instance);
      if (!position?.level) return unavailable("this node has not followed the stream to its end");
      const claim: Claim = { node, epoch: position.epoch + 1, claim: 1 + random.below(2 ** 31) };
      const data = encodeEntry({ kind: "epoch", ...claim }, clocks());
      const subject = subjects.epoch(NAMESPACE, instance);
      const written = await write(instance, [{ subject, data }], position.sequence);
      if (written?.outcome === "stored") return ok(ownershipOf(instance, claim, written.sequence));
      const found = (await read(instance, { subject }))?.found;
      const owner = entryOf(found);
      if (found && owner?.kind === "epoch" && isSameClaim(owner, claim))
        return ok(ownershipOf(instance, claim, found.sequence));
      if (written === undefined) return unavailable("the claim was not acknowledged");
      await catchUp(instance, position, signal);
      return unavailable("the stream went on while ownership was claimed");
    },
    read: async (instance, onRecord, signal) => {
      const state = servers.isUp(server) ? await info(instance) : undefined;
      if (state === undefined) return unavailable("the stream has no leader now");
      const ended = new AbortController();
      const either = AbortSignal.any([signal, ended.signal]);
      let whole = false;
      const take = (message: StoredMessage): void => {
        const entry = entryOf(message);
        if (entry?.kind === "record") onRecord(entry.record, message.sequence);
      };
      const onLevel = (): void => {
        whole = true;
        ended.abort();
      };
      await followStretch(instance, { from: 1, position: { take }, onLevel }, either);
      return whole ? ok({ sequence: state.lastSequence }) : unavailable("the consumer ended");
    },
    moveLeader: async (instance, target) => servers.moveLeader(server, stream(instance), target),
    state: async (instance, signal) => {
      const askedAt = clock.now();
      const state = servers.isUp(server) ? await info(instance) : undefined;
      if (state === undefined) return unavailable("the stream has no leader now");
      positions.get(instance)?.ages.ended(state.lastSequence, askedAt);
      void readBeside(instance, state.lastSequence, signal);
      return ok({ sequence: state.lastSequence, leader: state.leader, replicas: state.replicas });
    },
  };
};
