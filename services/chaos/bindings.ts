import { askControl } from "#control/client.ts";
import { readBindings } from "#control/report-schemas.ts";
import type { BindingReport } from "#control/reports.ts";
import { now } from "#lab/demo/clock.ts";
import { controlSocket } from "#lab/program-configs.ts";
import { LAB } from "#lab/topology.ts";
import { millis } from "#wire/time.ts";
import type { HistoryEvent, ObservedBinding } from "./history/history.ts";
import type { Stage } from "./stage.ts";

const PAGE = 10_000;

/** All bindings of a node, page by page; undefined when it does not answer. */
const allBindings = async ({ lab }: Stage, node: string): Promise<BindingReport[] | undefined> => {
  const found: BindingReport[] = [];
  for (let after: string | undefined; ; ) {
    const request = { command: "bindings", limit: PAGE, ...(after === undefined ? {} : { after }) };
    const answer = await askControl(controlSocket(lab, node), request);
    const report = answer.ok ? readBindings(answer.value) : answer;
    if (!report.ok) return undefined;
    found.push(...report.value.bindings);
    after = report.value.next;
    if (after === undefined) return found;
  }
};

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
      const bindings = await allBindings(stage, holder);
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
