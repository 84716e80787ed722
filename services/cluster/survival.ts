/** What decides which losses an instance survives. */
export interface SurvivalView {
  /** How its stream stands; undefined while no leader answers. Replicas without the leader. */
  readonly stream:
    | {
        readonly replicas: readonly { readonly server: string; readonly current: boolean; readonly lag: number }[];
      }
    | undefined;
  /** Nodes that could hold it now, the present holder among them. */
  readonly eligible: readonly string[];
}

/** How many nodes may be lost at once, whichever they are. */
export interface Survival {
  readonly nodesLost: number;
  /** The same for people, with what stands in the way of more when it is none. */
  readonly text: string;
}

const none = (reason: string): Survival => ({ nodesLost: 0, text: `nothing: ${reason}` });

/**
 * What an instance survives now: every acknowledged binding is kept and commits go on while a majority of the copies of its stream
 * that are current remains, and packets flow while one eligible node does. Each node is taken to have one copy.
 */
export const survivalOf = ({ stream, eligible }: SurvivalView): Survival => {
  if (stream === undefined) return none("its stream does not answer, nothing is committed now");
  const copies = stream.replicas.length + 1;
  const behind = stream.replicas.filter(({ current }) => !current);
  const spare = copies - behind.length - (Math.floor(copies / 2) + 1);
  if (copies === 1) return none("its stream has one copy only");
  if (spare <= 0)
    return none(
      behind.length === 0
        ? `${copies} copies make no majority without one`
        : behind.map(({ server, lag }) => `the copy on ${server} is ${lag > 0 ? `${lag} behind` : "away"}`).join(", "),
    );
  if (eligible.length === 0) return none("no node is eligible");
  if (eligible.length === 1) return none(`nobody but ${eligible[0]} could take it`);
  const nodesLost = Math.min(spare, eligible.length - 1);
  return { nodesLost, text: `any ${nodesLost} ${nodesLost === 1 ? "node" : "nodes"}` };
};
