/** A hold of an edge: its term, and the node that holds it. The greater term keeps the edge; the node id breaks ties. */
export interface EdgeClaim {
  readonly term: number;
  readonly node: string;
}

/** No claim was ever heard. */
const NO_CLAIM: EdgeClaim = { term: 0, node: "" };

/** Whether `a` beats `b` (DESIGN §4.2). */
export const isGreaterClaim = (a: EdgeClaim, b: EdgeClaim): boolean =>
  a.term > b.term || (a.term === b.term && a.node > b.node);

/** The claim that beats all others. */
export const greatestClaim = (claims: readonly EdgeClaim[]): EdgeClaim =>
  claims.reduce((best, claim) => (isGreaterClaim(claim, best) ? claim : best), NO_CLAIM);
