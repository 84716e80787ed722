import type { Milliseconds } from "#wire/time.ts";
import type { History } from "./history.ts";

interface Span {
  readonly from: number;
  to: number;
}

/** In which times a node could not do what the rules ask of it. */
export interface NodeStates {
  /**
   * Whether the node heard no other at some time of the interval, or nothing of `source`: neither it nor, from one to the next, any
   * that heard it. Any node when it is not known which.
   */
  isolatedWithin(
    node: string | undefined,
    span: { readonly from: Milliseconds; readonly to: Milliseconds; readonly source?: string | undefined },
  ): boolean;
  /** Whether the node's program was paused or not there at some time of the interval; any node when it is not known which. */
  hinderedWithin(node: string | undefined, from: Milliseconds, to: Milliseconds): boolean;
  /** When the node's program, started anew, had made its kernel what the stream says; of all nodes when it is not known which. */
  joinedAt(node: string | undefined): readonly number[];
}

const within = (
  spans: ReadonlyMap<string, readonly Span[]>,
  node: string | undefined,
  from: number,
  to: number,
): boolean => {
  const looked = node === undefined ? [...spans.values()].flat() : (spans.get(node) ?? []);
  return looked.some((span) => span.from <= to && span.to >= from);
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
  const cutOffFrom = (source: string, node: string, from: number, to: number): boolean =>
    hearings.some((hearing, at) => {
      const until = hearings[at + 1]?.at ?? Number.POSITIVE_INFINITY;
      // What changed in the same instant is one change.
      return until > hearing.at && hearing.at <= to && until >= from && !hearsOf(hearing, node, source);
    });
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
    isolatedWithin: (node, { from, to, source }) =>
      within(isolated, node, from, to) ||
      (node !== undefined && source !== undefined && cutOffFrom(source, node, from, to)),
    hinderedWithin: (node, from, to) => within(hindered, node, from, to),
    joinedAt: (node) => joined.filter((event) => node === undefined || event.node === node).map(({ at }) => at),
  };
};
