import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sampledHomeAddresses } from "#crowd/far-end-command.ts";
import { type FanOutcome, tellFarEnd } from "#crowd/far-end-record.ts";
import { now } from "#lab/demo/clock.ts";
import { type Lab, type LabProcess, nativeProgram } from "#lab/lab.ts";
import { pass } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import type { HistoryEvent } from "./history/history.ts";

/** What the correspondent has seen of the probes of simulated mobile nodes. */
interface FarEnd {
  readonly problems: readonly string[];
  /** @param instances of home agents, by home address */
  tell(instances: ReadonlyMap<string, string>): readonly HistoryEvent[];
}

/** Probes from the correspondent through the tunnels of some simulated mobile nodes. */
interface Samples {
  /** Which, for people. */
  readonly text: string;
  /** Ends them; waits for the last answers. */
  finish(): Promise<FarEnd>;
}

/** So many of them have packets from the correspondent, one every so many milliseconds. */
const SAMPLE = 4;
const INTERVAL = 10;
/** A Binding Update that was lost is sent again after 1.5 and 3 s. */
const END_DEADLINE = 20_000;

/** Ends a program. @returns what is wrong with how it ended */
export const endOf = async (program: LabProcess): Promise<string[]> => {
  if (!program.running) return [`${program.name} had ended before the run did: see its log`];
  program.kill("SIGTERM");
  const ended = await Promise.race([program.ended, pass(END_DEADLINE).then(() => undefined)]);
  if (ended !== undefined) return [];
  program.kill("SIGKILL");
  return [`${program.name} did not end within ${END_DEADLINE / 1000} s and was killed: what it saw last is not known`];
};

/** What `fan-probe` says at its end. */
const outcomeOf = (log: string): FanOutcome | undefined => {
  const last = log.trim().split("\n").at(-1) ?? "";
  const { numbers, refused, damaged }: Partial<FanOutcome> = last.startsWith("{") ? JSON.parse(last) : {};
  return numbers === undefined ? undefined : { numbers, refused: refused ?? 0, damaged: damaged ?? 0 };
};

/** Starts the probes to an even sample of the first `bindings` mobile nodes. */
export const startSamples = async (lab: Lab, bindings: number): Promise<Samples> => {
  const homeAddresses = sampledHomeAddresses(bindings, SAMPLE);
  const record = join(lab.directory, "records", "fan-probe");
  const begun = now();
  const probe = await lab.start("cn", "fan-probe", [
    ...[nativeProgram("fan-probe"), LAB.correspondent, String(INTERVAL * 1000), "0"],
    ...[record, ...homeAddresses],
  ]);
  const count = homeAddresses.length;
  return {
    text: `${count} tunnels of simulated mobile nodes, ${INTERVAL} ms apart, answered by reverse tunnel`,
    finish: async () => {
      const problems = await endOf(probe);
      const outcome = outcomeOf(await readFile(probe.logFile, "utf8").catch(() => ""));
      if (outcome === undefined)
        return {
          problems: [...problems, "fan-probe left no account: what the samples lost is not known"],
          tell: () => [],
        };
      if (outcome.damaged > 0) problems.push(`${outcome.damaged} answers of sampled mobile nodes were damaged`);
      const bytes = new Uint8Array(await readFile(record));
      const schedule = { numbers: outcome.numbers, interval: INTERVAL, begun };
      return {
        problems,
        tell: (instances) => {
          const events: HistoryEvent[] = [];
          const history = (event: HistoryEvent): void => void events.push(event);
          tellFarEnd(homeAddresses, bytes, { instanceOf: (home) => instances.get(home) ?? "", history, schedule });
          return events;
        },
      };
    },
  };
};
