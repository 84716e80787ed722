import { setImmediate as nextTurn } from "node:timers/promises";
import type { SchemaObject } from "ajv";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Config, type PartPlace, parseConfig, readConfig } from "./config.ts";
import type { ConfigProblem } from "./config-problems.ts";

/** Entries that are read at once: what YAML makes of them takes some 8 kB each until it is taken over. */
const PART = 500;
/** Who has so many problems has one, and is told these. */
const MOST_PROBLEMS = 1_000;

interface Part extends PartPlace {
  readonly text: string;
}

/** What may begin a line of a list whose entries all begin with a dash at the margin: an entry, more of one, a comment, nothing. */
const isOfList = (text: string, at: number): boolean => {
  const first = text[at];
  if (first === "-") return text[at + 1] === " " || text[at + 1] === "\n";
  return first === undefined || first === " " || first === "#" || first === "\n";
};

/**
 * Cuts a YAML list whose entries all begin with a dash at the margin into parts of whole entries; whatever is written in another
 * way is one part. Inside such a list YAML indents all that belongs to an entry, so each dash at the margin begins one.
 */
const partsOf = function* (text: string, size: number): Generator<Part> {
  const cuts: Omit<Part, "text">[] = [];
  const offsets: number[] = [];
  let entries = 0;
  for (let at = 0, line = 0; at < text.length; line++) {
    if (!isOfList(text, at) || (text[at] === " " && entries === 0)) return yield { text, line: 0, index: 0 };
    if (text[at] === "-" && entries++ % size === 0) {
      cuts.push({ line, index: entries - 1 });
      offsets.push(at);
    }
    const end = text.indexOf("\n", at);
    at = end < 0 ? text.length : end + 1;
  }
  if (cuts.length < 2) return yield { text, line: 0, index: 0 };
  for (const [at, place] of cuts.entries()) yield { ...place, text: text.slice(offsets[at], offsets[at + 1]) };
};

/**
 * Reads a config file that is a list, perhaps a very long one: entries come to `take` in parts, and no more than a part is in memory beside
 * the text of the file. Other work has its turn between them.
 * @param schema JSON Schema of the list
 * @param take gives what only the program can see to be wrong; `problemAt` counts entries from the first of the part
 * @returns how many entries there were, or the problems, the first 1,000 in the order of their places
 */
export const loadConfigList = async <T>(
  file: string,
  schema: SchemaObject & { readonly maxItems: number },
  take: (part: Config<readonly T[]>) => readonly ConfigProblem[],
): Promise<Result<number, readonly ConfigProblem[]>> => {
  const text = await readConfig(file);
  return text.ok ? parseConfigList(text.value, file, schema, take) : text;
};

/** As `loadConfigList`, from text; `file` serves messages only. */
export const parseConfigList = async <T>(
  text: string,
  file: string,
  schema: SchemaObject & { readonly maxItems: number },
  take: (part: Config<readonly T[]>) => readonly ConfigProblem[],
  size = PART,
): Promise<Result<number, readonly ConfigProblem[]>> => {
  const problems: ConfigProblem[] = [];
  let entries = 0;
  for (const { text: own, ...place } of partsOf(text, size)) {
    const part = parseConfig<readonly T[]>(own, file, schema, place);
    if (part.ok) {
      entries += part.value.value.length;
      problems.push(...take(part.value));
      if (entries > schema.maxItems)
        problems.push(part.value.problemAt([], `has more than ${schema.maxItems} entries`, "shorten it"));
    } else problems.push(...part.error);
    if (problems.length >= MOST_PROBLEMS || entries > schema.maxItems) break;
    await nextTurn();
  }
  return problems.length > 0 ? failed(problems.slice(0, MOST_PROBLEMS)) : ok(entries);
};
