import { parseArguments } from "#cli/options.ts";
import type { Config } from "#control/config.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type CrowdConfig, configSchema } from "./config-schema.ts";

/** Options of `roam6 sim` that stand for a field of its config file. */
const NUMBERS = {
  "mobile-nodes": "mobileNodes",
  rate: "rate",
  ramp: "ramp",
  lifetime: "lifetime",
  "move-rate": "moveRate",
  duration: "duration",
  seed: "seed",
  "first-timeout": "initialBindackTimeoutFirstReg",
  "answer-within": "answerWithin",
  "allowed-gap": "allowedGap",
} as const;

const value = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const OPTIONS = {
  config: { type: "string", short: "c" },
  lab: value,
  "home-agents": value,
  control: value,
  history: value,
  "mobile-nodes": value,
  rate: value,
  ramp: value,
  lifetime: value,
  "move-rate": value,
  duration: value,
  seed: value,
  "first-timeout": value,
  "answer-within": value,
  "allowed-gap": value,
  keep: flag,
  json: flag,
} as const;

type NumberOption = keyof typeof NUMBERS;

/** What stands on the command line. */
export interface RunOptions {
  readonly config?: string;
  readonly lab?: string;
  readonly control?: string;
  readonly history?: string;
  /** Names of home agent instances of the config. */
  readonly homeAgents?: readonly string[];
  readonly numbers: Readonly<Partial<Record<NumberOption, number>>>;
  readonly keep: boolean;
  readonly json: boolean;
}

const isNumberOption = (name: string): name is NumberOption => Object.hasOwn(NUMBERS, name);

/** @returns the options, or one sentence that says what is wrong */
export const parseRunOptions = (args: readonly string[]): Result<RunOptions, string> => {
  const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 0 });
  if (!parsed.ok) return parsed;
  const { values, flags } = parsed.value;
  const numbers: Partial<Record<NumberOption, number>> = {};
  for (const [name, text] of values) {
    if (!isNumberOption(name)) continue;
    const number = Number(text);
    const schema: { minimum: number; maximum: number; type: string } = configSchema.properties[NUMBERS[name]];
    if (text.trim() === "" || !(number >= schema.minimum && number <= schema.maximum))
      return failed(`--${name} takes a number from ${schema.minimum} to ${schema.maximum}, not '${text}'`);
    if (schema.type === "integer" && !Number.isInteger(number))
      return failed(`--${name} takes a whole number, not '${text}'`);
    numbers[name] = number;
  }
  const given = (name: "config" | "lab" | "control" | "history") => {
    const text = values.get(name);
    return text === undefined ? {} : { [name]: text };
  };
  const homeAgents = values
    .get("home-agents")
    ?.split(",")
    .filter((name) => name !== "");
  return ok({
    ...given("config"),
    ...given("lab"),
    ...given("control"),
    ...given("history"),
    ...(homeAgents === undefined ? {} : { homeAgents }),
    numbers,
    keep: flags.has("keep"),
    json: flags.has("json"),
  });
};

/** The config with the command line's options in it. @returns one sentence where they do not fit it */
export const withOptions = (config: Config<CrowdConfig>, options: RunOptions): Result<Config<CrowdConfig>, string> => {
  const known = config.value.homeAgents;
  const unknown = options.homeAgents?.find((name) => !known.some((one) => one.name === name));
  if (unknown !== undefined)
    return failed(
      `--home-agents: no home agent '${unknown}' in the config; it has ${known.map(({ name }) => name).join(", ")}`,
    );
  if (options.homeAgents?.length === 0) return failed("--home-agents needs at least one name");
  const numbers = Object.entries(options.numbers).flatMap(([name, number]) =>
    isNumberOption(name) ? [[NUMBERS[name], number] as const] : [],
  );
  return ok({
    ...config,
    value: {
      ...config.value,
      ...Object.fromEntries(numbers),
      ...(options.homeAgents === undefined
        ? {}
        : { homeAgents: known.filter(({ name }) => options.homeAgents?.includes(name)) }),
      ...(options.control === undefined ? {} : { control: { socket: options.control } }),
      keep: options.keep || config.value.keep,
    },
  });
};
