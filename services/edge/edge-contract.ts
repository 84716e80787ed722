import type { PeerView } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { Milliseconds } from "#wire/time.ts";
import type { PeerSpec } from "./peers.ts";

export interface EdgeOptions {
  readonly node: string;
  readonly instances: readonly {
    readonly spec: InstanceSpec;
    readonly prefer: readonly string[];
    /** Term of the last hold that this node knows of; 0 when it knows none. */
    readonly term: number;
    /** The kernel already has it up. */
    readonly held: boolean;
    /** How far the kernel was, as the guard before this one was told; 0 when nobody knows. */
    readonly epoch?: number;
    readonly lastSequence?: number;
  }[];
  readonly peers: readonly PeerSpec[];
  readonly hello: { readonly interval: Milliseconds; readonly missed: number };
  /** Wait for each node before this one in `prefer`, for an instance that nobody ever held. */
  readonly startupPatience: Milliseconds;
  readonly commitPatience: Milliseconds;
}

/** What the main process says of this node. */
export interface NodeFacts {
  readonly canCommit: boolean;
  /** Per mille of its capacity in use, 0 to 1000; peers see it in `PeerView.load`. */
  readonly load?: number;
  readonly instances: readonly {
    readonly number: number;
    readonly eligible: boolean;
    /**
     * How far the kernel is; epoch 0 while the main process has still to read the stream: a kernel that has it up is then as far as was
     * told last.
     */
    readonly epoch: number;
    readonly lastSequence: number;
    /**
     * A planned move: the node that shall take the instance while it is held here, or `*` for whoever is next in line.
     * The holder forwards on until it hears the greater term. Without effect when that node is not living and eligible.
     */
    readonly yieldTo?: string;
    /** JetStream acknowledges no writes of this instance, though perhaps of others (`canCommit`). */
    readonly cannotCommit?: boolean;
  }[];
}

export type EdgeEvent =
  | { readonly type: "edge.taken"; readonly instance: number; readonly term: number }
  | { readonly type: "edge.withdrawn"; readonly instance: number; readonly term: number }
  | { readonly type: "edge.refused"; readonly instance: number; readonly message: string }
  | { readonly type: "peer.changed"; readonly node: string; readonly alive: boolean };

/** The edges of one node: hellos, takeover and withdrawal of addresses and virtual MACs. */
export interface Edge extends AsyncDisposable {
  tell(facts: NodeFacts): void;
  setMainAlive(alive: boolean): void;
  /**
   * Peers take what is held here; what nobody takes within `limit` is withdrawn all the same, and at once where no other main process
   * lives. Who is not eligible yet may be in a moment: it has only just started, or its kernel is slow.
   */
  handOver(limit: Milliseconds): Promise<void>;
  held(): readonly { readonly instance: number; readonly held: boolean; readonly term: number }[];
  peers(): readonly PeerView[];
  /** Whether the kernel has any edge up, or is just changing one. */
  isEngaged(): boolean;
  /** Hellos that were authentic and not taken: replays, unknown nodes, unreadable. */
  readonly ignored: number;
}
