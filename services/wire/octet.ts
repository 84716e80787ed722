type Below<N extends number, Counted extends number[] = []> = Counted["length"] extends N
  ? Counted[number]
  : Below<N, [...Counted, Counted["length"]]>;

/** A number of 8 bits, as a union of literals: so that `Exclude<Octet, known>` leaves the type numbers without a description, and comparing `type` with a known one tells a union's members apart. */
export type Octet = Below<256>;

/** A type number that came from the wire or a test, and is known to be none of the described ones. */
export const unknownTypeOf = <N extends Octet>(type: number): N => type as N;
