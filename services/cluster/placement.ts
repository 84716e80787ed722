/** A node as far as placement goes. */
export interface PlacementNode {
  readonly node: string;
  /** Its share beside the weights of others; 0 takes an instance only when all others are gone. */
  readonly weight: number;
}

/**
 * A number in (0, 1) for a pair of names, the same on every machine: two multiplicative hashes of 32 bits over all characters, each
 * finished by murmur3's mixing, so that names that differ in one character have nothing in common.
 */
const lotOf = (instance: string, node: string): number => {
  let high = 0xdead_beef;
  let low = 0x41c6_ce57;
  const name = `${instance}\u0000${node}`;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    high = Math.imul(high ^ code, 0x9e37_79b1);
    low = Math.imul(low ^ code, 0x5f35_6495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85eb_ca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2_ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85eb_ca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2_ae35);
  // 52 bits: half a step off both ends, where the logarithm has no use.
  return ((high >>> 0) * 2 ** 20 + ((low >>> 0) >>> 12) + 0.5) / 2 ** 52;
};

/**
 * Nodes in the order in which they are to serve an instance: rendezvous hashing with weights (DESIGN §4, load sharing). Each node
 * is first for a share of all instances that is its share of all weights; without one node, only its instances
 * have another first, and they spread over all others by weight; one more node takes its share and moves nothing else.
 * Every node of a cluster computes the same, in whatever order it knows the nodes.
 */
export const placementOrder = (instance: string, nodes: readonly PlacementNode[]): readonly string[] =>
  nodes
    .map(({ node, weight }) => ({ node, cost: -Math.log(lotOf(instance, node)) / Math.max(weight, Number.MIN_VALUE) }))
    .toSorted((a, b) => a.cost - b.cost || (a.node < b.node ? -1 : 1))
    .map(({ node }) => node);

/**
 * The order that holds for an instance: what its config prefers, then all others as they are placed.
 * @param prefer nodes that the config names, if it names any
 */
export const servingOrder = (
  instance: string,
  prefer: readonly string[] | undefined,
  nodes: readonly PlacementNode[],
): readonly string[] => [...new Set([...(prefer ?? []), ...placementOrder(instance, nodes)])];
