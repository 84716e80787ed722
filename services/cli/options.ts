import { parseArgs } from "node:util";
import { nearestName } from "#control/nearest.ts";
import { failed, ok, type Result } from "#wire/result.ts";

/** An option of a command: `boolean` ones stand alone, `string` ones take a value. */
export interface OptionSpec {
  readonly type: "boolean" | "string";
  readonly short?: string;
}

/** Arguments after parsing. */
export interface Arguments<Name extends string> {
  readonly flags: ReadonlySet<Name>;
  readonly values: ReadonlyMap<Name, string>;
  readonly operands: readonly string[];
}

/**
 * Parses the arguments of a command.
 * @param operands how many arguments that are no options may stand; what follows `--` counts
 * @returns the arguments, or one sentence that names what is wrong and what to do
 */
export const parseArguments = <Name extends string>(
  args: readonly string[],
  options: Readonly<Record<Name, OptionSpec>>,
  operands: { readonly atLeast: number; readonly atMost: number },
): Result<Arguments<Name>, string> => {
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options },
    strict: false,
    tokens: true,
  });
  const isName = (name: string): name is Name => Object.hasOwn(options, name);
  const flags = new Set<Name>();
  const values = new Map<Name, string>();
  const rest: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") rest.push(token.value);
    if (token.kind !== "option") continue;
    if (!isName(token.name)) return failed(unknownOption(token.rawName, Object.keys(options)));
    const takesValue = options[token.name].type === "string";
    if (takesValue && token.value === undefined) return failed(`${token.rawName} needs a value`);
    if (!takesValue && token.value !== undefined) return failed(`${token.rawName} takes no value`);
    if (values.has(token.name)) return failed(`${token.rawName} is given twice`);
    if (token.value === undefined) flags.add(token.name);
    else values.set(token.name, token.value);
  }
  if (rest.length < operands.atLeast) return failed("an argument is missing");
  const extra = rest[operands.atMost];
  if (extra !== undefined) return failed(`unexpected argument '${extra}'`);
  return ok({ flags, values, operands: rest });
};

const unknownOption = (given: string, names: readonly string[]): string => {
  const near = nearestName(given.replace(/^-+/, ""), names);
  return `unknown option ${given}${near === undefined ? "" : `; did you mean --${near}?`}`;
};
