import type { LatencyReport } from "./report.ts";

/** Buckets a doubling: a figure read from the histogram is at most 1/32 above the true one. */
const STEPS = 32;
/** The finest bucket ends here, milliseconds. */
const FINEST = 0.01;
/** Doublings from there: up to some 46 minutes. */
const DOUBLINGS = 28;

/** Durations in logarithmic buckets (as HDR histograms have them): constant memory, whatever comes. */
export interface Histogram {
  readonly count: number;
  /** @param duration milliseconds */
  record(duration: number): void;
  /** The value that `part` (0 to 1) of all do not exceed; 0 without any. */
  quantile(part: number): number;
  report(): LatencyReport;
  reset(): void;
}

const bucketOf = (duration: number): number =>
  duration <= FINEST ? 0 : Math.min(STEPS * DOUBLINGS, Math.ceil(Math.log2(duration / FINEST) * STEPS));

const upperEndOf = (bucket: number): number => FINEST * 2 ** (bucket / STEPS);

export const createHistogram = (): Histogram => {
  const buckets = new Float64Array(STEPS * DOUBLINGS + 1);
  let count = 0;
  let sum = 0;
  let max = 0;
  const quantile = (part: number): number => {
    let rest = Math.ceil(part * count);
    if (rest <= 0) return 0;
    for (let at = 0; at < buckets.length; at++) {
      rest -= buckets[at] ?? 0;
      if (rest <= 0) return Math.min(upperEndOf(at), max);
    }
    return max;
  };
  /** Whole doublings: what a person looks at. */
  const doublings = (): LatencyReport["buckets"] => {
    const found: { upTo: number; count: number }[] = [];
    let waiting: typeof found = [];
    for (let end = 0; end <= DOUBLINGS; end++) {
      const first = end === 0 ? 0 : (end - 1) * STEPS + 1;
      const held = buckets.subarray(first, end * STEPS + 1).reduce((all, one) => all + one, 0);
      waiting.push({ upTo: rounded(upperEndOf(end * STEPS)), count: held });
      if (held > 0) found.push(...waiting);
      if (held > 0 || found.length === 0) waiting = [];
    }
    return found;
  };
  const rounded = (value: number): number => Number(value.toPrecision(4));
  return {
    get count() {
      return count;
    },
    record: (duration) => {
      const at = bucketOf(duration);
      buckets[at] = (buckets[at] ?? 0) + 1;
      count++;
      sum += duration;
      if (duration > max) max = duration;
    },
    quantile,
    report: () => ({
      count,
      p50: rounded(quantile(0.5)),
      p90: rounded(quantile(0.9)),
      p99: rounded(quantile(0.99)),
      p999: rounded(quantile(0.999)),
      max: rounded(max),
      mean: rounded(count === 0 ? 0 : sum / count),
      buckets: doublings(),
    }),
    reset: () => {
      buckets.fill(0);
      count = 0;
      sum = 0;
      max = 0;
    },
  };
};
