import { type Milliseconds, millis } from "#wire/time.ts";
import type { BindingsObserved, CommitsHidden, History, ObservedBinding, RecordCommitted } from "./history.ts";
import type { InstanceHistory } from "./ownership-rules.ts";
import {
  acceptedBefore,
  isAccepted,
  isRefused,
  isRegistration,
  type Registrations,
  type Update,
} from "./registrations.ts";
import type { Findings } from "./verdict.ts";

/** Whether a Sequence Number is older than another, modulo 2^16 (RFC 6275 §9.5.1). */
const isOlder = (sequence: number, than: number): boolean => {
  const behind = (than - sequence) & 0xffff;
  return behind > 0 && behind < 0x8000;
};

/** Whether a record may not follow another: after a removal a mobile node may begin anew, but nothing of before comes back. */
const goesBack = (own: Registrations | undefined, before: RecordCommitted, record: RecordCommitted): boolean => {
  if (before.careOfAddress !== undefined) return isOlder(record.sequence, before.sequence);
  if (record.careOfAddress === undefined || isOlder(before.sequence, record.sequence)) return false;
  return own?.updates.some(({ sent }) => sent.sequence === record.sequence && sent.at >= before.at) !== true;
};

/** `sequence-never-goes-back` in the log. */
export const judgeSequences = (
  instances: ReadonlyMap<string, InstanceHistory>,
  registrations: ReadonlyMap<string, Registrations>,
  findings: Findings,
): void => {
  for (const { records } of instances.values()) {
    const last = new Map<string, RecordCommitted>();
    for (const record of records) {
      findings.judged("sequence-never-goes-back");
      const before = last.get(record.homeAddress);
      if (before !== undefined && goesBack(registrations.get(record.homeAddress), before, record)) {
        const removal = before.careOfAddress === undefined ? "the removal of " : "";
        findings.broken({
          invariant: "sequence-never-goes-back",
          at: record.at,
          message: `the log has sequence number ${record.sequence} of ${record.homeAddress} after ${removal}${before.sequence}`,
          history: [before, record],
        });
      }
      last.set(record.homeAddress, record);
    }
  }
};

/** Whose records may be among those that nobody read: each of these explains one update. */
const unreadOf = (lacking: readonly Update[], hidden: readonly CommitsHidden[]): ReadonlySet<Update> => {
  const left = new Map(hidden.map((span) => [span, span.count]));
  const unread = new Set<Update>();
  for (const update of lacking.toSorted((a, b) => (a.answer?.at ?? 0) - (b.answer?.at ?? 0))) {
    const { sent, answer } = update;
    const span = hidden.find(
      (one) => one.at <= (answer?.at ?? sent.at) && one.until >= sent.at && (left.get(one) ?? 0) > 0,
    );
    if (span === undefined) continue;
    left.set(span, (left.get(span) ?? 0) - 1);
    unread.add(update);
  }
  return unread;
};

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
  const recordsOf = ({ sent }: Update): RecordCommitted[] =>
    committed.get(`${sent.homeAddress} ${sent.sequence}`) ?? [];
  const lacking = new Map<string, Update[]>();
  for (const { updates } of registrations.values()) {
    for (const update of updates) {
      const { sent, answer } = update;
      if (answer === undefined || !isAccepted(update)) continue;
      const careOf = isRegistration(update) ? sent.careOfAddress : undefined;
      if (recordsOf(update).some((record) => record.at <= answer.at && record.careOfAddress === careOf))
        findings.judged("acknowledged-is-committed");
      else {
        const others = lacking.get(sent.instance);
        if (others === undefined) lacking.set(sent.instance, [update]);
        else others.push(update);
      }
    }
  }
  for (const [instance, updates] of lacking) {
    const unread = unreadOf(updates, instances.get(instance)?.hidden ?? []);
    for (const update of updates) {
      const { sent, answer } = update;
      if (answer === undefined || unread.has(update)) continue;
      findings.judged("acknowledged-is-committed");
      findings.broken({
        invariant: "acknowledged-is-committed",
        at: answer.at,
        message: `${sent.homeAddress} was acknowledged with sequence number ${sent.sequence} before the log had it`,
        history: [sent, answer, ...recordsOf(update)],
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

/** What rules of observed bindings look at. */
interface KeptContext {
  readonly findings: Findings;
  readonly slack: Milliseconds;
  readonly replication: Milliseconds;
}

/** Where nothing was accepted, a binding may only be one that was asked for. */
const judgeUnaccepted = (
  event: BindingsObserved,
  binding: ObservedBinding,
  { updates, findings, replication }: KeptContext & Pick<Registrations, "updates">,
): void => {
  findings.judged("acknowledged-is-kept");
  const until = (event.until ?? event.at) + replication;
  const isAskedFor = updates.some(
    ({ sent }) => sent.instance === event.instance && sent.at <= until && sent.careOfAddress === binding.careOfAddress,
  );
  if (isAskedFor) return;
  findings.broken({
    invariant: "acknowledged-is-kept",
    at: event.at,
    message: `${event.holder} has ${describe(binding)} for ${binding.homeAddress}, which nobody asked for`,
    history: [excerpt(event, binding)],
  });
};

const judgeOne = (
  event: BindingsObserved,
  own: Registrations,
  binding: ObservedBinding | undefined,
  context: KeptContext,
): void => {
  const { findings, slack, replication } = context;
  const place = acceptedBefore(own, millis(event.at - replication));
  const accepted: Update | undefined = own.updates[place];
  if (accepted === undefined) {
    if (binding !== undefined) judgeUnaccepted(event, binding, { ...context, updates: own.updates });
    return;
  }
  if (accepted.sent.instance !== event.instance) return;
  const { sent, answer } = accepted;
  const until = event.until ?? event.at;
  const later = own.updates
    .slice(place + 1)
    .filter((update) => update.sent.at <= until + replication && !isRefused(update, millis(event.at - replication)));
  const possible = [accepted, ...later].filter(isRegistration);
  const registered = isRegistration(accepted);
  findings.judged("acknowledged-is-kept");
  const mayBeGone =
    !registered ||
    // The mobile node's lifetime starts when it sends; the home agent's record lives at least as long.
    until > sent.at + (answer?.lifetime ?? 0) - slack ||
    later.some((update) => !isRegistration(update) && update.sent.at <= until);
  const known =
    binding !== undefined &&
    possible.some((update) => update.sent.careOfAddress === binding.careOfAddress) &&
    // Forwarding may be ahead of the record: the number need not be that of the care-of address.
    (isOlder(binding.sequence, sent.sequence) ||
      [accepted, ...later].some((update) => update.sent.sequence === binding.sequence));
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
  context: KeptContext,
): void => {
  for (const event of history) {
    if (event.type !== "bindings.observed") continue;
    const observed = new Map(event.bindings.map((binding) => [binding.homeAddress, binding]));
    for (const own of registrations.values()) judgeOne(event, own, observed.get(own.homeAddress), context);
    for (const binding of event.bindings)
      if (!registrations.has(binding.homeAddress)) judgeUnaccepted(event, binding, { ...context, updates: [] });
  }
};
