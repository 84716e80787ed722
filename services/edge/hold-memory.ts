import type { EdgeEvent, NodeFacts } from "./edge-contract.ts";

/** How far an instance was that is up in this node's kernel. */
export interface Hold {
  readonly term: number;
  readonly epoch: number;
  readonly lastSequence: number;
}

/** By number of the instance; only of those that are held. */
export type Holds = ReadonlyMap<number, Hold>;

/** What a guard leaves to the one after it. */
export interface HoldMemory {
  /** What the main process says. */
  told(facts: NodeFacts): void;
  /** What became of an edge. */
  heard(event: EdgeEvent): void;
}

/**
 * Keeps what a guard knows of its holds where it outlives the guard, but not its kernel: with the term and the progress of the last one a new
 * guard neither gives its forwarding to who is behind, nor claims it against who is ahead (DESIGN §4.2). Without it all guards that are
 * started anew at once have equal claims.
 * @param former what the guard before this one left, of instances that the kernel still has up
 * @param save called at each change, before anything else is done with what changed
 */
export const createHoldMemory = (former: Holds, save: (holds: Holds) => void): HoldMemory => {
  const holds = new Map(former);
  const progress = new Map<number, Omit<Hold, "term">>(former);
  return {
    told: ({ instances }) => {
      let changed = false;
      for (const { number, epoch, lastSequence } of instances) {
        // Nothing is known yet: what the kernel has up is as far as it was.
        if (epoch === 0) continue;
        progress.set(number, { epoch, lastSequence });
        const hold = holds.get(number);
        if (hold === undefined || (hold.epoch === epoch && hold.lastSequence === lastSequence)) continue;
        holds.set(number, { ...hold, epoch, lastSequence });
        changed = true;
      }
      if (changed) save(holds);
    },
    heard: (event) => {
      if (event.type === "edge.taken") {
        const { epoch, lastSequence } = progress.get(event.instance) ?? { epoch: 0, lastSequence: 0 };
        holds.set(event.instance, { term: event.term, epoch, lastSequence });
      } else if (event.type !== "edge.withdrawn" || !holds.delete(event.instance)) return;
      save(holds);
    },
  };
};
