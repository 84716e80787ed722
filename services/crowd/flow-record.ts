import type { LossWindow } from "./report.ts";

/** Numbers beyond this are no probes of ours: some hours of one a millisecond. */
const MOST = 1 << 24;

/** Probes in a row with the same fate. */
export interface ProbeRun extends LossWindow {
  /** The mark that they arrived with; 0: lost. */
  readonly mark: number;
}

/**
 * Which numbered packets of one flow came, in ten octets each. A mark (1 to 65535) can be kept with each of them. A lost one
 * is taken to be sent at an even pace between those beside it that came.
 */
export interface FlowRecord {
  readonly received: number;
  readonly duplicated: number;
  readonly lost: number;
  /** @returns false for a duplicate or a number beyond all bounds */
  note(number: number, sentAt: number, mark?: number): boolean;
  /** From the first to the last that came: runs of the same mark, or of loss. Those ended before `from` (a number) are left out. */
  runs(from?: number): readonly ProbeRun[];
  /** The runs of loss. */
  windows(): readonly LossWindow[];
}

export const createFlowRecord = (): FlowRecord => {
  let marks = new Uint16Array(1024);
  let first = -1;
  let last = -1;
  let sentAt = new Float64Array(marks.length);
  let received = 0;
  let duplicated = 0;

  /** Of one that came: when it was sent. Of one between `before` and `next`, which came: the even pace between them. */
  const sentBetween = (number: number, before: number, next: number): number => {
    const [from, to] = [sentAt[before] ?? 0, sentAt[next] ?? 0];
    // Nanoseconds since 1970 are more than a number holds exactly.
    return next === before
      ? from
      : Math.round((from + ((number - before) * (to - from)) / (next - before)) * 100) / 100;
  };

  const runs = (from = first): ProbeRun[] => {
    const found: ProbeRun[] = [];
    for (let at = Math.max(first, from); at >= 0 && at <= last; ) {
      const mark = marks[at] ?? 0;
      let end = at;
      while (end < last && (marks[end + 1] ?? 0) === mark) end++;
      const lost = mark === 0 ? end - at + 1 : 0;
      // The first and the last number came: a lost one has one that came on either side.
      let before = mark === 0 ? at - 1 : at;
      while ((marks[before] ?? 0) === 0) before--;
      const next = mark === 0 ? end + 1 : at;
      const start = sentBetween(at, before, next);
      found.push({
        from: at,
        to: end,
        lost,
        start,
        end: mark === 0 ? sentBetween(end, before, next) : (sentAt[end] ?? 0),
        mark,
      });
      at = end + 1;
    }
    return found;
  };
  return {
    get received() {
      return received;
    },
    get duplicated() {
      return duplicated;
    },
    get lost() {
      return first < 0 ? 0 : last - first + 1 - received;
    },
    note: (number, at, mark = 1) => {
      if (number >= MOST) return false;
      if (number >= marks.length) {
        const larger = new Uint16Array(Math.min(MOST, Math.max(number + 1, marks.length * 2)));
        larger.set(marks);
        marks = larger;
        const later = new Float64Array(larger.length);
        later.set(sentAt);
        sentAt = later;
      }
      if ((marks[number] ?? 0) !== 0) {
        duplicated++;
        return false;
      }
      marks[number] = mark;
      sentAt[number] = at;
      received++;
      if (first < 0 || number < first) first = number;
      if (number > last) last = number;
      return true;
    },
    runs,
    windows: () =>
      runs()
        .filter(({ mark }) => mark === 0)
        .map(({ from, to, lost, start, end }) => ({ from, to, lost, start, end })),
  };
};
