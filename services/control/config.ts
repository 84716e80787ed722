import { readFile } from "node:fs/promises";
import { Ajv, type SchemaObject } from "ajv";
import { type Document, isMap, isPair, isScalar, LineCounter, parseAllDocuments, type YAMLError } from "yaml";
import { failed, ok, type Result } from "#wire/result.ts";
import { CONFIG_FORMATS } from "./config-formats.ts";
import {
  type ConfigProblem,
  type FieldPath,
  fieldName,
  findingOf,
  meantErrors,
  type Place,
} from "./config-problems.ts";

export { type ConfigProblem, formatProblems } from "./config-problems.ts";

/** A config file as it was read: the value, frozen to its depth, with the schema's defaults filled in. */
export interface Config<T> {
  readonly value: T;
  /**
   * A problem that only the program can see (two instances with the same number), with the place of the field.
   * @param path the field, such as `["instances", 0, "address"]`
   */
  problemAt(path: FieldPath, problem: string, remedy: string): ConfigProblem;
  /** Whether the field stands in the file, so that its value is no default. */
  isWritten(path: FieldPath): boolean;
}

/** Octets that a config file may have; one with 100,000 mobile nodes has about 12 MB. */
const SIZE_LIMIT = 64 * 1024 * 1024;

/**
 * Reads a config file.
 * @param schema JSON Schema (draft 7) with the formats of `CONFIG_FORMATS`; `T` is the type that it describes
 * @returns the config, or all problems of the file, in the order of their places
 */
export const loadConfig = async <T>(
  file: string,
  schema: SchemaObject,
): Promise<Result<Config<T>, readonly ConfigProblem[]>> => {
  const text = await readConfig(file);
  return text.ok ? parseConfig(text.value, file, schema) : text;
};

/** The text of a config file. */
export const readConfig = async (file: string): Promise<Result<string, readonly ConfigProblem[]>> => {
  try {
    const octets = await readFile(file);
    if (octets.length <= SIZE_LIMIT) return ok(octets.toString("utf8"));
    return failed([{ file, line: 0, column: 0, field: "", problem: "the file is too big", remedy: "split it" }]);
  } catch (error) {
    return failed([unreadable(file, error)]);
  }
};

/** Where a part of a file begins, for the places in its problems. */
export interface PartPlace {
  /** Lines before it. */
  readonly line: number;
  /** Entries before it of the list that the file is. */
  readonly index: number;
}

const WHOLE: PartPlace = { line: 0, index: 0 };

/** As `loadConfig`, from text; `file` serves messages only, and `part` where the text is not all of it. */
export const parseConfig = <T>(
  text: string,
  file: string,
  schema: SchemaObject,
  part = WHOLE,
): Result<Config<T>, readonly ConfigProblem[]> => {
  const lines = new LineCounter();
  const [document, second] = [...parseAllDocuments(text, { lineCounter: lines, prettyErrors: false })];
  if (document === undefined || !("contents" in document) || document.contents === null) {
    return failed([{ file, line: 1, column: 1, field: "", problem: "the file is empty", remedy: "write a config" }]);
  }
  const syntax = [...document.errors, ...(second?.errors ?? [])];
  const later = (place: Place): Place => ({ line: place.line + part.line, column: place.column });
  if (syntax.length > 0)
    return failed(syntax.map((error) => syntaxProblem(file, error, later(placeIn(lines, error.pos[0])))));
  const problemAt = (path: FieldPath, problem: string, remedy: string, atName = false): ConfigProblem => ({
    file,
    ...later(placeOf(document, path, atName, lines)),
    field: fieldName(path.map((step, depth) => (depth === 0 && typeof step === "number" ? step + part.index : step))),
    problem,
    remedy,
  });
  if (second !== undefined) return failed([problemAt([], "the file holds two documents", "remove the line '---'")]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    return failed([problemAt([], "aliases (*name) are not allowed", "write the values out")]);
  }
  const validate = validatorOf(schema);
  // What the schema accepts has the type that it describes.
  if (validate(value)) return ok({ value: freeze(value as T), problemAt, isWritten: (path) => document.hasIn(path) });
  const problems = meantErrors(validate.errors ?? [])
    .map(findingOf)
    .map(({ path, problem, remedy, atName }) => problemAt(path, problem, remedy, atName));
  return failed(problems.sort((a, b) => a.line - b.line || a.column - b.column));
};

const compile = (schema: SchemaObject) => {
  const ajv = new Ajv({ allErrors: true, strict: true, verbose: true, useDefaults: true, allowUnionTypes: true });
  for (const [name, format] of Object.entries(CONFIG_FORMATS)) ajv.addFormat(name, format.check);
  return ajv.compile(schema);
};

/** Compiling a schema takes much longer than using it. */
const compiled = new WeakMap<SchemaObject, ReturnType<typeof compile>>();

const validatorOf = (schema: SchemaObject) => {
  const validate = compiled.get(schema) ?? compile(schema);
  compiled.set(schema, validate);
  return validate;
};

const placeIn = (lines: LineCounter, offset: number): Place => {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
};

const syntaxProblem = (file: string, error: YAMLError, place: Place): ConfigProblem => ({
  file,
  ...place,
  field: "",
  problem: `this is not YAML: ${error.message}`,
  remedy: "mend the line",
});

/** The place of a field, or of the innermost group around it when it is not there. */
const placeOf = (document: Document, path: FieldPath, atName: boolean, lines: LineCounter): Place => {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const offset = offsetOf(document, path.slice(0, depth), atName && depth === path.length);
    if (offset !== undefined) return placeIn(lines, offset);
  }
  return { line: 1, column: 1 };
};

const offsetOf = (document: Document, path: FieldPath, atName: boolean): number | undefined => {
  const parent: unknown = path.length > 0 ? document.getIn(path.slice(0, -1), true) : undefined;
  if (isMap(parent)) {
    const name = String(path.at(-1));
    const pair = parent.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === name);
    const named: unknown = atName ? pair?.key : (pair?.value ?? pair?.key);
    return rangeStart(named);
  }
  return rangeStart(document.getIn(path, true));
};

const rangeStart = (node: unknown): number | undefined => {
  const range: unknown = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof start === "number" ? start : undefined;
};

const freeze = <T>(value: T): T => {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
};

const unreadable = (file: string, error: unknown): ConfigProblem => {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const [problem, remedy] =
    code === "ENOENT"
      ? ["there is no such file", "give another path with -c FILE"]
      : code === "EACCES"
        ? ["permission to read it is missing", "run as the user that owns it (root)"]
        : code === "EISDIR"
          ? ["it is a directory", "give the path of a file"]
          : [error instanceof Error ? error.message : String(error), "give the path of a readable file"];
  return { file, line: 0, column: 0, field: "", problem, remedy };
};
