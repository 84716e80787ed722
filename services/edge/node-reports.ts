import { type ClockJudgement, type ClockPair, createClockWatch } from "#cluster/clock-watch.ts";
import type { Clock } from "#ports/clock.ts";
import type { NodeBus, NodeCommand, NodeReport } from "#ports/node-bus.ts";
import { pause } from "#ports/pause.ts";
import { between, type Instant, type Milliseconds, millis } from "#wire/time.ts";

/** What this node says of itself, but its clocks. */
export type OwnReport = Omit<NodeReport, "node" | "boot" | "now" | "wall" | "asks" | "heard" | "clusterTime">;

/** The reports of all nodes: this node's own goes out, those of others are kept. */
export interface NodeReports {
  /** The last report of a node that is not too old to count. */
  fresh(node: string): NodeReport | undefined;
  clocks(): ClockJudgement;
  /** What brings this node's wall clock to the time of the cluster, by the last comparison. */
  clockCorrection(): Milliseconds;
  /** Tells the others at once: something has changed. */
  say(): void;
  /** Asks whoever was not heard yet; resolves when every peer was heard, or has had time to answer, so that clocks are known. */
  acquainted(signal: AbortSignal): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

const INTERVAL = millis(1_000);
/** A node that has said nothing for so long is not counted on. */
const STALE = millis(3_500);
/** Time for peers that live to answer the first report. */
const ANSWER_TIME = millis(500);

export const createNodeReports = (
  options: {
    readonly node: string;
    readonly peers: readonly string[];
    readonly boot: number;
    readonly clockBound: Milliseconds;
  },
  deps: {
    readonly bus: NodeBus;
    readonly clock: Clock;
    readonly own: () => OwnReport;
    readonly onReport: () => void;
    readonly onCommand: (command: NodeCommand) => Promise<string | undefined>;
  },
): NodeReports => {
  const { bus, clock } = deps;
  const { node, boot, peers } = options;
  const heard = new Map<string, { readonly report: NodeReport; readonly at: Instant }>();
  const watch = createClockWatch({ node, boot, bound: options.clockBound });
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: complete, resolve: becomeComplete } = Promise.withResolvers<void>();
  let asked = false;

  const ownClocks = (): ClockPair => ({ now: clock.now(), wall: clock.wall() });
  const publish = (asks: boolean): void => {
    const own = ownClocks();
    const { clusterTime } = watch.judge(own);
    bus.publish({ ...deps.own(), node, boot, ...own, asks, heard: watch.heard(), clusterTime });
  };

  const hearsThis = (report: NodeReport): boolean => report.heard.some((one) => one.node === node && one.boot === boot);
  const isComplete = (): boolean =>
    peers.every((name) => {
      const last = heard.get(name);
      return last !== undefined && hearsThis(last.report);
    });

  return {
    fresh: (name) => {
      const last = heard.get(name);
      return last !== undefined && between(last.at, clock.now()) <= STALE ? last.report : undefined;
    },
    clocks: () => watch.judge(ownClocks()),
    clockCorrection: () => watch.correction(ownClocks()),
    say: () => publish(false),
    acquainted: async (signal) => {
      await Promise.race([reached, new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()))]);
      // Who is not known did not live, or was cut off when all were asked.
      if (!isComplete()) publish(true);
      await Promise.race([complete, pause(clock, ANSWER_TIME, signal)]);
    },
    run: async (signal) => {
      const serving = bus.serve(
        {
          report: (report) => {
            if (!peers.includes(report.node)) return;
            const at = clock.now();
            heard.set(report.node, { report, at });
            watch.hear(report, at);
            // Clocks are compared only with a peer that hears this node.
            if (report.asks || !hearsThis(report)) publish(!hearsThis(report));
            if (isComplete()) becomeComplete();
            deps.onReport();
          },
          command: deps.onCommand,
          reached: () => {
            publish(!asked);
            asked = true;
            reach();
          },
        },
        signal,
      );
      if (peers.length === 0) becomeComplete();
      while (!signal.aborted) {
        await pause(clock, INTERVAL, signal);
        if (!signal.aborted) publish(false);
      }
      await serving;
    },
  };
};
