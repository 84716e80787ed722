import type { BindingCache } from "#binding/binding-cache.ts";
import type { StepHomeRegistration } from "#binding/home-registrations.ts";
import type { BindingRecord, RecordVersion } from "#binding/record.ts";
import type { BindingRequest, HomeRegistrationPolicy } from "#binding/rules.ts";
import type { Address } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { ClusterEvent, InstanceRole } from "#ports/cluster.ts";
import type { ForwardingEntry, InstanceSpec, Kernel } from "#ports/kernel.ts";
import type { Instant } from "#wire/time.ts";
import type { Acknowledgement, Envelope } from "./acknowledgement.ts";
import type { Counters } from "./counters.ts";
import type { InstanceAudit } from "./instance-audit.ts";
import type { ResidentActors } from "./resident-actors.ts";

/** How much one instance may hold. */
export interface InstanceLimits {
  readonly bindings: number;
  /** Bindings that wait for duplicate detection, the log or the kernel; a Binding Update beyond is dropped. */
  readonly inMotion: number;
  /** Ended bindings that are remembered; the oldest go first. */
  readonly tombstones: number;
}

export interface InstanceOptions {
  readonly policy: Omit<HomeRegistrationPolicy, "hasRoom">;
  readonly limits: InstanceLimits;
  /** 32 random bits. */
  readonly seed: number;
  /** False where there is no home agent beside the edge. */
  readonly claims?: boolean;
}

/** A Binding Update with the H bit, authenticated. */
export interface ReceivedUpdate {
  readonly envelope: Envelope;
  readonly request: BindingRequest;
  /** Whether its replay timestamp may follow the last accepted one (0n: none yet). */
  readonly isTimely: (last: bigint) => boolean;
  /** Answers an update whose timestamp may not. */
  readonly refuseReplay: () => void;
}

export interface InstanceDependencies {
  readonly clock: Clock;
  readonly kernel: Kernel;
  readonly counters: Counters;
  readonly step: StepHomeRegistration;
  readonly residents: ResidentActors;
  /** `record` is what an acknowledgement of a status below 128 promises; it is committed. */
  readonly acknowledge: (
    envelope: Envelope,
    acknowledgement: Acknowledgement,
    spec: InstanceSpec,
    record?: BindingRecord,
  ) => void;
  /** The edge of another node has to forward to this care-of address, committed or not. */
  readonly forward: (spec: InstanceSpec, record: BindingRecord) => void;
  /** The log is silent: standbys are told where these mobile nodes have moved to, since no record tells them. */
  readonly tellStandbys: (spec: InstanceSpec, moved: readonly Envelope[]) => void;
  /** Neighbor Advertisements for a mobile node (RFC 6275 §10.4.1). */
  readonly advertise: (homeAddress: Address, flags: number, spec: InstanceSpec) => void;
  readonly log: InstanceLog;
}

/** What an instance tells people. */
export interface InstanceLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** One home agent instance on one node: its Binding Cache and what is under way in it. */
export interface HomeAgentInstance {
  readonly spec: InstanceSpec;
  readonly cache: BindingCache;
  readonly role: InstanceRole;
  readonly level: boolean;
  /** Bindings, tombstones not counted. */
  readonly bindings: number;
  readonly inMotion: number;
  /** Takes what the kernel already forwards, before the stream is level; what is not whole is put in again then. */
  adopt(entries: readonly ForwardingEntry[], isWhole: boolean): void;
  receive(update: ReceivedUpdate): void;
  /** Of the updates that have no answer yet. */
  unanswered(): readonly Envelope[];
  /**
   * More comes in than is committed and forwarded, and this home address has no binding and none under way: its update is
   * dropped before any work is spent on it, and comes again. Who is registered is always served.
   */
  postpones(homeAddress: Address): boolean;
  /** Its own epoch as owner, else the greatest that was heard of. */
  readonly epoch: number;
  /** An owner of this epoch speaks. @returns false when a greater one is known: it is refused (DESIGN §4.4) */
  hearEpoch(epoch: number): boolean;
  /** The owner, another node, tells a new care-of address before its commit: a known binding is forwarded there at once. */
  forwardAhead(told: { readonly homeAddress: Address; readonly careOfAddress: Address } & RecordVersion): void;
  /**
   * The owner, another node, could not yet commit this update of a registered mobile node: where it is granted and newer than what
   * is known here, packets are forwarded to its care-of address if this node takes the edge.
   */
  hearUpdate(update: ReceivedUpdate): void;
  /**
   * The owner, another node, tells a committed record, perhaps before the stream does. `done` is called once the kernel
   * has it, with false where it refuses or nothing is known here yet.
   */
  adoptRecord(record: BindingRecord, done: (forwarded: boolean) => void): void;
  /**
   * For `stream.level` the answer comes when the kernel has what the stream says: from then on the node may take over. For `record.followed`
   * it comes when the kernel has answered what the record asks of it; none when it asks nothing.
   */
  onClusterEvent(event: ClusterEvent): void | Promise<void>;
  /** What it knows, compared with the stream, its peers and its kernel. */
  readonly audit: InstanceAudit;
  /** Whether a slot is shown to people: bindings, and ended ones for as long as they are marked invalid. */
  shows(slot: number): boolean;
  /** Ends lifetimes that are over. */
  advance(now: Instant): void;
  /** Whether the home agent takes packets for this home address off the home link now; with `flag`, only if its Binding Update had that bit. */
  intercepts(homeAddress: Address, flag?: number): boolean;
  /** Care-of address that the kernel tunnels packets for this home address to. */
  forwardsTo(homeAddress: Address): Address | undefined;
  stop(): void;
}
