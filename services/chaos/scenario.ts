import type { Stage } from "./stage.ts";

/** A limit for the worst of all injections, or for the 99th percentile where there are 100 (else the worst as well). */
export type Limit = number | { readonly p99: number };

/** What an injection may cost; durations in milliseconds. */
export interface Goal {
  /** Probes lost, in each direction. */
  readonly lost?: Limit;
  /** Probes and answers of the simulated mobile nodes' sampled tunnels lost. */
  readonly sampleLost?: Limit;
  /** From the fault to the last lost probe. */
  readonly interruption?: Limit;
  /** Longest silence. */
  readonly gap?: Limit;
  /** Probes lost after the fault ended. */
  readonly lostAfter?: Limit;
  /** From the fault until Binding Updates are answered at once again. */
  readonly answered?: Limit;
  /** From a Binding Update with a new care-of address until a probe was led there. */
  readonly inUse?: Limit;
  /** Records that the log took from a former owner after a greater epoch. */
  readonly fencedWrites?: Limit;
  /** From the return of what was gone (the end of the fault where nothing was) until all nodes are level. */
  readonly level?: Limit;
}

/** Everything that a goal can be about. */
export type Measure = keyof Goal;

/** What was done. Times are milliseconds of CLOCK_REALTIME. */
export interface Injection {
  /** When it struck. */
  readonly at: number;
  /** It takes time to strike: it was fully on at the latest then. Default: `at`. */
  readonly struck?: number;
  /** When it was over; equal to `at` for a blow. */
  readonly ended: number;
  /** When what was gone was given back: its power, its program. Default: `ended`. */
  readonly returned?: number;
  readonly targets: readonly string[];
  /** Which targets heard no other node, and when, of faults of several parts. Default: all or none of them, as the scenario says. */
  readonly isolated?: readonly Pick<Injection, "at" | "ended" | "targets">[];
  /** One sentence each. */
  readonly facts: readonly string[];
}

/** A kind of fault, or of upkeep that must not be noticed. */
export interface Scenario {
  readonly name: string;
  /** One line for `roam6 chaos list`. */
  readonly summary: string;
  readonly goal: Goal;
  /** How many injections a run has unless told; fewer for what takes long. */
  readonly runs: number;
  /** While it lasts its targets hear no other node on the home link: their edges forward by what they know (DESIGN §4). */
  readonly isolates?: boolean;
  /** For how long after its end packets may be lost by it (milliseconds), as the checker judges. */
  readonly allowance: number;
  /** Chosen so often in a random run, relative to others; 0: never. */
  readonly weight: number;
  /** Why it cannot be done on this machine; undefined where it can. */
  unavailable?(): Promise<string | undefined>;
  /** It touches more nodes than the one it is given, so that no other fault is injected meanwhile. */
  readonly exclusive?: boolean;
  /** What has to be there before it can strike; the cluster is level afterwards, and the node owns what it owned. */
  prepare?(stage: Stage, node: string): Promise<void>;
  /**
   * Strikes, waits, heals; what it stopped runs again when it resolves.
   * @param node the owner of the instance that is probed, or another one where a fault is on the owner already
   */
  inject(stage: Stage, node: string): Promise<Injection>;
}
