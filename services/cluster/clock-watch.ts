import { between, type Instant, type Milliseconds, millis } from "#wire/time.ts";

/** Both clocks of a node, read at the same moment: boot time, and milliseconds since 1970 (UTC). */
export interface ClockPair {
  readonly now: Instant;
  readonly wall: number;
}

/** The least of a receiver's boot time at receipt minus the sender's in the report: difference of the clocks, and delay. */
export interface ClockEcho {
  readonly node: string;
  readonly boot: number;
  readonly apart: number;
}

/** The time of the cluster as one node knows it, beside its own wall clock. */
export interface ClusterTime {
  /** What brings the node's wall clock to it. */
  readonly correction: Milliseconds;
  /** Three clocks or more have told it: a node that is far from it has a wrong clock. */
  readonly decided: boolean;
}

/** What a peer says of its clocks, and of those that it hears. */
export interface PeerClocks extends ClockPair {
  readonly node: string;
  readonly boot: number;
  readonly heard: readonly ClockEcho[];
  /** Undefined while it knows nothing but its own clock. */
  readonly clusterTime: ClusterTime | undefined;
}

/** How the wall clock of this node stands beside the time of the cluster. */
export interface ClockJudgement {
  /** Clocks compared, this node's among them. */
  readonly clocks: number;
  /** What brings this node's wall clock to the time of the cluster. */
  readonly correction: Milliseconds;
  /** This node's is further from the time of the cluster than the bound, by the word of three clocks or more. */
  readonly off: boolean;
  /** What this node has to say of the time of the cluster. */
  readonly clusterTime: ClusterTime | undefined;
  /** Each peer's wall clock minus this node's: the least difference that is certain. */
  readonly offsets: readonly { readonly node: string; readonly offset: Milliseconds }[];
}

export interface ClockWatch {
  /** Takes what a peer said; `at` is this node's boot-time clock at receipt. */
  hear(peer: PeerClocks, at: Instant): void;
  /** What this node has to say of those that it hears. */
  heard(): readonly ClockEcho[];
  /** Compares all clocks that were heard lately. */
  judge(own: ClockPair): ClockJudgement;
  /** The correction by what was judged last; a step of the own clock since then is in it. */
  correction(own: ClockPair): Milliseconds;
}

/** Reports of so many last receptions are looked at: the least delayed tells how the boot-time clocks stand. */
const KEPT = 8;
/** A peer that says nothing for so long does not count. */
const STALE = millis(5_000);

interface Heard {
  readonly boot: number;
  /** Wall minus boot time of the peer: any step of its wall clock shows here at once, whatever the delay. */
  wallAtBoot: number;
  at: Instant;
  clusterTime: ClusterTime | undefined;
  /** This node's boot time minus the peer's, plus the delay of the report. */
  readonly apart: number[];
  /** The same the other way round, as the peer says; without limit while it does not hear this node. */
  apartThere: number;
}

/** Between which values a wall clock lies, minus this node's boot time: constant but for steps. */
interface Span {
  readonly low: number;
  readonly high: number;
}

/** The value of a span that is nearest to `to`. */
const nearest = (to: number, { low, high }: Span): number => Math.min(Math.max(to, low), high);

const spanOf = ({ wallAtBoot, apart, apartThere }: Heard): Span => ({
  low: wallAtBoot - Math.min(...apart),
  high: wallAtBoot + apartThere,
});

/** Between which values the middle clock lies, or both middle ones of an even number, and the earlier of these. */
const middleOf = (spans: readonly Span[]): { readonly middle: Span; readonly earlier: Span } => {
  const lows = spans.map(({ low }) => low).sort((a, b) => a - b);
  const highs = spans.map(({ high }) => high).sort((a, b) => a - b);
  const [lower, upper] = [Math.floor((spans.length - 1) / 2), Math.floor(spans.length / 2)];
  const [low = 0, high = 0, earlierHigh = 0] = [lows[lower], highs[upper], highs[lower]];
  return { middle: { low, high }, earlier: { low, high: earlierHigh } };
};

/** Whether most clocks can be within `bound` of the middle: it is no lone clock between others that are wrong on either side. */
const isShared = (middle: Span, spans: readonly Span[], bound: Milliseconds): boolean =>
  spans.filter(({ low, high }) => low - bound <= middle.high && high + bound >= middle.low).length > spans.length / 2;

/**
 * Compares wall clocks without trust in any of them, and carries the time of the cluster on. Boot-time clocks never step, so the
 * difference to a peer's lies between what the least delayed report in either direction says, however busy the machines are; on it stands
 * each wall clock's own distance, read by its own node.
 *
 * The time of the cluster is kept as a distance from this node's boot time. While it lies between the middle clocks it goes on
 * as it is: one of two clocks that steps moves nothing, nor does the death of the third, nor silence. Only what the middle clocks
 * exclude is given up, for the nearest that they do not; once three have told it, only where most clocks share that middle: beside
 * one clock that is far off, a second that steps becomes the middle, and is no better for that. Who knows none takes that of a peer; where nobody has one, the
 * middle counts, of an even number the earlier: a lifetime that ends late does less harm than one that is cut off.
 *
 * A node is off when its clock is for certain further than `bound` from the middle of three or more, or from the time that these
 * have told, until either is no longer so. One of two that never were three is never off.
 */
export const createClockWatch = (options: {
  readonly node: string;
  readonly boot: number;
  readonly bound: Milliseconds;
}): ClockWatch => {
  const peers = new Map<string, Heard>();
  /** The time of the cluster minus this node's boot time; undefined while only the own clock is known. */
  let time: number | undefined;
  let decided = false;

  /** What peers know who were there before this node; from those that heard three clocks first. */
  const adopt = (own: number, fresh: readonly Heard[]): number | undefined => {
    const known = fresh.filter(({ clusterTime }) => clusterTime !== undefined);
    const from = known.find(({ clusterTime }) => clusterTime?.decided === true) ?? known[0];
    if (from?.clusterTime === undefined) return undefined;
    const { correction } = from.clusterTime;
    const { low, high } = spanOf(from);
    return nearest(own, { low: low + correction, high: high + correction });
  };

  const judge = ({ now, wall }: ClockPair): ClockJudgement => {
    const own = wall - now;
    const fresh = [...peers].filter(([, { at }]) => between(at, now) <= STALE);
    const heard = fresh.map(([, one]) => one);
    const clocks = 1 + fresh.length;
    const spans = [{ low: own, high: own }, ...heard.map(spanOf)];
    const { middle, earlier } = middleOf(spans);
    const before = time ?? adopt(own, heard) ?? nearest(own, earlier);
    const isToBeFollowed = !decided || clocks < 3 || isShared(middle, spans, options.bound);
    const next = clocks === 1 || !isToBeFollowed ? (time ?? own) : nearest(before, middle);
    const isAccused = clocks >= 3 && isToBeFollowed && Math.abs(own - nearest(own, middle)) > options.bound;
    // Until all hear each other, what was read may be the delay.
    if (clocks > 1 && (time !== undefined || Number.isFinite(middle.high))) {
      if (clocks >= 3 && (isAccused || middle.high - middle.low <= options.bound)) decided = true;
      if (time === undefined && heard.some(({ clusterTime }) => clusterTime?.decided === true)) decided = true;
      time = next;
    }
    const correction = millis(next - own);
    return {
      clocks,
      correction,
      off: isAccused || (decided && Math.abs(correction) > options.bound),
      clusterTime: time === undefined ? undefined : { correction, decided },
      offsets: fresh.map(([node, one]) => ({ node, offset: millis(nearest(own, spanOf(one)) - own) })),
    };
  };

  return {
    hear: ({ node, boot, now, wall, heard: echoes, clusterTime }, at) => {
      let heard = peers.get(node);
      if (heard === undefined || heard.boot !== boot) {
        heard = { boot, wallAtBoot: 0, at, clusterTime, apart: [], apartThere: Number.POSITIVE_INFINITY };
        peers.set(node, heard);
      }
      heard.wallAtBoot = wall - now;
      heard.at = at;
      heard.clusterTime = clusterTime;
      heard.apart.push(between(now, at));
      if (heard.apart.length > KEPT) heard.apart.shift();
      const echo = echoes.find((one) => one.node === options.node && one.boot === options.boot);
      heard.apartThere = echo?.apart ?? Number.POSITIVE_INFINITY;
    },
    heard: () => [...peers].map(([node, { boot, apart }]) => ({ node, boot, apart: Math.min(...apart) })),
    judge,
    correction: (own) => (time === undefined ? judge(own).correction : millis(time - (own.wall - own.now))),
  };
};
