import type { InstanceRole } from "#ports/cluster.ts";
import type { Plane } from "#ports/kernel.ts";

/** Answer of a running program to `status`. Addresses are text; durations bear their unit in the name. */
export interface StatusReport {
  readonly node: string;
  readonly role: "home-agent" | "edge" | "mobile-node" | "correspondent-node";
  readonly plane: Plane | "none";
  readonly processId: number;
  readonly uptimeSeconds: number;
  /** It serves: everything it needs at start was there. */
  readonly ready: boolean;
  /** The bus, on a home agent. `available`: commits are possible now. */
  readonly nats?: {
    readonly available: boolean;
    readonly servers: readonly string[];
    /** Why NATS cannot be reached or used now, for people. */
    readonly problem?: string;
  };
  /** The other home agents of the cluster. */
  readonly peers?: readonly PeerReport[];
  /** Where a mobile node is. */
  readonly mobility?: MobilityReport;
  /** On a home agent: it gives away what it holds and takes nothing. */
  readonly drained?: boolean;
  /** All home agents of the cluster, this one first. */
  readonly clusterNodes?: readonly ClusterNodeReport[];
  /** Every instance, as this node knows it. */
  readonly clusterInstances?: readonly ClusterInstanceReport[];
  /** Counters by name, such as `bindingUpdatesReceived`. */
  readonly counters?: Readonly<Record<string, number>>;
}

export interface PeerReport {
  readonly node: string;
  readonly alive: boolean;
  readonly mainAlive: boolean;
  readonly canCommit: boolean;
  /** Per mille of its capacity in use. */
  readonly load?: number;
  /** -1: never. */
  readonly lastHeardMilliseconds: number;
}

/** One home agent of the cluster, by what it reported last. */
export interface ClusterNodeReport {
  readonly node: string;
  /** It has reported within the last seconds. */
  readonly heard: boolean;
  readonly canCommit: boolean;
  readonly drained: boolean;
  /** Its wall clock is off by more than cluster.clockBound: it takes no instance. */
  readonly clockOff: boolean;
  /** Its wall clock minus that of the node that was asked. */
  readonly clockOffsetMilliseconds?: number;
  /** Its config places instances as that of the node that was asked. */
  readonly placementAgrees: boolean;
  readonly holds: readonly string[];
}

/** One instance in the cluster. */
export interface ClusterInstanceReport {
  readonly name: string;
  /** Node that may write its stream. */
  readonly owner?: string;
  readonly epoch: number;
  readonly term: number;
  /** Node with its address and virtual MAC. */
  readonly edge?: string;
  /** Node that is to hold it by placement, of those that could now. */
  readonly wanted?: string;
  /** Server that leads its stream; absent without replicas, and while none answers. */
  readonly streamLeader?: string;
  /** Copies of the stream beside the leader's; `lag` counts operations. */
  readonly replicas: readonly { readonly server: string; readonly current: boolean; readonly lag: number }[];
  /** Nodes that could hold it now. */
  readonly eligible: readonly string[];
  /** How many nodes may be lost at once without loss of an acknowledged binding or of the ability to commit. */
  readonly survives: { readonly nodesLost: number; readonly text: string };
}

/** Answer to `placement` and, after it was obeyed, to `rebalance`, `drain` and `undrain`. */
export interface PlacementReport {
  readonly node: string;
  readonly nodes: readonly ClusterNodeReport[];
  readonly placement: readonly {
    readonly instance: string;
    readonly holder?: string;
    readonly wanted?: string;
    /** All nodes, in the order in which they are to serve it. */
    readonly order: readonly string[];
  }[];
  /** What would be moved, or is being moved. */
  readonly moves: readonly { readonly instance: string; readonly from: string; readonly to: string }[];
}

export interface MobilityReport {
  readonly homeAddress: string;
  readonly homeAgent: string;
  /** Undefined while it has no address to use. */
  readonly careOfAddress?: string;
  readonly atHome: boolean;
  readonly device?: string;
  /** The home agent has acknowledged the present care-of address. */
  readonly registered: boolean;
}

/** One entry of a Binding Cache, or on a mobile node of the Binding Update List. */
export interface BindingReport {
  readonly homeAddress: string;
  readonly careOfAddress: string;
  /** Home agent instance of a home registration. */
  readonly instance?: string;
  /** On a mobile node: whom the Binding Update went to. */
  readonly peer?: string;
  /** State of its machine. */
  readonly state: string;
  readonly sequence: number;
  readonly lifetimeSeconds: number;
  readonly remainingSeconds: number;
}

/**
 * Answer to `bindings` with `{ after?, limit? }`: a page, in no order; `next` is there when more follow it. One that is there
 * while all pages are asked for is in one of them.
 */
export interface BindingsReport {
  readonly bindings: readonly BindingReport[];
  /** To be given as `after` in the next request. */
  readonly next?: string;
}

/** Home agent instance as one node sees it. */
export interface InstanceReport {
  readonly name: string;
  readonly number: number;
  readonly homeAgentAddress: string;
  readonly role: InstanceRole;
  readonly term: number;
  readonly epoch: number;
  readonly owner?: string;
  readonly followedSequence: number;
  readonly level: boolean;
  readonly bindings: number;
}

/** Answer to `instances`. */
export interface InstancesReport {
  readonly instances: readonly InstanceReport[];
}
