import type { BindingLog } from "#ports/binding-log.ts";
import type { Clock } from "#ports/clock.ts";
import type { ClusterEvent } from "#ports/cluster.ts";
import type { Kernel } from "#ports/kernel.ts";
import { pause } from "#ports/pause.ts";
import type { ReplicaExchange, ReplicaNews } from "#ports/replica-exchange.ts";
import { after, between, type Instant, type Milliseconds, millis, seconds } from "#wire/time.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";
import { type Alarm, createKernelAlarm, type KernelAlarm } from "./kernel-alarm.ts";

export interface AuditorOptions {
  /** Pace at which nodes tell each other their digests. */
  readonly digests?: Milliseconds;
  /** An instance is compared with its stream at least so often. */
  readonly stream?: Milliseconds;
  /** The kernel is compared with the bindings at most so often. */
  readonly kernel?: Milliseconds;
}

export interface AuditorDeps {
  readonly instances: readonly HomeAgentInstance[];
  readonly log: Pick<BindingLog, "read">;
  readonly exchange: ReplicaExchange;
  readonly kernel: Pick<Kernel, "adopt">;
  readonly clock: Clock;
  readonly alarm: Alarm;
}

/** Compares what a node knows with its peers, the streams and the kernel in the background, and repairs (DESIGN §4.5). */
export interface Auditor {
  /** Hears what the home agent hears. */
  onClusterEvent(event: ClusterEvent): void;
  /** Works until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const DIGESTS = seconds(2);
const STREAM = seconds(600);
const KERNEL = seconds(60);
/** A comparison with the stream because of something seen comes at most so often. */
const STREAM_PAUSE = seconds(10);
/** No comparison but the takeover's own comes so soon after one. */
const CALM = seconds(5);
/**
 * Nothing is read so soon after a takeover: the kernel's locks and the processor are for those whose packets wait. After
 * it kernel and stream are compared once.
 */
const TAKEOVER_CALM = seconds(1);
/** The kernel is compared for at most this part of the time. */
const KERNEL_SHARE = 100;
/** For takeovers kernel and stream are compared for at most this part of the time. */
const TAKEOVER_SHARE = 10;
/** How often the kernel's comparison is looked for. */
const KERNEL_TICK = millis(250);
/** Records in one offer. */
const OFFER_LIMIT = 500;

/** The reason that waits for nothing. */
const LOST = "entries were lost";
/** The reason that waits for little more than `TAKEOVER_CALM`. */
const TAKEOVER = "takeover";
const urgencyOf = (reason: string): number => [TAKEOVER, LOST].indexOf(reason);

interface Audited {
  readonly instance: HomeAgentInstance;
  readonly kernelAlarm: KernelAlarm;
  /** Why the stream is to be read, once that may be. */
  reason: string | undefined;
  comparedAt: Instant | undefined;
  /** How long the stream was read the last time. */
  readFor: Milliseconds;
  ownedAt: Instant;
  /** Newest digest of each peer that could not be compared or was another one. */
  readonly told: Map<string, Extract<ReplicaNews, { kind: "digest" }>>;
  /** Peers whose digest was another one the last time. */
  readonly apart: Set<string>;
}

export const createAuditor = (options: AuditorOptions, deps: AuditorDeps): Auditor => {
  const { log, exchange, kernel, clock, alarm } = deps;
  const every = {
    digests: options.digests ?? DIGESTS,
    stream: options.stream ?? STREAM,
    kernel: options.kernel ?? KERNEL,
  };
  let movedAt = clock.now();
  const audited = new Map<string, Audited>(
    deps.instances.map((instance) => [
      instance.spec.name,
      {
        instance,
        kernelAlarm: createKernelAlarm(instance.spec.name, { clock, alarm }),
        reason: undefined,
        comparedAt: undefined,
        readFor: millis(0),
        ownedAt: movedAt,
        told: new Map(),
        apart: new Set(),
      },
    ]),
  );
  /** An edge came here since the kernel was compared last. */
  let isKernelAskedFor = false;

  const request = (one: Audited, reason: string): void => {
    if (one.reason === undefined || urgencyOf(reason) > urgencyOf(one.reason)) one.reason = reason;
  };

  /** Two digests of the same sequence that differ twice in a row are no matter of timing. */
  const compareDigests = (one: Audited): void => {
    const { ledger } = one.instance.audit;
    for (const [node, { sequence, digest }] of [...one.told]) {
      const own = ledger.at(sequence);
      if (own === undefined && sequence > ledger.sequence) continue; // is still to be followed
      one.told.delete(node);
      if (own === undefined) continue;
      if (own === digest) one.apart.delete(node);
      else if (one.apart.has(node)) request(one, `the records differ from those of ${node}`);
      else one.apart.add(node);
    }
  };

  const compareStream = async (one: Audited, reason: string, signal: AbortSignal): Promise<void> => {
    const { instance } = one;
    const comparison = instance.audit.compare();
    const begun = clock.now();
    const read = await log.read(instance.spec.name, comparison.onRecord, signal);
    if (!read.ok || signal.aborted) return request(one, reason);
    one.comparedAt = clock.now();
    one.readFor = between(begun, one.comparedAt);
    one.apart.clear();
    const { recovered, suspected } = comparison.finish();
    if (recovered > 0)
      alarm.error(
        { instance: instance.spec.name, reason, records: recovered },
        "records of the stream had been missed",
      );
    if (suspected > 0)
      alarm.warn(
        { instance: instance.spec.name, reason, records: suspected },
        "records may be newer than the stream's",
      );
  };

  /** The owner commits again what the stream lacks; others offer it to the owner. */
  const repair = ({ instance }: Audited): void => {
    const records = instance.audit.newer();
    if (records.length === 0) return;
    const again = instance.audit.commitAgain(records);
    if (again > 0)
      alarm.error({ instance: instance.spec.name, records: again }, "records that JetStream lost are committed again");
    if (instance.role === "owner") return;
    for (let at = 0; at < records.length; at += OFFER_LIMIT)
      exchange.tell(instance.spec.name, { kind: "offer", records: records.slice(at, at + OFFER_LIMIT) });
  };

  const tellDigest = ({ instance }: Audited): void => {
    const { sequence, digest, bindings } = instance.audit.ledger;
    exchange.tell(instance.spec.name, { kind: "digest", sequence, digest, bindings });
  };

  /** @param since how long ago the stream was compared */
  const isStreamDue = ({ ownedAt, readFor }: Audited, reason: string, since: Milliseconds): boolean => {
    if (reason === LOST) return true;
    const calm = between(movedAt, clock.now());
    if (reason !== TAKEOVER) return since >= STREAM_PAUSE && calm >= CALM;
    return Math.min(calm, between(ownedAt, clock.now())) >= TAKEOVER_CALM && since >= readFor * TAKEOVER_SHARE;
  };

  const tick = async (one: Audited, signal: AbortSignal): Promise<void> => {
    const { instance } = one;
    if (!instance.level) return;
    tellDigest(one);
    compareDigests(one);
    repair(one);
    one.comparedAt ??= clock.now();
    const since = between(one.comparedAt, clock.now());
    if (since > every.stream) request(one, "time");
    const { reason } = one;
    if (reason === undefined || !isStreamDue(one, reason, since)) return;
    one.reason = undefined;
    await compareStream(one, reason, signal);
  };

  const checkKernel = async (): Promise<void> => {
    for (const { instance } of audited.values()) instance.audit.beginKernelCheck();
    const found = await kernel.adopt();
    if (!found.ok) return;
    for (const { instance, kernelAlarm } of audited.values()) {
      const own = found.value.find((adopted) => adopted.number === instance.spec.number);
      if (own !== undefined && instance.level) kernelAlarm.compared(await instance.audit.compareKernel(own));
    }
  };

  const watchKernel = async (signal: AbortSignal): Promise<void> => {
    let due = after(clock.now(), every.kernel);
    /** A takeover does not have it compared before. */
    let rested = clock.now();
    while (!signal.aborted) {
      await pause(clock, millis(Math.min(every.kernel, KERNEL_TICK)), signal);
      const now = clock.now();
      const calm = between(movedAt, now);
      const isDue = isKernelAskedFor
        ? now >= rested && calm >= TAKEOVER_CALM
        : now >= due && calm >= Math.min(CALM, every.kernel);
      if (signal.aborted || !isDue) continue;
      isKernelAskedFor = false;
      await checkKernel();
      const took = between(now, clock.now());
      rested = after(clock.now(), millis(took * TAKEOVER_SHARE));
      due = after(clock.now(), millis(Math.max(every.kernel, took * KERNEL_SHARE)));
    }
  };

  return {
    onClusterEvent: (event) => {
      if (event.type === "edge.taken" || event.type === "edge.withdrawn") movedAt = clock.now();
      if (event.type === "edge.taken") isKernelAskedFor = true;
      if (event.type !== "stream.lost" && event.type !== "ownership.gained") return;
      const one = audited.get(event.instance);
      if (one === undefined) return;
      if (event.type === "stream.lost") {
        request(one, LOST);
        alarm.error({ instance: event.instance }, "the stream lacks what it had acknowledged");
      } else {
        one.ownedAt = clock.now();
        tellDigest(one);
        request(one, TAKEOVER);
      }
    },
    run: async (signal) => {
      const listening = exchange.listen((node, instance, news) => {
        const one = audited.get(instance);
        if (one === undefined || !one.instance.level) return;
        if (news.kind === "digest") one.told.set(node, news);
        else {
          const again = one.instance.audit.commitAgain(news.records);
          if (again > 0)
            alarm.error({ instance, node, records: again }, "records that a peer knew to be newer are committed again");
        }
      }, signal);
      const kernelWatch = watchKernel(signal);
      while (!signal.aborted) {
        for (const one of audited.values()) await tick(one, signal);
        await pause(clock, every.digests, signal);
      }
      await Promise.all([listening, kernelWatch]);
    },
  };
};
