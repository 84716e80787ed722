import type { BindingRecord } from "#binding/record.ts";
import type { Balance } from "./balance.ts";
import type { Ownership, StreamState } from "./binding-log.ts";
import type { InstanceSpec } from "./kernel.ts";

/** What a node is for an instance at this moment. */
export type InstanceRole =
  /** Another node's, or nobody's: state follows the stream. */
  | "standby"
  /** The edge (address, virtual MAC) is here; the epoch entry is not yet written. Known bindings are served, commits wait. */
  | "claiming"
  /** The edge is here, the stream another node's: packets are forwarded here, Binding Updates are passed to the owner. */
  | "edge"
  /** Edge and stream are here. */
  | "owner";

/** What the cluster tells the home agent of one node. Delivered in order. */
export type ClusterEvent =
  | {
      readonly type: "edge.taken";
      readonly instance: string;
      readonly term: number;
    }
  | {
      readonly type: "edge.withdrawn";
      readonly instance: string;
      readonly term: number;
    }
  | {
      readonly type: "ownership.gained";
      readonly instance: string;
      readonly ownership: Ownership;
    }
  | {
      readonly type: "ownership.lost";
      readonly instance: string;
      readonly epoch: number;
    }
  /** A record of the stream, in order; also of this node's own writes. */
  | {
      readonly type: "record.followed";
      readonly instance: string;
      readonly record: BindingRecord;
      readonly sequence: number;
    }
  /** An epoch entry of the stream: `node` is the owner; `own` when that is this node. */
  | {
      readonly type: "epoch.followed";
      readonly instance: string;
      readonly epoch: number;
      readonly node: string;
      readonly own: boolean;
    }
  /** The stream's present state is known; from now on this node may take the instance. */
  | {
      readonly type: "stream.level";
      readonly instance: string;
      readonly sequence: number;
    }
  /** The stream lacks what it had acknowledged: what this node knows has to be compared with it (DESIGN §4.5). */
  | { readonly type: "stream.lost"; readonly instance: string }
  /** The log answers, or does not: a node that cannot commit says so. */
  | { readonly type: "log.available"; readonly available: boolean };

export interface InstanceView {
  readonly instance: InstanceSpec;
  readonly role: InstanceRole;
  readonly term: number;
  readonly epoch: number;
  /** Node that owns it as far as known. */
  readonly owner: string | undefined;
  readonly followedSequence: number;
  readonly level: boolean;
  /** How its stream stands; undefined while no leader answers. */
  readonly stream?: StreamState | undefined;
}

export interface PeerView {
  readonly node: string;
  readonly alive: boolean;
  /** Its main process says it is well. */
  readonly mainAlive: boolean;
  readonly canCommit: boolean;
  /** Per mille of its capacity in use; 0 when it says nothing. */
  readonly load: number;
  /** -1: never. */
  readonly lastHeardMilliseconds: number;
}

/** Membership, edge takeover and ownership of one node (DESIGN §4). */
export interface Cluster extends AsyncDisposable {
  /**
   * @param onEvent the home agent; for `stream.level` and `record.followed` its answer comes when the kernel forwards accordingly: peers are
   * told no sooner that this node is so far
   */
  start(onEvent: (event: ClusterEvent) => void | Promise<void>): Promise<void>;
  instances(): readonly InstanceView[];
  peers(): readonly PeerView[];
  readonly logAvailable: boolean;
  /** Undefined where nodes cannot tell each other how they are. */
  readonly balance?: Balance | undefined;
}
