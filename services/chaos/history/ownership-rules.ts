import type { Milliseconds } from "#wire/time.ts";
import type {
  CommitsHidden,
  EdgeChanged,
  ForwardingProgrammed,
  History,
  OwnershipEnded,
  OwnershipTaken,
  RecordCommitted,
} from "./history.ts";
import type { Findings } from "./verdict.ts";

/** `one-owner`: two nodes never have the same epoch of an instance, and the log's epochs grow. */
const judgeOwners = (taken: readonly OwnershipTaken[], findings: Findings): void => {
  const byEpoch = new Map<number, OwnershipTaken>();
  for (const event of taken) {
    findings.judged("one-owner");
    const same = byEpoch.get(event.epoch);
    if (same !== undefined && same.node !== event.node) {
      findings.broken({
        invariant: "one-owner",
        at: event.at,
        message: `${event.node} and ${same.node} both own instance ${event.instance} in epoch ${event.epoch}`,
        history: [same, event],
      });
    }
    byEpoch.set(event.epoch, same ?? event);
  }
  let newest: OwnershipTaken | undefined;
  // What only a log file says has no place in the log.
  const inLog = taken.filter(({ revision }) => revision !== undefined);
  for (const event of inLog.sort((a, b) => (a.revision ?? 0) - (b.revision ?? 0))) {
    // The same epoch again: an owner puts its entry back where the log has lost it. Two nodes with one epoch were told above.
    if (newest !== undefined && event.epoch < newest.epoch) {
      findings.broken({
        invariant: "one-owner",
        at: event.at,
        message: `${event.node} took instance ${event.instance} with epoch ${event.epoch} after epoch ${newest.epoch} of ${newest.node}`,
        history: [newest, event],
      });
    } else newest = event;
  }
};

const follows = (record: RecordCommitted, taken: OwnershipTaken): boolean =>
  taken.revision === undefined ? record.at > taken.at : record.revision > taken.revision;

/** Whether an epoch entry between two entries of the log may be among those that nobody read. */
const mayBeUnread = (hidden: readonly CommitsHidden[], after: OwnershipTaken, before: RecordCommitted): boolean =>
  hidden.some(({ at, until }) => at <= before.at && until >= after.at);

/** `fenced-owner-changes-nothing` in the log: a record's epoch is the newest, and its writer that epoch's owner. */
const judgeWrites = ({ records, taken, hidden }: InstanceHistory, findings: Findings): void => {
  const inLog = [...taken].sort((a, b) => (a.revision ?? a.at) - (b.revision ?? b.at) || a.epoch - b.epoch);
  const ownerOf = new Map(inLog.map((event) => [event.epoch, event]));
  let next = 0;
  let newest: OwnershipTaken | undefined;
  for (const record of records) {
    for (let event = inLog[next]; event !== undefined && follows(record, event); event = inLog[++next]) {
      if (newest === undefined || event.epoch > newest.epoch) newest = event;
    }
    findings.judged("fenced-owner-changes-nothing");
    const owner = ownerOf.get(record.epoch);
    if (newest !== undefined && record.epoch < newest.epoch) {
      findings.broken({
        invariant: "fenced-owner-changes-nothing",
        at: record.at,
        message: `the log took a record of ${record.node} with epoch ${record.epoch} after ${newest.node} had epoch ${newest.epoch} of instance ${record.instance}`,
        history: [...(owner === undefined ? [] : [owner]), newest, record],
      });
    } else if (newest !== undefined && record.epoch > newest.epoch) {
      // What only a log file says has no place in the log.
      if ((owner !== undefined && owner.revision === undefined) || mayBeUnread(hidden, newest, record)) continue;
      findings.broken({
        invariant: "fenced-owner-changes-nothing",
        at: record.at,
        message: `the log took a record with epoch ${record.epoch} of instance ${record.instance} before anybody had taken that epoch`,
        history: [newest, record, ...(owner === undefined ? [] : [owner])],
      });
    } else if (owner !== undefined && record.node !== "" && owner.node !== record.node) {
      findings.broken({
        invariant: "fenced-owner-changes-nothing",
        at: record.at,
        message: `${record.node} wrote a record in epoch ${record.epoch} of instance ${record.instance}, which is ${owner.node}'s`,
        history: [owner, record],
      });
    }
  }
};

/** `fenced-owner-changes-nothing` at edges: commands of a smaller epoch are refused. */
const judgeCommands = (commands: readonly ForwardingProgrammed[], findings: Findings): void => {
  const newest = new Map<string, ForwardingProgrammed>();
  for (const command of commands) {
    findings.judged("fenced-owner-changes-nothing");
    const known = newest.get(command.edge);
    if (known !== undefined && command.epoch < known.epoch) {
      findings.broken({
        invariant: "fenced-owner-changes-nothing",
        at: command.at,
        message: `the edge of ${command.edge} took a command of epoch ${command.epoch} of instance ${command.instance} after one of epoch ${known.epoch}`,
        history: [known, command],
      });
    } else newest.set(command.edge, command);
  }
};

/** What the log and the edges of one instance have seen, in order. */
export interface InstanceHistory {
  readonly taken: OwnershipTaken[];
  readonly ended: OwnershipEnded[];
  /** In the order of the log. */
  readonly records: RecordCommitted[];
  readonly hidden: CommitsHidden[];
  readonly commands: ForwardingProgrammed[];
  readonly edges: EdgeChanged[];
}

/** Which nodes may have held the edge at some moment of a time: who has died has not withdrawn. */
export const holdersOf = (
  edges: readonly EdgeChanged[],
  { from, to }: { readonly from: Milliseconds; readonly to: Milliseconds },
): readonly string[] => {
  const holders = new Set<string>();
  for (const { type, node, at } of edges) {
    if (type === "edge.taken" && at <= to) holders.add(node);
    if (type === "edge.withdrawn" && at < from) holders.delete(node);
  }
  return [...holders];
};

/** Events of each instance. */
export const instancesOf = (history: History): ReadonlyMap<string, InstanceHistory> => {
  const found = new Map<string, InstanceHistory>();
  const of = (instance: string): InstanceHistory => {
    let own = found.get(instance);
    if (own === undefined) {
      own = { taken: [], ended: [], records: [], hidden: [], commands: [], edges: [] };
      found.set(instance, own);
    }
    return own;
  };
  for (const event of history) {
    if (event.type === "ownership.taken") of(event.instance).taken.push(event);
    else if (event.type === "ownership.ended") of(event.instance).ended.push(event);
    else if (event.type === "record.committed") of(event.instance).records.push(event);
    else if (event.type === "commits.hidden") of(event.instance).hidden.push(event);
    else if (event.type === "forwarding.programmed") of(event.instance).commands.push(event);
    else if (event.type === "edge.taken" || event.type === "edge.withdrawn") of(event.instance).edges.push(event);
  }
  for (const { records } of found.values()) records.sort((a, b) => a.revision - b.revision);
  return found;
};

/** Holds ownership of all instances against the rules of DESIGN §4.4. */
export const judgeOwnership = (instances: ReadonlyMap<string, InstanceHistory>, findings: Findings): void => {
  for (const own of instances.values()) {
    judgeOwners(own.taken, findings);
    judgeWrites(own, findings);
    judgeCommands(own.commands, findings);
  }
};
