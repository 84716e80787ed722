import { join } from "node:path";
import { askControl } from "#control/client.ts";
import type { Lab, LabProcess } from "#lab/lab.ts";
import { configFile, controlSocket } from "#lab/program-configs.ts";
import { roam6 } from "#lab/programs.ts";
import { poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import type { HistoryEvent } from "./history/history.ts";
import { lineReader } from "./line-reader.ts";
import { endOf, startSamples } from "./samples.ts";

/** Simulated mobile nodes that register, refresh and move all the time (`roam6 sim`). */
export interface Load {
  readonly bindings: number;
  /** Binding Updates a second. */
  readonly rate: number;
  /** Which tunnels carry probes, for people. */
  readonly samples: string;
  /** All events that it has written so far; those of the samples' probes come with `finish`. */
  events(): Promise<readonly HistoryEvent[]>;
  /** All move once within so many seconds. */
  moveAll(seconds: number): Promise<void>;
  /**
   * Ends it; `events` has all data packets of its samples then, as mobile nodes and correspondent have seen them.
   * @returns what was not as it has to be: evidence is missing then
   */
  finish(): Promise<readonly string[]>;
}

const { node } = LAB.crowd;
/** So many register in a second at the start, on two processors that the whole lab shares; more where it would take too long. */
const RAMP = 200;
const LONGEST_RAMP = 360;
const REGISTRATION_DEADLINE = 60_000;
const MOST_RATE = 200;
/** Who waits for many to register is told so often, in milliseconds. */
const PROGRESS = 10_000;
/** The part of the rate that is moves. */
const MOVES = 0.2;
/** Seconds; the longer where refreshes alone would be more than the load. */
const LIFETIME = 600;
const LONG_LIFETIME = 3_600;

const registered = async (lab: Lab): Promise<number> => {
  const answer = await askControl(controlSocket(lab, node), { command: "status" }, { timeout: 1000 });
  // This very version's own report (`SimStatus`).
  return answer.ok ? (answer.value as { mobileNodes: { registered: number } }).mobileNodes.registered : 0;
};

const instancesOf = (events: readonly HistoryEvent[]): ReadonlyMap<string, string> =>
  new Map(
    events.flatMap((event) => (event.type === "update.sent" ? [[event.homeAddress, event.instance] as const] : [])),
  );

interface CrowdOptions {
  readonly bindings: number;
  readonly rate: number;
  readonly seed: number;
  readonly history: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Changes what the running program does. */
const setLoad = async (lab: Lab, what: { readonly rate?: number; readonly moveWithin?: number }): Promise<void> => {
  const answer = await askControl(controlSocket(lab, node), { command: "set", ...what });
  if (!answer.ok) throw new Error(`roam6 sim: ${answer.error.message}`);
};

/** Starts the program and waits until all are registered. */
const startCrowd = async (
  lab: Lab,
  { bindings, rate, seed, history, signal, say }: CrowdOptions,
): Promise<LabProcess> => {
  const ramp = Math.min(Math.ceil(bindings / RAMP), LONGEST_RAMP);
  const options = {
    "mobile-nodes": bindings,
    ramp,
    // Refreshes must leave room for those that register.
    rate: Math.max(rate, 1.5 * (bindings / ramp)),
    "move-rate": rate * MOVES,
    lifetime: bindings * 2 > rate * LIFETIME ? LONG_LIFETIME : LIFETIME,
    seed,
    "answer-within": 600,
    "allowed-gap": 600,
  };
  const argv = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const program = await lab.start(node, "sim", [
    ...roam6("sim", "-c", configFile(lab, node), "--keep", "--history", history, ...argv),
  ]);
  const deadline = REGISTRATION_DEADLINE + (bindings / RAMP) * 2000;
  let saidAt = performance.now();
  const done = await poll(
    async () => {
      signal.throwIfAborted();
      if (!program.running) throw new Error(`roam6 sim ended: see ${program.logFile}`);
      const count = await registered(lab);
      if (performance.now() - saidAt > PROGRESS) {
        saidAt = performance.now();
        say(`${count} of ${bindings} mobile nodes are registered`);
      }
      return count >= bindings ? true : undefined;
    },
    { deadline, interval: 100 },
  );
  if (done === undefined) throw new Error(`roam6 sim: ${bindings} mobile nodes are not registered in time`);
  await setLoad(lab, { rate });
  return program;
};

/**
 * Starts the crowd, waits until all are registered, and sends probes to some of them.
 * @throws Error when they are not within a minute and some more for very many, or the program ends; when `signal` is aborted
 */
export const startLoad = async (
  lab: Lab,
  { bindings, seed, signal, say }: Pick<CrowdOptions, "bindings" | "seed" | "signal" | "say">,
): Promise<Load> => {
  const rate = Math.min(MOST_RATE, Math.max(1, bindings / 5));
  const history = join(lab.directory, "records", "crowd.jsonl");
  const program = await startCrowd(lab, { bindings, rate, seed, history, signal, say });
  const samples = await startSamples(lab, bindings);
  const crowdEvents = lineReader(history);
  let farEnd: readonly HistoryEvent[] = [];
  return {
    bindings,
    rate,
    samples: samples.text,
    finish: async () => {
      // The probes first: what they have sent has come to the mobile nodes when those tell what came.
      const seen = await samples.finish();
      const problems = await endOf(program);
      farEnd = seen.tell(instancesOf(await crowdEvents()));
      return [...seen.problems, ...problems];
    },
    events: async () => [...(await crowdEvents()), ...farEnd],
    moveAll: (seconds) => setLoad(lab, { moveWithin: seconds }),
  };
};
