/** What a home agent counts, by name as `roam6 status` and metrics show it. All only grow. */
export const COUNTERS = {
  bindingUpdatesReceived: "Binding Updates that reached an instance served here",
  bindingAcknowledgementsSent: "Binding Acknowledgements sent",
  registrationsAccepted: "acknowledgements with a status below 128",
  registrationsRefused: "acknowledgements with a status from 128 on",
  packetsMalformed: "mobility packets that could not be read",
  packetsIgnored: "mobility packets that ask nothing of a home agent, or are discarded silently by RFC 6275",
  packetsForStandby: "mobility packets for an instance that another node serves",
  unknownMobileNodes: "Binding Updates of home addresses without a key, dropped before anything is allocated",
  authenticationFailures: "Binding Updates with a wrong authenticator (RFC 4285)",
  replaysRefused: "Binding Updates with a replay timestamp that is old or too far from the clock (RFC 4285)",
  errorRepliesSuppressed: "error replies that were not sent because of the rate limit",
  overloadDrops: "Binding Updates dropped because too many were being worked on",
  retransmissionsIgnored: "Binding Updates that repeat the one being worked on",
  duplicateAddressesFound: "home addresses that another node of the home link uses (status 134)",
  rivalRegistrations:
    "times that a care-of address was seen to go to and fro, as by two mobile nodes with one home address",
  bindingsExpired: "bindings whose lifetime ended without refresh",
  commits: "groups of records acknowledged by the log",
  recordsCommitted: "records acknowledged by the log",
  commitRetries: "groups that the log did not acknowledge and that were tried again",
  ownershipsLost: "times that another node took an instance over",
  forwardingChanges: "forwarding entries programmed or removed",
  forwardingRefusals: "forwarding changes that the kernel refused",
  recordsFollowed: "records of other nodes taken into the Binding Cache",
  entriesLost: "times that a stream was found to lack what it had acknowledged",
  replicaDifferences: "times that this node's records and a peer's or the stream's were found to differ",
  recordsRepaired: "records that this node knew to be newer than the stream's, committed again",
  recordsRecovered: "records of the stream that this node had missed, found by comparing",
  kernelDifferences: "forwarding entries of the kernel found to differ from the bindings, put right",
  updatesPassedOn: "mobility packets passed over the bus to the owner of their instance",
  updatesNotPassedOn: "mobility packets dropped because the bus did not take them",
  updatesToldToStandbys: "Binding Updates of moved mobile nodes sent to all standbys while the log was silent",
  updatesToldByHolders: "such updates heard here",
  updatesLeftToSuccessors: "mobility packets sent on to the node that has taken the edge they came to",
  updatesFromEdges: "mobility packets that edges of other nodes passed on",
  staleCommandsRefused: "commands of a former owner that were refused for their smaller epoch",
  acknowledgementsWithheld:
    "acknowledgements of the owner not sent because the kernel does not forward as they promise",
  sendErrors: "packets that the kernel did not take",
  routerAdvertisementsSent: "Router Advertisements sent on the home link",
} as const;

export type CounterName = keyof typeof COUNTERS;
/** One number a counter; changed in place. */
export type Counters = Record<CounterName, number>;

export const createCounters = (): Counters => {
  const counters: Partial<Counters> = {};
  for (const name of Object.keys(COUNTERS)) counters[name as CounterName] = 0; // the table's own keys
  return counters as Counters; // each key was just set
};
