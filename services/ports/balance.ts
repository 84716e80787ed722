import type { Result } from "#wire/result.ts";
import type { Milliseconds } from "#wire/time.ts";
import type { NodeCommand, NodeRequestError } from "./node-bus.ts";

/** One node of the cluster as this node knows it. */
export interface NodeView {
  readonly node: string;
  /** This node itself, or one that has reported within the last seconds. */
  readonly heard: boolean;
  readonly canCommit: boolean;
  /** It gives away what it holds, and takes nothing. */
  readonly drained: boolean;
  /** Its wall clock is further off than is allowed: it is not eligible. */
  readonly clockOff: boolean;
  /** Its wall clock minus this node's; 0 for this node itself, undefined while unknown. */
  readonly clockOffset: Milliseconds | undefined;
  /** It computes the same serving orders; nodes of which this is false move nothing to each other by themselves. */
  readonly agrees: boolean;
  /** Instances whose edge it holds. */
  readonly holds: readonly string[];
}

/** Where one instance is and where it is to be. */
export interface PlacementView {
  readonly instance: string;
  /** Node with its edge, as far as known. */
  readonly holder: string | undefined;
  /** Term of its hold; 0 while no holder is known. */
  readonly term: number;
  /** The first of its order that may hold it now; undefined when none may. */
  readonly wanted: string | undefined;
  readonly order: readonly string[];
  /** Nodes that could take it now, the holder among them when it may keep it. */
  readonly eligible: readonly string[];
}

/** Load sharing as one node sees and steers it. */
export interface Balance {
  /** All nodes of the cluster, this one first. */
  nodes(): readonly NodeView[];
  placement(): readonly PlacementView[];
  /** What brings this node's wall clock to the time that the nodes of the cluster go by for ends of lifetimes. */
  readonly clockCorrection: Milliseconds;
  /** Asks a node of the cluster, or this one. */
  command(node: string, command: NodeCommand, signal: AbortSignal): Promise<Result<void, NodeRequestError>>;
}
