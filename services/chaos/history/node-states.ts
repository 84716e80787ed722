import type { Milliseconds } from "#wire/time.ts";
import type { History } from "./history.ts";

interface Span {
  readonly from: number;
  to: number;
}

/** A time, and for how long after it what kept a node from something may still show. */
interface Throughout {
  readonly from: Milliseconds;
  readonly to: Milliseconds;
  readonly grace: Milliseconds;
}

/** In which times a node could not do what the rules ask of it. */
export interface NodeStates {
  /** All nodes of which something is told. */
  readonly names: readonly string[];
  /**
   * Whether at every moment of the time, or no longer than the grace before, the node heard no other, or nothing of `source`: neither it
   * nor, from one to the next, any that heard it, or its program was not there to tell.
   */
  isolatedThroughout(node: string, time: Throughout, source?: string): boolean;
  /** Whether at every moment of the time the node's program was paused or not there, or had been no longer than the grace before. */
  hinderedThroughout(node: string, time: Throughout): boolean;
  /** When the node's program, started anew, had made its kernel what the stream says; of all nodes when it is not known which. */
  joinedAt(node: string | undefined): readonly number[];
}

const coverAll = (spans: readonly Span[], { from, to, grace }: Throughout): boolean => {
  let covered: number = from;
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    if (span.to + grace < from) continue;
    if (span.from > covered) break;
    covered = Math.max(covered, span.to + grace);
    if (covered >= to) return true;
  }
  return false;
};

/** Who hears whom from a moment on. */
interface Hearing {
  readonly at: number;
  readonly hears: ReadonlyMap<string, readonly string[]>;
}

/** Whether a word of `source` comes to `node`, from one to the next; a node of which nothing is known hears all. */
const hearsOf = ({ hears }: Hearing, node: string, source: string): boolean => {
  const reached = new Set([node]);
  for (const one of reached) {
    const heard = hears.get(one);
    if (one === source || heard === undefined) return true;
    for (const next of heard) reached.add(next);
  }
  return false;
};

/** Follows the states of all nodes through a history. */
export const nodeStatesOf = (history: History): NodeStates => {
  const isolated = new Map<string, Span[]>();
  const hindered = new Map<string, Span[]>();
  const follow = (spans: Map<string, Span[]>, node: string, at: number, begins: boolean): void => {
    const own = spans.get(node) ?? [];
    spans.set(node, own);
    const last = own.at(-1);
    const open = last?.to === Number.POSITIVE_INFINITY;
    if (begins && !open) own.push({ from: at, to: Number.POSITIVE_INFINITY });
    if (!begins && open) last.to = at;
  };
  const joining = new Set<string>();
  const joined: { readonly node: string; readonly at: number }[] = [];
  const hearings: Hearing[] = [];
  const cutOffFrom = (source: string, node: string): Span[] =>
    hearings.flatMap((hearing, at) => {
      const to = hearings[at + 1]?.at ?? Number.POSITIVE_INFINITY;
      // What changed in the same instant is one change.
      return to > hearing.at && !hearsOf(hearing, node, source) ? [{ from: hearing.at, to }] : [];
    });
  const silentFor = (source: string, node: string): Span[] =>
    source === node ? [] : [...cutOffFrom(source, node), ...(hindered.get(source) ?? [])];
  for (const event of history) {
    if (event.type === "hearing.changed") {
      follow(isolated, event.node, event.at, event.hears.length === 0);
      hearings.push({ at: event.at, hears: new Map(hearings.at(-1)?.hears ?? []).set(event.node, event.hears) });
    }
    if (event.type !== "node.changed") continue;
    follow(hindered, event.node, event.at, event.state !== "level");
    if (event.state === "joining") joining.add(event.node);
    else if (event.state === "level" && joining.delete(event.node)) joined.push(event);
  }
  return {
    names: [...new Set([...isolated.keys(), ...hindered.keys()])],
    isolatedThroughout: (node, time, source) =>
      coverAll([...(isolated.get(node) ?? []), ...(source === undefined ? [] : silentFor(source, node))], time),
    hinderedThroughout: (node, time) => coverAll(hindered.get(node) ?? [], time),
    joinedAt: (node) => joined.filter((event) => node === undefined || event.node === node).map(({ at }) => at),
  };
};
