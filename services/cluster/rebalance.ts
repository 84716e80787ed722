import { between, type Instant, type Milliseconds, millis } from "#wire/time.ts";

/** What is fixed about planned moves of one node. */
export interface RebalancePolicy {
  readonly self: string;
  /** Without it only what is asked for moves: drain, `roam6 rebalance`, a stop. */
  readonly enabled: boolean;
  /** How long another node must be wanted without a break. */
  readonly settle: Milliseconds;
  /** Between the end of one move and the beginning of the next. */
  readonly pause: Milliseconds;
}

/** One instance as the mover sees it. */
export interface MovableInstance {
  readonly name: string;
  /** It is here, and may be moved away. */
  readonly held: boolean;
  /** All nodes in the order in which they are to serve it. */
  readonly order: readonly string[];
  /** Nodes that may take it now: alive, level, able to commit, not drained, not leaving, of the same opinion about placement. */
  readonly candidates: ReadonlySet<string>;
}

/**
 * Why this node moves instances: `balance` what others are wanted for, `now` the same without settling (asked for by
 * an operator), `leave` everything (drained, stopping, its clock is off).
 */
export type MoveReason = "balance" | "now" | "leave";

interface Wish {
  readonly target: string;
  readonly since: Instant;
}

/** A move under way: the guard has been told. */
export interface Move {
  readonly instance: string;
  readonly target: string;
  readonly since: Instant;
}

/** What a mover remembers from one look to the next. */
export interface RebalanceMemory {
  readonly wishes: ReadonlyMap<string, Wish>;
  readonly current: Move | undefined;
  /** When the last move ended, well or not. */
  readonly endedAt: Instant;
  /** Moves begun of each instance within `FORGET`: one that comes back again and again is moved ever more rarely. */
  readonly begun: ReadonlyMap<string, { readonly count: number; readonly at: Instant }>;
}

export const initialRebalance = (): RebalanceMemory => ({
  wishes: new Map(),
  current: undefined,
  endedAt: Number.NEGATIVE_INFINITY as Instant, // no move has ended yet
  begun: new Map(),
});

/** A move that has not taken place by then is given up. */
export const MOVE_LIMIT = millis(3_000);
/** An instance that stayed where it was moved to for so long has settled there. */
const FORGET = millis(600_000);
/** The settling time doubles with each return of an instance, up to 2^6 times. */
const MOST_DOUBLINGS = 6;

/** The node that is to hold an instance: the first of its order that may; undefined when none may. */
export const wantedHolder = (
  { order, candidates }: Pick<MovableInstance, "order" | "candidates">,
  self?: { readonly node: string; readonly fit: boolean },
): string | undefined => order.find((node) => (node === self?.node ? self.fit : candidates.has(node)));

const recentMoves = (begun: RebalanceMemory["begun"], instance: string, now: Instant): number => {
  const known = begun.get(instance);
  return known !== undefined && between(known.at, now) < FORGET ? known.count : 0;
};

const settlingTime = (policy: RebalancePolicy, reason: MoveReason, recent: number): number =>
  reason === "balance" ? policy.settle * 2 ** Math.min(recent, MOST_DOUBLINGS) : 0;

/**
 * One look at what is held here: at most one move at a time, its beginning held back until it is settled that another
 * node is wanted. Only the holder moves an instance, only up in an order that all nodes share, and not to a node that reads the order
 * differently: so no two nodes ever pass one to and fro.
 * @returns the memory for the next look; `current` is what the guard is to be told
 */
export const considerMoves = (
  policy: RebalancePolicy,
  memory: RebalanceMemory,
  view: { readonly instances: readonly MovableInstance[]; readonly reason: MoveReason; readonly now: Instant },
): RebalanceMemory => {
  const { instances, reason, now } = view;
  const fit = { node: policy.self, fit: reason !== "leave" };
  const wishes = new Map<string, Wish>();
  for (const instance of instances) {
    const target = instance.held ? wantedHolder(instance, fit) : undefined;
    if (target === undefined || target === policy.self) continue;
    const known = memory.wishes.get(instance.name);
    wishes.set(instance.name, known?.target === target ? known : { target, since: now });
  }
  let { current, endedAt, begun } = memory;
  if (current !== undefined) {
    const { instance, target, since } = current;
    const wish = wishes.get(instance);
    const isLate = between(since, now) >= MOVE_LIMIT;
    // Not taken in time: it waits behind all others.
    if (isLate && wish !== undefined) wishes.set(instance, { ...wish, since: now });
    if (isLate || wish?.target !== target) {
      current = undefined;
      endedAt = now;
    }
  }
  if (current === undefined && (policy.enabled || reason !== "balance") && between(endedAt, now) >= policy.pause) {
    const settled = [...wishes].filter(
      ([name, { since }]) => between(since, now) >= settlingTime(policy, reason, recentMoves(begun, name, now)),
    );
    const [next] = settled.toSorted(([, a], [, b]) => a.since - b.since);
    if (next !== undefined) {
      const [instance, { target }] = next;
      current = { instance, target, since: now };
      if (reason === "balance")
        begun = new Map(begun).set(instance, { count: recentMoves(begun, instance, now) + 1, at: now });
    }
  }
  return { wishes, current, endedAt, begun };
};
