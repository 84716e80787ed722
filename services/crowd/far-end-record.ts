import { millis } from "#wire/time.ts";
import { createFlowRecord, type FlowRecord } from "./flow-record.ts";
import { createHistogram } from "./histogram.ts";
import type { HistorySink } from "./history-lines.ts";
import type { LatencyReport, LossWindow } from "./report.ts";

/** Octets of a record of `fan-probe`: u32 flow, number, answer, zero; u64 sent, answered, received (ns since 1970). */
const SIZE = 40;

/** One home address, seen from the correspondent: probes to it and their answers. */
export interface FarFlow {
  readonly homeAddress: string;
  readonly sent: number;
  /** Probes whose answer came. */
  readonly answered: number;
  readonly lost: number;
  /** Probes without an answer: lost on the way there or back. */
  readonly windows: readonly LossWindow[];
  /** Answers that were sent by the mobile node but did not come: lost on the way back. */
  readonly lostAnswers: number;
  readonly answerWindows: readonly LossWindow[];
  readonly roundTrip: LatencyReport;
}

/** What the correspondent has seen. */
export interface FarEndReport {
  readonly seconds: number;
  readonly refused: number;
  readonly damaged: number;
  readonly flows: readonly FarFlow[];
}

/** What `fan-probe` says at its end. */
export interface FanOutcome {
  readonly numbers: number;
  readonly refused: number;
  readonly damaged: number;
}

interface Kept {
  readonly homeAddress: string;
  readonly probes: FlowRecord;
  readonly answers: FlowRecord;
  readonly roundTrip: ReturnType<typeof createHistogram>;
}

/** Reads a record file, whole records only. */
const keep = (homeAddresses: readonly string[], bytes: Uint8Array): readonly Kept[] => {
  const flows = homeAddresses.map((homeAddress) => ({
    homeAddress,
    probes: createFlowRecord(),
    answers: createFlowRecord(),
    roundTrip: createHistogram(),
  }));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const time = (at: number): number => Number(view.getBigUint64(at, true)) / 1e6;
  for (let at = 0; at + SIZE <= bytes.length; at += SIZE) {
    const flow = flows[view.getUint32(at, true)];
    if (flow === undefined || !flow.probes.note(view.getUint32(at + 4, true), time(at + 16))) continue;
    flow.answers.note(view.getUint32(at + 8, true), time(at + 24));
    flow.roundTrip.record(time(at + 32) - time(at + 16));
  }
  return flows;
};

/** Probes before the first and after the last answered one are lost too: their times follow from the pace. */
const outerWindows = (probes: FlowRecord, numbers: number): LossWindow[] => {
  const runs = probes.runs();
  const [first, last] = [runs.at(0), runs.at(-1)];
  if (first === undefined || last === undefined)
    return numbers === 0 ? [] : [{ from: 0, to: numbers - 1, lost: numbers, start: 0, end: 0 }];
  const pace = last.to === first.from ? 0 : (last.end - first.start) / (last.to - first.from);
  const at = (number: number): number => first.start + (number - first.from) * pace;
  const outer: LossWindow[] = [];
  if (first.from > 0)
    outer.push({ from: 0, to: first.from - 1, lost: first.from, start: at(0), end: at(first.from - 1) });
  if (last.to < numbers - 1)
    outer.push({
      from: last.to + 1,
      to: numbers - 1,
      lost: numbers - 1 - last.to,
      start: at(last.to + 1),
      end: at(numbers - 1),
    });
  return outer;
};

/** Which probes were lost and when, for each home address, from the record file of `fan-probe`. */
export const readFarEnd = (
  homeAddresses: readonly string[],
  bytes: Uint8Array,
  run: { readonly outcome: FanOutcome; readonly seconds: number },
): FarEndReport => {
  const { numbers, refused, damaged } = run.outcome;
  return {
    seconds: run.seconds,
    refused,
    damaged,
    flows: keep(homeAddresses, bytes).map(({ homeAddress, probes, answers, roundTrip }) => ({
      homeAddress,
      sent: numbers,
      answered: probes.received,
      lost: numbers - probes.received,
      windows: [...probes.windows(), ...outerWindows(probes, numbers)].sort((a, b) => a.from - b.from),
      lostAnswers: answers.lost,
      answerWindows: answers.windows(),
      roundTrip: roundTrip.report(),
    })),
  };
};

/**
 * Whether registered meant reachable: every home address answered, and probes were missing for no longer than `allowedGap`
 * milliseconds; 0: none was lost.
 */
export const isReached = ({ damaged, flows }: FarEndReport, allowedGap: number): boolean =>
  damaged === 0 &&
  flows.every(
    ({ answered, lost, windows }) =>
      answered > 0 && (allowedGap > 0 ? windows.every(({ start, end }) => end - start <= allowedGap) : lost === 0),
  );

/** How the probes were sent, for the times of those that have left no record. */
export interface FanSchedule {
  /** Probes that were sent to each home address. */
  readonly numbers: number;
  /** Milliseconds between them. */
  readonly interval: number;
  /** When the first was due at the earliest, milliseconds since 1970; used where nothing at all came back. */
  readonly begun: number;
}

/** When a number was sent: all home addresses get theirs in the same round. */
const roundTimes = (flows: readonly Kept[], { interval, begun }: FanSchedule): ((number: number) => number) => {
  const known = flows.flatMap(({ probes }) => probes.runs().slice(0, 1));
  const first = Math.min(...known.map(({ from, start }) => start - from * interval));
  const zero = Number.isFinite(first) ? first : begun;
  // Nanoseconds since 1970 are more than a number holds exactly.
  return (number) => Math.round((zero + number * interval) * 100) / 100;
};

/**
 * Writes what came back and what did not, as `out` of the mobile nodes. What was sent before the first and after the last answered
 * probe is told as lost too, whichever way it was lost: a tunnel that is dead to the end has no later arrival that shows it.
 */
export const tellFarEnd = (
  homeAddresses: readonly string[],
  bytes: Uint8Array,
  options: {
    readonly instanceOf: (homeAddress: string) => string;
    readonly history: HistorySink;
    readonly schedule: FanSchedule;
  },
): void => {
  const { instanceOf, history, schedule } = options;
  const flows = keep(homeAddresses, bytes);
  const timeOf = roundTimes(flows, schedule);
  for (const { homeAddress, probes, answers } of flows) {
    const about = { homeAddress, instance: instanceOf(homeAddress), direction: "out" as const };
    const outer = (from: number, to: number): void => {
      if (to < from) return;
      const [at, until] = [millis(timeOf(from)), millis(timeOf(to))];
      history({ type: "probes.lost", at, until, count: to - from + 1, ...about });
    };
    const answered = probes.runs();
    const [first, last] = [answered.at(0)?.from ?? schedule.numbers, answered.at(-1)?.to ?? schedule.numbers];
    outer(0, first - 1);
    for (const { mark, from, to, start, end } of answers.runs())
      history({
        type: mark === 0 ? "probes.lost" : "probes.arrived",
        at: millis(start),
        until: millis(end),
        count: to - from + 1,
        ...about,
      });
    outer(last + 1, schedule.numbers - 1);
  }
};
