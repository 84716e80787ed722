import type { EdgeState } from "#bus/hello-message.ts";
import type { EdgeClaim } from "#cluster/claim.ts";
import type { Standing } from "#cluster/takeover.ts";

/** What a hello says of one instance: of this node, of the greatest claim, and of its node where that is heard to hold the edge. */
export const edgeStateOf = (
  instance: number,
  own: Standing,
  known: { readonly peers: readonly Standing[]; readonly greatest: EdgeClaim; readonly cannotCommit: boolean },
): EdgeState => {
  const { greatest } = known;
  const holders = [own, ...known.peers].filter(({ held }) => held);
  const first = holders.find(({ node, term }) => node === greatest.node && term === greatest.term);
  return {
    instance,
    held: own.held,
    term: own.term,
    eligible: own.eligible,
    epoch: own.epoch,
    lastSequence: own.lastSequence,
    greatestTerm: greatest.term,
    greatestNode: greatest.node,
    // Who took it without having heard of the present epoch gives it back: nobody is led to it (`decideTakeover`).
    greatestAlive: first !== undefined && holders.every((other) => other.epoch <= first.epoch),
    yieldTo: own.yieldTo,
    cannotCommit: known.cannotCommit,
    greatestEpoch: first?.epoch ?? 0,
    greatestSequence: first?.lastSequence ?? 0,
    greatestCannotCommit: first?.canCommit === false,
  };
};
