/** One packet as the receiver saw it; times are milliseconds of CLOCK_REALTIME. */
export interface Arrival {
  readonly sequence: number;
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** When a sender sends: packet n at `start + n * interval`, in milliseconds. */
export interface Schedule {
  readonly start: number;
  readonly interval: number;
}

/** One direction of UDP probes: what was to be sent and what has arrived, in the order of arrival. */
export interface Flow {
  readonly schedule: Schedule;
  readonly arrivals: readonly Arrival[];
}

/** From `from` up to, not including, `to`; milliseconds of CLOCK_REALTIME. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** A silence at the receiver. */
export interface Gap {
  readonly at: number;
  readonly length: number;
}

/** What a window did to a flow. */
export interface FlowFigures {
  /** Packets that were due in the window by the sender's schedule. */
  readonly expected: number;
  /** Those of them that never arrived, whoever lost them: the sender's own socket included. */
  readonly lost: number;
  /** Packets of the window that arrived more than once. */
  readonly duplicated: number;
  /** Longest time of the window without an arrival, in milliseconds. */
  readonly longestGap: number;
  /** When that silence began. */
  readonly longestGapAt: number;
}

/** Octets of one arrival in a record of udp-probe. */
export const RECORD_SIZE = 24;

/** Reads the records that udp-probe wrote; an unfinished one at the end is left for the next reading. */
export const parseArrivals = (bytes: Uint8Array): Arrival[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const arrivals: Arrival[] = [];
  for (let at = 0; at + RECORD_SIZE <= bytes.byteLength; at += RECORD_SIZE) {
    arrivals.push({
      sequence: view.getUint32(at, true),
      sentAt: Number(view.getBigUint64(at + 8, true)) / 1e6,
      receivedAt: Number(view.getBigUint64(at + 16, true)) / 1e6,
    });
  }
  return arrivals;
};

/** Numbers of the packets that are due in a window: from `first` up to, not including, `end`. */
const dueIn = ({ start, interval }: Schedule, { from, to }: Window): { first: number; end: number } => {
  const first = Math.max(0, Math.ceil((from - start) / interval));
  return { first, end: Math.max(first, Math.ceil((to - start) / interval)) };
};

/**
 * Silences of at least `atLeast` milliseconds, as far as they lie in the window: one that its beginning caused counts from
 * there. The end of the window counts as an arrival, so that a flow that never comes back has a gap up to there.
 */
export const gapsIn = (arrivals: readonly Arrival[], window: Window, atLeast: number): Gap[] => {
  const gaps: Gap[] = [];
  let last = window.from;
  for (const { receivedAt } of arrivals) {
    if (receivedAt <= last) continue;
    const next = Math.min(receivedAt, window.to);
    if (next - last >= atLeast) gaps.push({ at: last, length: next - last });
    last = next;
    if (next === window.to) return gaps;
  }
  if (window.to - last >= atLeast) gaps.push({ at: last, length: window.to - last });
  return gaps;
};

/** Loss and silence of one direction in one window. Packets that are still on their way count as lost: ask a little later. */
export const figuresOf = ({ schedule, arrivals }: Flow, window: Window): FlowFigures => {
  const { first, end } = dueIn(schedule, window);
  const seen = new Uint8Array(end - first);
  let duplicated = 0;
  for (const { sequence } of arrivals) {
    if (sequence < first || sequence >= end) continue;
    if (seen[sequence - first] === 1) duplicated++;
    seen[sequence - first] = 1;
  }
  const arrived = seen.reduce((sum, one) => sum + one, 0);
  const longest = gapsIn(arrivals, window, 0).reduce((most, gap) => (gap.length > most.length ? gap : most), {
    at: window.from,
    length: 0,
  });
  return {
    expected: end - first,
    lost: end - first - arrived,
    duplicated,
    longestGap: longest.length,
    longestGapAt: longest.at,
  };
};

/** What tcp-probe has seen up to now. */
export interface StreamRecord {
  /** Octets so far, by time in milliseconds. */
  readonly progress: readonly { readonly at: number; readonly sent: number; readonly received: number }[];
  /** Why the connection ended, or where its content was wrong; undefined while all is well. */
  readonly failure: string | undefined;
}

/** Reads the lines that tcp-probe wrote. */
export const parseStream = (text: string): StreamRecord => {
  const progress: { at: number; sent: number; received: number }[] = [];
  let failure: string | undefined;
  for (const line of text.split("\n").slice(0, -1)) {
    const [at = "0", sent = "0", received = "0", ...rest] = line.split(" ");
    if (sent === "error") failure = [...(received === "-" ? [] : [received]), ...rest].join(" ");
    else progress.push({ at: Number(at) / 1e6, sent: Number(sent), received: Number(received) });
  }
  return { progress, failure };
};

/** The longest time for which a stream brought no new octet, of the part in the window; milliseconds. */
export const longestStall = ({ progress }: StreamRecord, window: Window): number => {
  let longest = 0;
  let since = window.from;
  let octets = -1;
  for (const { at, received } of progress) {
    if (at >= window.to) break;
    if (received === octets) continue;
    if (at > window.from) longest = Math.max(longest, at - since);
    since = Math.max(at, window.from);
    octets = received;
  }
  return Math.max(longest, window.to - since);
};
