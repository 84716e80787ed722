/** Durations of one kind of exchange, from the first Binding Update of it to its acknowledgement, in milliseconds. */
export interface LatencyReport {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
  /** How many took longer than the bucket before ends and at most `upTo`, which doubles; from the first that holds any to the last. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
}

/** How the mobile nodes of the crowd are. They add up to `wanted` once all have been told. */
export interface MobileNodeCounts {
  /** How many are to be registered now; the ramp moves it. */
  readonly wanted: number;
  /** An acknowledgement granted a lifetime that still runs. */
  readonly registered: number;
  /** A Binding Update of theirs waits for its acknowledgement now. */
  readonly awaiting: number;
  /** Their last answer was a refusal. */
  readonly refused: number;
  /** Their lifetime ran out before an acknowledgement came. */
  readonly lapsed: number;
}

/** What was sent and answered since the start. */
export interface ExchangeCounts {
  /** Binding Updates sent for the first time, by their reason; retransmissions are counted apart. */
  readonly registrations: number;
  readonly refreshes: number;
  readonly moves: number;
  readonly deregistrations: number;
  readonly retransmissions: number;
  /** Exchanges that ended with status below 128. */
  readonly accepted: number;
  /** Answers with status 128 and above, by status. */
  readonly refused: Readonly<Record<string, number>>;
  /** Binding Acknowledgements that were ignored, by reason (wrong authenticator, old sequence number, ...). */
  readonly ignored: Readonly<Record<string, number>>;
  /** Exchanges without an answer for longer than `answerWithin`, each counted once. */
  readonly unanswered: number;
  /** Bindings whose lifetime ended before an answer came. */
  readonly lapsed: number;
  /** What the tap's queue overflowed by, in packets. */
  readonly dropped: number;
  /** Offers of `--rate` for which no mobile node was free. */
  readonly notOffered: number;
}

/** One second of the run, counted from its start. */
export interface SecondReport {
  readonly second: number;
  /** Binding Updates sent for the first time. */
  readonly offered: number;
  readonly retransmitted: number;
  /** Acknowledgements that ended an exchange. */
  readonly answered: number;
  readonly registered: number;
}

/** Probes that were sent but did not come: numbers `from` to `to`, and when they were due (wall clock, ms since 1970). */
export interface LossWindow {
  readonly from: number;
  readonly to: number;
  readonly lost: number;
  readonly start: number;
  readonly end: number;
}

/** One sampled tunnel as the mobile node saw it: probes of a far end that came out of the tunnel and went back through it. */
export interface FlowReport {
  readonly homeAddress: string;
  readonly careOfAddress: string;
  readonly homeAgent: string;
  readonly received: number;
  readonly duplicated: number;
  /** Wrong content, wrong addresses inside, or from another tunnel entry than its home agent. */
  readonly damaged: number;
  /** Answers sent back by reverse tunnel. */
  readonly answered: number;
  /** Numbers that were skipped, between the first and the last that came. */
  readonly lost: number;
  readonly windows: readonly LossWindow[];
}

/** A criterion of the verdict. */
export interface Criterion {
  readonly name: "registered" | "answered" | "accepted" | "kept" | "data" | "returned";
  readonly passed: boolean;
  /** One sentence with figures. */
  readonly detail: string;
}

/** What `roam6 sim --json` prints at its end, and what `report` answers at any time. */
export interface SimReport {
  readonly seed: number;
  /** Wall clock of the start, ms since 1970. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly homeAgents: readonly string[];
  readonly mobileNodes: MobileNodeCounts;
  readonly exchanges: ExchangeCounts;
  readonly latency: {
    readonly all: LatencyReport;
    readonly registrations: LatencyReport;
    readonly refreshes: LatencyReport;
    readonly moves: LatencyReport;
    readonly deregistrations: LatencyReport;
  };
  /** The last seconds of the run, at most 3,600. */
  readonly perSecond: readonly SecondReport[];
  /** Sampled tunnels, empty without `--sample`. */
  readonly flows: readonly FlowReport[];
  /** Processor time of this process, seconds. */
  readonly processor: { readonly user: number; readonly system: number };
  readonly verdict: { readonly passed: boolean; readonly criteria: readonly Criterion[] };
}

/** What `status` answers. */
export interface SimStatus {
  readonly seconds: number;
  /** `ending`: load has stopped, the mobile nodes return. */
  readonly phase: "running" | "ending";
  readonly mobileNodes: MobileNodeCounts;
  /** Binding Updates a second over the last second. */
  readonly offered: number;
  readonly answered: number;
  readonly retransmitted: number;
  /** Of the last second, milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly unanswered: number;
  readonly settings: SimSettings;
}

/** What may be changed while it runs: request `set` of the control socket, `roam6 sim set`, keys of a terminal. */
export interface SimSettings {
  /** How many mobile nodes shall be registered; fewer than now: the rest de-register. */
  readonly mobileNodes: number;
  /** Binding Updates a second to offer; 0: only what registering, moving and staying registered need. */
  readonly rate: number;
  /** Seconds over which a change of `mobileNodes` is spread. */
  readonly ramp: number;
  /** Moves a second, of mobile nodes chosen at random. */
  readonly moveRate: number;
}

/** Request `set`: any of the settings, and `moveWithin`: all mobile nodes move once, spread over so many seconds. */
export type SimSet = Partial<SimSettings> & { readonly moveWithin?: number };
