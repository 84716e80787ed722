import { type Milliseconds, millis } from "#wire/time.ts";
import type { BindingsObserved, CommitsHidden, History, ObservedBinding, RecordCommitted } from "./history.ts";
import type { InstanceHistory } from "./ownership-rules.ts";
import { acceptedBefore, isAccepted, isRegistration, type Registrations, type Update } from "./registrations.ts";
import type { Findings } from "./verdict.ts";

/** Whether a Sequence Number is older than another, modulo 2^16 (RFC 6275 §9.5.1). */
const isOlder = (sequence: number, than: number): boolean => {
  const behind = (than - sequence) & 0xffff;
  return behind > 0 && behind < 0x8000;
};

/** `sequence-never-goes-back` in the log; a removal ends the count. */
export const judgeSequences = (instances: ReadonlyMap<string, InstanceHistory>, findings: Findings): void => {
  for (const { records } of instances.values()) {
    const last = new Map<string, RecordCommitted>();
    for (const record of records) {
      findings.judged("sequence-never-goes-back");
      const before = last.get(record.homeAddress);
      if (before?.careOfAddress !== undefined && isOlder(record.sequence, before.sequence)) {
        findings.broken({
          invariant: "sequence-never-goes-back",
          at: record.at,
          message: `the log has sequence number ${record.sequence} of ${record.homeAddress} after ${before.sequence}`,
          history: [before, record],
        });
      }
      last.set(record.homeAddress, record);
    }
  }
};

/** Whether records of an update may be among those that nobody read. */
const mayBeHidden = ({ sent, answer }: Update, hidden: readonly CommitsHidden[]): boolean =>
  hidden.some(({ at, until }) => at <= (answer?.at ?? sent.at) && until >= sent.at);

/** `acknowledged-is-committed`: the record was in the log before its mobile node heard so (DESIGN §4.5). */
export const judgeCommits = (
  instances: ReadonlyMap<string, InstanceHistory>,
  registrations: ReadonlyMap<string, Registrations>,
  findings: Findings,
): void => {
  const committed = new Map<string, RecordCommitted[]>();
  const keyOf = ({ homeAddress, sequence }: RecordCommitted): string => `${homeAddress} ${sequence}`;
  for (const { records } of instances.values()) {
    for (const record of records) {
      const same = committed.get(keyOf(record));
      if (same === undefined) committed.set(keyOf(record), [record]);
      else same.push(record);
    }
  }
  for (const { homeAddress, updates } of registrations.values()) {
    for (const update of updates) {
      const { sent, answer } = update;
      if (answer === undefined || !isAccepted(update)) continue;
      const careOf = isRegistration(update) ? sent.careOfAddress : undefined;
      const records = committed.get(`${homeAddress} ${sent.sequence}`) ?? [];
      const isCommitted = records.some((record) => record.at <= answer.at && record.careOfAddress === careOf);
      if (!isCommitted && mayBeHidden(update, instances.get(sent.instance)?.hidden ?? [])) continue;
      findings.judged("acknowledged-is-committed");
      if (isCommitted) continue;
      findings.broken({
        invariant: "acknowledged-is-committed",
        at: answer.at,
        message: `${homeAddress} was acknowledged with sequence number ${sent.sequence} before the log had it`,
        history: [sent, answer, ...records],
      });
    }
  }
};

const describe = (binding: ObservedBinding | undefined): string =>
  binding === undefined ? "nothing" : `${binding.careOfAddress}, sequence number ${binding.sequence}`;

/** Only what a violation is about. */
const excerpt = (event: BindingsObserved, binding: ObservedBinding | undefined): BindingsObserved => ({
  ...event,
  bindings: binding === undefined ? [] : [binding],
});

const judgeOne = (
  event: BindingsObserved,
  own: Registrations,
  binding: ObservedBinding | undefined,
  context: { readonly findings: Findings; readonly slack: Milliseconds; readonly replication: Milliseconds },
): void => {
  const { findings, slack, replication } = context;
  const place = acceptedBefore(own, millis(event.at - replication));
  const accepted: Update | undefined = own.updates[place];
  if (accepted === undefined || accepted.sent.instance !== event.instance) return;
  const { sent, answer } = accepted;
  const until = event.until ?? event.at;
  const later = own.updates.slice(place + 1).filter((update) => update.sent.at <= until + replication);
  const possible = [accepted, ...later].filter(isRegistration);
  const registered = isRegistration(accepted);
  findings.judged("acknowledged-is-kept");
  const mayBeGone =
    !registered ||
    // The mobile node's lifetime starts when it sends; the home agent's record lives at least as long.
    until > sent.at + (answer?.lifetime ?? 0) - slack ||
    later.some((update) => !isRegistration(update)) ||
    later.some((update) => update.sent.instance !== event.instance);
  const known = binding !== undefined && possible.some((update) => update.sent.careOfAddress === binding.careOfAddress);
  if (binding === undefined ? !mayBeGone : !known) {
    findings.broken({
      invariant: "acknowledged-is-kept",
      at: event.at,
      message:
        `${event.holder} has ${describe(binding)} for ${own.homeAddress} where ` +
        `${registered ? `${sent.careOfAddress}, sequence number ${sent.sequence},` : "de-registration"} was acknowledged`,
      history: [
        sent,
        ...(answer === undefined ? [] : [answer]),
        ...later.map((update) => update.sent),
        excerpt(event, binding),
      ],
    });
  }
  if (binding === undefined || !known) return;
  findings.judged("sequence-never-goes-back");
  if (isOlder(binding.sequence, sent.sequence)) {
    findings.broken({
      invariant: "sequence-never-goes-back",
      at: event.at,
      message: `${event.holder} has sequence number ${binding.sequence} of ${own.homeAddress} where ${sent.sequence} was acknowledged`,
      history: [sent, ...(answer === undefined ? [] : [answer]), excerpt(event, binding)],
    });
  }
};

/** `acknowledged-is-kept`: whoever was asked while the cluster was level has every acknowledged binding, or a newer one. */
export const judgeKept = (
  history: History,
  registrations: ReadonlyMap<string, Registrations>,
  context: { readonly findings: Findings; readonly slack: Milliseconds; readonly replication: Milliseconds },
): void => {
  for (const event of history) {
    if (event.type !== "bindings.observed") continue;
    const observed = new Map(event.bindings.map((binding) => [binding.homeAddress, binding]));
    for (const own of registrations.values()) judgeOne(event, own, observed.get(own.homeAddress), context);
  }
};
