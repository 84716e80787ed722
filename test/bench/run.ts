import { glob, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { pathToFileURL } from "node:url";
import { parseArguments } from "#cli/options.ts";
import { formatTable } from "#cli/table.ts";
import type { Bench } from "./bench.ts";

const USAGE = `usage: npm run bench [-- [--json FILE] [--minutes N] [FILTER]...]

Measures all figures of test/bench/*.bench.ts whose name holds one of the FILTERs, and what they are compared with, and
prints a table.
  --json FILE  also write the figures as JSON
  --minutes N  how long a soak lasts (1 if not given, a quick look; flat memory is claimed for 10):
               npm run bench -- soak --minutes 10
A missed goal is shown and fails nothing; a bench that cannot run does (exit code 1).
`;

/** What a figure is held against. */
interface Comparison {
  readonly with: string;
  /** Left out where the baseline could not be measured. */
  readonly value?: number;
  readonly unit: string;
  /** Measured in this run; else it is a value that is stated of others. */
  readonly measured: boolean;
  /** The figure as a multiple of this value. */
  readonly ratio?: number;
}

/** A figure with what became of it. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value?: number;
  readonly goal?: Bench["goal"];
  readonly met?: boolean;
  readonly comparisons: readonly Comparison[];
  /** What explains the value. */
  readonly notes?: readonly string[];
  readonly failure?: string;
}

const loadBenches = async (): Promise<readonly Bench[]> => {
  const files: string[] = [];
  for await (const file of glob("test/bench/**/*.bench.ts")) files.push(file);
  const loaded = await Promise.all(
    files.sort().map(async (file): Promise<readonly Bench[]> => {
      const module: { readonly benches?: readonly Bench[] } = await import(pathToFileURL(file).href);
      if (module.benches === undefined) throw new Error(`${file} exports no benches`);
      return module.benches;
    }),
  );
  return loaded.flat();
};

const isMet = (goal: NonNullable<Bench["goal"]>, value: number): boolean =>
  "atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost;

const measure = async (bench: Bench, minutes: number): Promise<Figure> => {
  const { name, unit, goal } = bench;
  const known = { name, unit, ...(goal && { goal }), comparisons: [] };
  try {
    const measured = await bench.run({ minutes });
    const { value, notes } = typeof measured === "number" ? { value: measured, notes: [] } : measured;
    return { ...known, value, ...(goal && { met: isMet(goal, value) }), ...(notes.length > 0 && { notes }) };
  } catch (error) {
    return { ...known, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

/** The figure of `bench` beside its baseline and beside what is stated of others. */
const compared = (figure: Figure, bench: Bench, all: readonly Figure[]): Figure => {
  const against = (value: number | undefined) =>
    value === undefined
      ? {}
      : { value, ...(figure.value !== undefined && value > 0 && { ratio: figure.value / value }) };
  const base = all.find(({ name }) => name === bench.baseline);
  const comparisons: Comparison[] = (bench.stated ?? []).map(({ of, value }) => ({
    with: of,
    unit: figure.unit,
    measured: false,
    ...against(value),
  }));
  if (base !== undefined)
    comparisons.unshift({ with: base.name, unit: base.unit, measured: true, ...against(base.value) });
  return { ...figure, comparisons };
};

const rounded = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(3)));

const rows = (figure: Figure): readonly (readonly string[])[] => {
  const { goal, met } = figure;
  const asked =
    goal === undefined ? "" : "atLeast" in goal ? `>= ${rounded(goal.atLeast)}` : `<= ${rounded(goal.atMost)}`;
  return [
    [
      figure.name,
      figure.value === undefined ? "crashed" : rounded(figure.value),
      figure.unit,
      asked,
      met === undefined ? "" : met ? "met" : "missed",
      "",
    ],
    ...figure.comparisons.map(({ with: other, value, unit, measured, ratio }) => [
      `    ${measured ? "beside:" : "stated, not measured here:"} ${other}`,
      value === undefined ? "" : rounded(value),
      unit,
      "",
      "",
      ratio === undefined ? "" : `${rounded(ratio)} x`,
    ]),
  ];
};

/** Benches by their names, and the ones they are compared with. */
const chosenOf = (all: readonly Bench[], filters: readonly string[]): readonly Bench[] => {
  const named = all.filter(({ name }) => filters.length === 0 || filters.some((filter) => name.includes(filter)));
  const baselines = new Set(named.map(({ baseline }) => baseline));
  return all.filter((bench) => named.includes(bench) || baselines.has(bench.name));
};

const main = async (args: readonly string[]): Promise<number> => {
  const parsed = parseArguments(
    args,
    { json: { type: "string" }, minutes: { type: "string" }, help: { type: "boolean", short: "h" } },
    { atLeast: 0, atMost: 100 },
  );
  if (!parsed.ok || parsed.value.flags.has("help")) {
    process.stderr.write(parsed.ok ? USAGE : `bench: ${parsed.error}\n${USAGE}`);
    return parsed.ok ? 0 : 2;
  }
  const { values, operands } = parsed.value;
  const minutes = Number(values.get("minutes") ?? 1);
  if (!(minutes > 0)) {
    process.stderr.write(`bench: --minutes takes a number greater than 0, not '${values.get("minutes")}'\n${USAGE}`);
    return 2;
  }
  const all = await loadBenches();
  const chosen = chosenOf(all, operands);
  if (chosen.length === 0) {
    process.stderr.write(`bench: ${all.length} figures, none with a name that holds ${operands.join(" or ")}\n`);
    return 1;
  }
  const measured: [Bench, Figure][] = [];
  for (const bench of chosen) {
    process.stderr.write(`${bench.name} ...\n`);
    measured.push([bench, await measure(bench, minutes)]);
  }
  const plain = measured.map(([, figure]) => figure);
  const figures = measured.map(([bench, figure]) => compared(figure, bench, plain));
  const crashed = figures.filter(({ failure }) => failure !== undefined);
  for (const { name, failure } of crashed) process.stderr.write(`\n${name} crashed: ${failure}\n`);
  process.stdout.write(
    `\n${formatTable(["FIGURE", "VALUE", "UNIT", "GOAL", "", "RATIO TO IT"], figures.flatMap(rows))}`,
  );
  for (const { name, notes = [] } of figures)
    if (notes.length > 0) process.stdout.write(`\n${name}\n${notes.map((note) => `  ${note}\n`).join("")}`);
  const missed = figures.filter(({ met }) => met === false).length;
  process.stdout.write(`\n${figures.length} figures, ${missed} goals missed, ${crashed.length} crashed\n`);
  const file = values.get("json");
  if (file !== undefined) {
    const machine = { processor: cpus()[0]?.model ?? "unknown", processors: cpus().length, node: process.version };
    await writeFile(file, `${JSON.stringify({ machine, figures }, undefined, 2)}\n`);
  }
  return crashed.length > 0 ? 1 : 0;
};

process.exit(await main(process.argv.slice(2)));
