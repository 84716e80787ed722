import { parseArgs } from "node:util";
import { type Outcome, runSimulation, type SimulationOptions } from "./run.ts";

const USAGE = `usage: npm run chaos:sim -- [--seeds N] [--from S]    run N seeds (100), from S (1) on
       npm run chaos:sim -- --seed S [-v]             run one seed; -v prints its whole history
       --clocks                                       wall clocks are compared, and set wrong by up to an hour
`;
/** Events of a violation that are printed. */
const EXCERPT = 30;

const tell = (text: string): void => void process.stdout.write(`${text}\n`);

const isGood = ({ verdict, unsettled }: Outcome): boolean => verdict.clean && unsettled === undefined;

const describe = (outcome: Outcome): void => {
  const { seed, shape, clocks, temper, verdict, unsettled } = outcome;
  tell(`seed ${seed}: ${temper}, ${JSON.stringify(shape)}`);
  if (unsettled !== undefined) tell(`  does not come to rest: ${unsettled}`);
  for (const { invariant, at, message, history } of verdict.violations) {
    tell(`  ${invariant} at ${at.toFixed(1)} ms: ${message}`);
    for (const event of history.slice(0, EXCERPT)) tell(`    ${JSON.stringify(event)}`);
  }
  const mode = clocks ? " --clocks" : "";
  if (!isGood(outcome)) tell(`  again: npm run chaos:sim -- --seed ${seed}${mode} -v`);
};

/** @returns how many seeds were bad */
const runMany = async (from: number, count: number, options: SimulationOptions): Promise<number> => {
  const began = performance.now();
  const judged = new Map<string, number>();
  const bad: string[] = [];
  for (let at = 0; at < count; at++) {
    const outcome = await runSimulation(String(from + at), options);
    for (const [name, counted] of Object.entries(outcome.verdict.counts))
      judged.set(name, (judged.get(name) ?? 0) + counted.judged);
    if (!isGood(outcome)) {
      bad.push(outcome.seed);
      describe(outcome);
    }
    if ((at + 1) % 50 === 0) tell(`${at + 1} of ${count} seeds, ${bad.length} bad`);
  }
  tell(`${count} seeds from ${from} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  for (const [name, times] of judged) tell(`  ${name.padEnd(30)} ${times} times held`);
  tell(bad.length === 0 ? "no violation" : `${bad.length} bad: ${bad.join(" ")}`);
  return bad.length;
};

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "100" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      clocks: { type: "boolean", default: false },
      verbose: { type: "boolean", short: "v", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    tell(USAGE);
    return 0;
  }
  const options = { clocks: values.clocks };
  if (values.seed !== undefined) {
    const outcome = await runSimulation(values.seed, options);
    if (values.verbose) for (const event of outcome.history) tell(JSON.stringify(event));
    describe(outcome);
    return isGood(outcome) ? 0 : 1;
  }
  const [from, count] = [Number(values.from), Number(values.seeds)];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(count) || count < 1) {
    process.stderr.write(USAGE);
    return 2;
  }
  return (await runMany(from, count, options)) > 0 ? 1 : 0;
};

// A history may be long, and what is printed is read by a pipe: the process ends by itself.
process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  return 2;
});
