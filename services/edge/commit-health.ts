import type { BindingLog, Ownership, StreamState } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import { pause } from "#ports/pause.ts";
import { after, between, type Instant, instantOf, type Milliseconds, millis } from "#wire/time.ts";

/** Pace at which each stream is asked for its state; an answer is not waited for before the next question. */
const PROBE_INTERVAL = millis(100);
const PROBES_UNDER_WAY = 5;
/** Hosts whose hellos may be missed for no longer keep this pace. */
const USUAL_DETECTION = 300;
/** A stream that has answered no question for so long takes no writes of this node. */
const SILENCE_LIMIT = millis(300);
/**
 * After an election a node that does not hold an instance says so much later than the holder that it could commit: the
 * leader's own node has answers some 100 ms before others, and would take what the holder can serve in a moment.
 */
const SETTLING = millis(700);
/** To be late by this part of the pace is nothing. */
const NOTABLE = 0.25;
/** A leader that has lost its majority answers questions for 10 s more before it steps down. */
const LOST_QUORUM = millis(12_000);

/**
 * A node whose own server leads may be cut off with it: it takes nothing unless another server answers for another stream, or
 * its own heard of a majority so recently. Less than the silence limit and the peers' patience together, so that a leader
 * without a majority never relieves a holder.
 */
const CONTACT_TO_TAKE = millis(450);
/** A holder whose own server leads: two heartbeats of an idle stream and a half. */
const CONTACT_TO_KEEP = millis(2_500);

/** Whether JetStream would acknowledge this node's writes now (DESIGN §4.5). */
export interface CommitHealth {
  /** Writes of all instances. */
  readonly able: boolean;
  /** Writes of at least one instance, as peers are told. */
  readonly ableForSome: boolean;
  /** Writes of this instance, as peers are told. */
  ableFor(instance: string): boolean;
  /** The same ownership; how long its writes take is looked at. */
  watched(instance: string, ownership: Ownership): Ownership;
  /** Asks until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Health {
  /** When the newest question that was answered had been asked, in time awake. */
  answeredAt: Instant | undefined;
  underWay: number;
  /** This node's own server leads the stream: its answers do not show that it reaches others. */
  ledHere: boolean;
  /** When that server last heard of a majority, in time awake; undefined when it does not say or another one leads. */
  contactAt: Instant | undefined;
  /** In time awake. */
  writingSince: Instant | undefined;
  /** Since when it answers; and whether it ever had and then had not. */
  wellSince: Instant | undefined;
  wasInterrupted: boolean;
  /** What peers are told. */
  told: boolean;
  /** A write was not acknowledged while the own server led: its answers count for nothing until then. */
  distrustedUntil: Instant | undefined;
}

/**
 * Asks the leader of each stream for its state, so that a node which NATS is cut off from says so within 400 ms in which it is awake, instance by
 * instance: the death of one server leaves some streams without a leader and others well. A holder for which an election is
 * over says so within 100 ms, other nodes later, or each election would move edges.
 */
export const createCommitHealth = (options: {
  readonly log: BindingLog;
  readonly clock: Clock;
  /** Name of this node and of its nats-server. */
  readonly node: string;
  readonly instances: readonly string[];
  /** How long hellos may be missed; where that is long, hosts are slow and more time is given. */
  readonly detection?: Milliseconds;
  readonly onState: (instance: string, state: StreamState) => void;
  /** Whether the edge of an instance is on this node. */
  readonly isHeld: (instance: string) => boolean;
  /** Something of what is asked here has changed. */
  readonly onChange: () => void;
}): CommitHealth => {
  const { log, clock, node } = options;
  const slowness = Math.max(1, (options.detection ?? 0) / USUAL_DETECTION);
  const probeInterval = millis(PROBE_INTERVAL * slowness);
  const silenceLimit = millis(SILENCE_LIMIT * slowness);
  const streams = new Map<string, Health>();
  for (const instance of options.instances)
    streams.set(instance, {
      answeredAt: undefined,
      underWay: 0,
      ledHere: false,
      contactAt: undefined,
      writingSince: undefined,
      wellSince: undefined,
      wasInterrupted: false,
      told: false,
      distrustedUntil: undefined,
    });
  let able = false;
  /** How late the questions were so far, and when the next are due. */
  let lateness = 0;
  let due = clock.now();

  const overdue = (): number => {
    const late = between(due, clock.now());
    return late > probeInterval * NOTABLE ? late : 0;
  };
  /** Time in which answers could be read: those that wait while this process is busy are no silence of JetStream. */
  const awake = (): Instant => instantOf(clock.now() - lateness - overdue());
  const isSilentFor = (since: Instant | undefined, limit: Milliseconds): boolean =>
    since !== undefined && between(since, awake()) > limit;
  const isLongerThan = (since: Instant | undefined, limit: Milliseconds): boolean =>
    since !== undefined && between(since, clock.now()) > limit;

  const isWell = (health: Health): boolean => {
    const now = clock.now();
    if (health.ledHere && isSilentFor(health.writingSince, silenceLimit))
      health.distrustedUntil = after(now, LOST_QUORUM);
    if (health.distrustedUntil !== undefined && health.distrustedUntil > now) return false;
    if (isSilentFor(health.contactAt, CONTACT_TO_KEEP)) return false;
    return health.answeredAt !== undefined && !isSilentFor(health.answeredAt, silenceLimit);
  };

  /** When the leader, this node's server, last heard of as many replicas as make a majority with it. */
  const contactOf = ({ replicas }: StreamState, askedAt: Instant): Instant | undefined => {
    const seen = replicas
      .flatMap((replica) => (replica.seen === undefined ? [] : [replica.seen]))
      .sort((a, b) => a - b);
    const last = seen[Math.floor((replicas.length + 1) / 2) - 1];
    return last === undefined ? undefined : after(askedAt, millis(-last));
  };

  /** Whether another server than the own one answers for some stream. */
  const isAnswered = (): boolean => [...streams.values()].some((health) => !health.ledHere && isWell(health));

  /** @returns whether what peers are told has changed */
  const judgeStream = (instance: string, health: Health): boolean => {
    const well = isWell(health);
    if (!well && health.wellSince !== undefined) health.wasInterrupted = true;
    health.wellSince = well ? (health.wellSince ?? clock.now()) : undefined;
    const isSettled = !health.wasInterrupted || isLongerThan(health.wellSince, SETTLING);
    const before = health.told;
    const mayTake = () => isAnswered() || !isSilentFor(health.contactAt, CONTACT_TO_TAKE);
    health.told = well && (options.isHeld(instance) || (isSettled && mayTake()));
    return health.told !== before;
  };

  const judge = (): void => {
    let changed = false;
    for (const [instance, health] of streams) if (judgeStream(instance, health)) changed = true;
    const now = [...streams.values()].every(({ wellSince }) => wellSince !== undefined);
    if (now === able && !changed) return;
    able = now;
    options.onChange();
  };

  const ask = async (instance: string, health: Health, signal: AbortSignal): Promise<void> => {
    if (health.underWay >= PROBES_UNDER_WAY) return;
    const asked = awake();
    health.underWay++;
    const answer = await log.state(instance, signal);
    health.underWay--;
    if (signal.aborted || !answer.ok) return;
    if (health.answeredAt === undefined || asked > health.answeredAt) health.answeredAt = asked;
    health.ledHere = answer.value.replicas.length > 0 && answer.value.leader === node;
    health.contactAt = health.ledHere ? contactOf(answer.value, asked) : undefined;
    if (!health.ledHere) health.distrustedUntil = undefined;
    options.onState(instance, answer.value);
    judge();
  };

  return {
    get able() {
      return able;
    },
    get ableForSome() {
      return [...streams.values()].some(({ told }) => told);
    },
    ableFor: (instance) => streams.get(instance)?.told ?? false,
    watched: (instance, ownership) => {
      const health = streams.get(instance);
      if (health === undefined) return ownership;
      return {
        epoch: ownership.epoch,
        append: async (records, signal) => {
          const since = awake();
          health.writingSince = since;
          const result = await ownership.append(records, signal);
          if (health.writingSince === since) health.writingSince = undefined;
          if (result.ok) health.distrustedUntil = undefined;
          return result;
        },
      };
    },
    run: async (signal) => {
      due = clock.now();
      while (!signal.aborted) {
        lateness += overdue();
        due = after(clock.now(), probeInterval);
        judge();
        for (const [instance, health] of streams) void ask(instance, health, signal);
        await pause(clock, probeInterval, signal);
      }
    },
  };
};
