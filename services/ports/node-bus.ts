import type { Result } from "#wire/result.ts";
import type { Instant, Milliseconds } from "#wire/time.ts";

/** What a main process tells all others about its node, about once a second and on change (proto/node/v1). */
export interface NodeReport {
  readonly node: string;
  /** Drawn at random at each start of the main process. */
  readonly boot: number;
  /** Boot-time clock of the sender, and its wall clock (milliseconds since 1970), read at the same moment. */
  readonly now: Instant;
  readonly wall: number;
  readonly canCommit: boolean;
  /** It gives away what it holds, and takes nothing. */
  readonly drained: boolean;
  /** By its own measurement its wall clock is further off than is allowed. */
  readonly clockOff: boolean;
  /** Fingerprint of the serving orders as the sender computes them: nodes move instances only to those that agree. */
  readonly placement: string;
  readonly instances: readonly {
    readonly number: number;
    readonly eligible: boolean;
    readonly held: boolean;
    readonly term: number;
  }[];
  /** The sender has just started, and asks all others to report at once. */
  readonly asks: boolean;
  /**
   * Of each node that the sender hears: the least of its own boot-time clock at receipt minus the one in the report, in
   * milliseconds. It holds the difference of the clocks and the least delay; from both directions the delay is known.
   */
  readonly heard: readonly { readonly node: string; readonly boot: number; readonly apart: number }[];
  /**
   * What brings the sender's wall clock to the time of the cluster, and whether three clocks or more have told it; undefined
   * while it knows no clock but its own.
   */
  readonly clusterTime: { readonly correction: Milliseconds; readonly decided: boolean } | undefined;
}

/** What a node can be asked to do: `rebalance` moves what it holds and others are wanted for, now. */
export type NodeCommand = "drain" | "undrain" | "rebalance";

/** `unreachable`: no bus, or no answer; `refused`: the node's own words. */
export interface NodeRequestError {
  readonly code: "unreachable" | "refused";
  readonly message: string;
}

/** What the home agents of a cluster tell each other beside bindings and hellos. */
export interface NodeBus {
  /**
   * Delivers reports of other nodes and requests to this one, across reconnects, until `signal` aborts. Reports of this
   * node itself are not delivered. A request's answer is undefined when it was done, else why not.
   */
  serve(
    handlers: {
      readonly report: (report: NodeReport) => void;
      readonly command: (command: NodeCommand) => Promise<string | undefined>;
      /** The bus is reached (again): a report said now is heard. */
      readonly reached: () => void;
    },
    signal: AbortSignal,
  ): Promise<void>;
  /** Tells all others; nobody is told while the bus is not reached. */
  publish(report: NodeReport): void;
  /** Asks one node, and waits for its answer for about two seconds. */
  request(node: string, command: NodeCommand, signal: AbortSignal): Promise<Result<void, NodeRequestError>>;
}
