import type { BindingRecord } from "#binding/record.ts";
import type { BindingLog, Ownership } from "#ports/binding-log.ts";
import type { ForwardingChange } from "#ports/kernel.ts";
import { failed, ok } from "#wire/result.ts";
import { after, millis } from "#wire/time.ts";
import type { Plant } from "./simulated-node.ts";

/** Whether a change is one that a planted bug leaves out. */
const leavingOut =
  (isLeftOut: (change: ForwardingChange) => boolean): NonNullable<Plant["kernel"]> =>
  (kernel) => ({
    ...kernel,
    apply: async (number, changes) => {
      const done = await kernel.apply(
        number,
        changes.filter((change) => !isLeftOut(change)),
      );
      const rest = [...done];
      return changes.map((change) => (isLeftOut(change) ? ok(undefined) : (rest.shift() ?? ok(undefined))));
    },
  });

const withOwnership =
  (wrap: (ownership: Ownership) => Ownership): NonNullable<Plant["log"]> =>
  (log): BindingLog => ({
    ...log,
    claim: async (instance, node, signal) => {
      const claimed = await log.claim(instance, node, signal);
      return claimed.ok ? ok(wrap(claimed.value)) : claimed;
    },
  });

const withFollowed =
  (change: (record: BindingRecord) => BindingRecord | undefined): NonNullable<Plant["log"]> =>
  (log): BindingLog => ({
    ...log,
    follow: (instance, handlers, signal) =>
      log.follow(
        instance,
        {
          ...handlers,
          entry: (entry) => {
            if (entry.kind !== "record") return handlers.entry(entry);
            const record = change(entry.record);
            if (record !== undefined) handlers.entry({ ...entry, record });
          },
        },
        signal,
      ),
  });

/** Bugs that a simulation must find; each is one that somebody could write. Wrong parts, put in from outside. */
export const PLANTS = {
  /** An owner that is fenced goes on as if its writes were taken. */
  "fence left out": {
    log: withOwnership((ownership) => ({
      ...ownership,
      append: async (records, signal) => {
        const result = await ownership.append(records, signal);
        return !result.ok && result.error.code === "fenced" ? ok({ sequence: 0 }) : result;
      },
    })),
  },
  /** Acknowledged before the log has it. */
  "commit too early": {
    log: withOwnership((ownership) => ({
      ...ownership,
      append: async (records, signal) => {
        void ownership.append(records, signal);
        return ok({ sequence: 0 });
      },
    })),
  },
  /** The log takes writes of whoever asks, whatever the stream's last sequence. */
  "expected sequence left out": { unfencedLog: true },
  /** The wheel that ends lifetimes stands still. */
  "expiry forgotten": {
    clock: (clock) => ({
      ...clock,
      start: (delay, callback) => (delay === 50 ? { cancel: () => undefined } : clock.start(delay, callback)),
    }),
  },
  /** Standby nodes keep every binding for ever. */
  "lifetime of a standby's binding forgotten": {
    log: withFollowed((record) =>
      record.lifetime > 0 ? { ...record, expiresAt: after(record.expiresAt, millis(3_600_000)) } : record,
    ),
  },
  /** The kernel is never told to stop forwarding. */
  "withdraw forgotten": { kernel: leavingOut(({ kind }) => kind === "remove") },
  /** New care-of addresses are told to the log alone. */
  "programming forgotten": {
    kernel: leavingOut((change) => change.kind === "set" && change.previous !== undefined),
  },
  /** Who moves is forwarded nowhere for a moment. */
  "removed before it is put in anew": {
    kernel: (kernel) => ({
      ...kernel,
      apply: async (number, changes) => {
        await kernel.apply(
          number,
          changes.flatMap((change) =>
            change.kind === "set" && change.previous !== undefined
              ? [{ kind: "remove", homeAddress: change.homeAddress, careOfAddress: change.previous }]
              : [],
          ),
        );
        return kernel.apply(number, changes);
      },
    }),
  },
  /** Standby nodes do not take what the stream says. */
  "following forgotten": { log: withFollowed(() => undefined) },
  /** A new owner does not know the sequence numbers of those before it. */
  "sequence numbers forgotten": {
    log: withFollowed((record) => ({ ...record, sequence: (record.sequence + 0x9000) & 0xffff })),
  },
  /** The home agent is not told that its edge is another node's now. */
  "loss of ownership not told": {
    onClusterEvent: (deliver) => (event) =>
      event.type === "ownership.lost" || event.type === "edge.withdrawn" ? undefined : deliver(event),
    log: withOwnership((ownership) => ({
      ...ownership,
      append: async (records, signal) => {
        const result = await ownership.append(records, signal);
        return result.ok ? result : ok({ sequence: 0 });
      },
    })),
  },
  /** A planned move begins with the end of the hold, before anybody has taken it. */
  "withdrawn before it is taken": {
    guardLink: (link, kernel) => ({
      ...link,
      tell: (facts) => {
        for (const { number, yieldTo } of facts.instances)
          if (yieldTo !== undefined) void kernel.deactivateInstance(number);
        link.tell(facts);
      },
    }),
  },
  /** What the log has lost is never looked for. */
  "repair left out": {
    log: (log) => ({ ...log, read: async () => failed({ code: "unavailable", message: "nobody reads it" }) }),
  },
  /** Instances stay where faults have brought them. */
  "planned moves forgotten": { rebalance: { enabled: false } },
} as const satisfies Record<string, Plant>;
