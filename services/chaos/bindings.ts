import { now } from "#lab/demo/clock.ts";
import { askBindings } from "#lab/programs.ts";
import { LAB } from "#lab/topology.ts";
import { millis } from "#wire/time.ts";
import type { HistoryEvent, ObservedBinding } from "./history/history.ts";
import type { Stage } from "./stage.ts";

/** A node that serves a crowd meanwhile may be slow to answer. Milliseconds. */
const PATIENCE = 30_000;

/** The object of a binding that was seen before, so that many looks at the same bindings take little room. */
export type Known = Map<string, ObservedBinding>;

const asKnown = (known: Known, { homeAddress, sequence, careOfAddress }: ObservedBinding): ObservedBinding => {
  const before = known.get(homeAddress);
  if (before?.sequence === sequence && before.careOfAddress === careOfAddress) return before;
  const seen = { homeAddress: before?.homeAddress ?? homeAddress, sequence, careOfAddress };
  known.set(homeAddress, seen);
  return seen;
};

/**
 * What every node's cache holds now, by instance.
 * @param known of former looks; updated
 * @returns also which nodes did not answer
 */
export const observeBindings = async (
  stage: Stage,
  known: Known,
): Promise<{ readonly events: readonly HistoryEvent[]; readonly silent: readonly string[] }> => {
  const silent: string[] = [];
  const observed = await Promise.all(
    stage.nodes.map(async (holder): Promise<HistoryEvent[]> => {
      const at = millis(now());
      const bindings = await askBindings(stage.lab, holder, PATIENCE);
      if (bindings === undefined) {
        silent.push(holder);
        return [];
      }
      const until = millis(now());
      return LAB.instances.map(({ name }) => ({
        type: "bindings.observed" as const,
        at,
        until,
        holder,
        instance: name,
        bindings: bindings
          // One without lifetime has ended: what is kept is its sequence number.
          .filter(({ instance, lifetimeSeconds }) => instance === name && lifetimeSeconds > 0)
          .map((binding) => asKnown(known, binding)),
      }));
    }),
  );
  return { events: observed.flat(), silent };
};
