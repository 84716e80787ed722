import type { Milliseconds } from "#wire/time.ts";

/** What every event of a history has: when, in milliseconds on the one clock of the history (lab: CLOCK_REALTIME; simulator: virtual). */
interface Fact {
  readonly at: Milliseconds;
}

/** A mobile node sent a Binding Update; each retransmission is an event of its own. */
export interface UpdateSent extends Fact {
  readonly type: "update.sent";
  readonly homeAddress: string;
  readonly instance: string;
  readonly sequence: number;
  /** Where packets are to go; absent in a de-registration from the home link. */
  readonly careOfAddress?: string;
  /** Asked for; 0 asks for de-registration. */
  readonly lifetime: Milliseconds;
}

/** A mobile node received a Binding Acknowledgement that it accepts as the answer to its Binding Update of that sequence number. */
export interface AcknowledgementReceived extends Fact {
  readonly type: "acknowledgement.received";
  readonly homeAddress: string;
  readonly instance: string;
  readonly sequence: number;
  readonly status: number;
  /** Granted; counts from now at the latest. */
  readonly lifetime: Milliseconds;
}

/** A node wrote an epoch entry that the log took: it owns the instance from this revision on. */
export interface OwnershipTaken extends Fact {
  readonly type: "ownership.taken";
  readonly node: string;
  readonly instance: string;
  readonly epoch: number;
  /** Place in the instance's log, if known. */
  readonly revision?: number;
}

/** A node ended its ownership, or learned that it has ended. */
export interface OwnershipEnded extends Fact {
  readonly type: "ownership.ended";
  readonly node: string;
  readonly instance: string;
  readonly epoch: number;
}

/** The log took a record (the PubAck). */
export interface RecordCommitted extends Fact {
  readonly type: "record.committed";
  /** Its writer; empty when that is not known. */
  readonly node: string;
  readonly instance: string;
  readonly epoch: number;
  /** Place in the instance's log. */
  readonly revision: number;
  readonly homeAddress: string;
  readonly sequence: number;
  /** Absent: the binding was removed. */
  readonly careOfAddress?: string;
}

/** The log took so many records between `at` and `until` that nobody read: they were replaced before. */
export interface CommitsHidden extends Fact {
  readonly type: "commits.hidden";
  readonly until: Milliseconds;
  readonly instance: string;
  readonly count: number;
}

/** An edge programmed (or removed) a binding's forwarding by a command of this epoch. */
export interface ForwardingProgrammed extends Fact {
  readonly type: "forwarding.programmed";
  readonly edge: string;
  readonly instance: string;
  readonly epoch: number;
  readonly homeAddress: string;
  readonly careOfAddress?: string;
}

/** A node took or withdrew from the edge of an instance: its address and virtual MAC on the home link. */
export interface EdgeChanged extends Fact {
  readonly type: "edge.taken" | "edge.withdrawn";
  readonly node: string;
  readonly instance: string;
  readonly term: number;
}

/**
 * Consecutive packets of one flow with the same fate: the first was sent at `at`, the last at `until`.
 * A single packet has `until` equal to `at`.
 */
export interface ProbesObserved extends Fact {
  readonly type: "probes.arrived" | "probes.lost";
  readonly until: Milliseconds;
  readonly count: number;
  readonly homeAddress: string;
  readonly instance: string;
  /** As the mobile node sees it: `in` from a correspondent, `out` to one. */
  readonly direction: "in" | "out";
  /** Tells flows of one mobile node and direction apart; default: all are one. */
  readonly flow?: string;
  /** Where the tunnel led to; absent if unknown or not tunnelled. */
  readonly careOfAddress?: string;
  /** The node that forwarded them, if known. */
  readonly edge?: string;
}

/** A node's lifetime of a binding ended. */
export interface BindingExpired extends Fact {
  readonly type: "binding.expired";
  readonly node: string;
  readonly instance: string;
  readonly homeAddress: string;
}

/** One binding as somebody has it. */
export interface ObservedBinding {
  readonly homeAddress: string;
  readonly sequence: number;
  readonly careOfAddress: string;
}

/** All bindings of an instance that a node's cache, a node's kernel or the log had, at a time when the cluster was level. */
export interface BindingsObserved extends Fact {
  readonly type: "bindings.observed";
  /** When the last of them was read, where reading took its time; each may be as it was at any moment since `at`. */
  readonly until?: Milliseconds;
  /** A node's name, or `log`. */
  readonly holder: string;
  readonly instance: string;
  readonly bindings: readonly ObservedBinding[];
}

/** A fault was injected into these targets (nodes, links, `all`). */
export interface FaultBegun extends Fact {
  readonly type: "fault.begun";
  readonly fault: string;
  readonly kind: string;
  readonly targets: readonly string[];
  /** For how long after its end (or beginning, if it is a blow like a kill) lost packets may be its doing. */
  readonly allowance: Milliseconds;
  /** The longest time without packets that it explains, however long it lasts; 0: it explains none. Left out: any. */
  readonly longestGap?: Milliseconds;
}

/** The fault is over; a fault without this event is a blow that ended as it began. */
export interface FaultEnded extends Fact {
  readonly type: "fault.ended";
  readonly fault: string;
}

/** What a node is: `down` has no power, `joining` reads snapshots, `level` can take over. */
export interface NodeChanged extends Fact {
  readonly type: "node.changed";
  readonly node: string;
  readonly state: "down" | "joining" | "level" | "paused";
}

/** From now on the node can hear the hellos of exactly these nodes; none at all means it is isolated. */
export interface HearingChanged extends Fact {
  readonly type: "hearing.changed";
  readonly node: string;
  readonly hears: readonly string[];
}

/** One event of a history. As JSON: one object a line, these very fields. */
export type HistoryEvent =
  | UpdateSent
  | AcknowledgementReceived
  | OwnershipTaken
  | OwnershipEnded
  | RecordCommitted
  | CommitsHidden
  | ForwardingProgrammed
  | EdgeChanged
  | ProbesObserved
  | BindingExpired
  | BindingsObserved
  | FaultBegun
  | FaultEnded
  | NodeChanged
  | HearingChanged;

/** A history in the order of time; events of the same instant in the order in which they happened. */
export type History = readonly HistoryEvent[];
