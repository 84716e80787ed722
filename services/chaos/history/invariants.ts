/** The invariants of the cluster (DESIGN §4), by name, each with its statement. */
export const INVARIANTS = {
  "one-owner": "one owner per instance and epoch",
  "fenced-owner-changes-nothing": "nothing of a former owner is taken by the log or an edge after a greater epoch",
  "acknowledged-is-committed": "a Binding Acknowledgement of status below 128 follows the commit of its record",
  "acknowledged-is-kept": "no acknowledged binding is lost",
  "sequence-never-goes-back": "the sequence number of a binding never goes back",
  "no-stale-forwarding": "no packet is tunnelled to a care-of address that an acknowledged Binding Update replaced",
  linearizable: "acknowledged Binding Updates and observed forwarding of a home address have one order",
  "no-expired-forwarding": "no packet is tunnelled for a binding whose lifetime is over",
  "gap-has-a-fault": "every gap in forwarding is explained by a fault or a movement",
} as const;

/** Name of an invariant. */
export type Invariant = keyof typeof INVARIANTS;

/** All names, in the order of reports. */
// The keys of a literal are what its type says.
export const INVARIANT_NAMES = Object.keys(INVARIANTS) as readonly Invariant[];
