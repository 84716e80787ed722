import type { ErrorObject } from "ajv";
import { CONFIG_FORMATS } from "./config-formats.ts";
import { nearestName } from "./nearest.ts";

/** Where a problem is in the file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a config file. */
export interface ConfigProblem extends Place {
  readonly file: string;
  /** Path of the field, such as `instances[0].address`; empty for the file as a whole. */
  readonly field: string;
  readonly problem: string;
  readonly remedy: string;
}

/** @returns the problems as text for people, one line each: file:line:column, field, what is wrong, what to do */
export const formatProblems = (problems: readonly ConfigProblem[]): string =>
  problems
    .map(({ file, line, column, field, problem, remedy }) => {
      const place = line > 0 ? `${file}:${line}:${column}` : file;
      return `${place}: ${field === "" ? "" : `${field}: `}${problem}; ${remedy}`;
    })
    .join("\n");

/** A path into the document: names and list positions. */
export type FieldPath = readonly (string | number)[];

/** What an error of the validator says, in words. */
export interface Finding {
  readonly path: FieldPath;
  /** True when the place is the name of the field, not its value. */
  readonly atName: boolean;
  readonly problem: string;
  readonly remedy: string;
}

/** @returns the path as people write it, such as `instances[0].address` */
export const fieldName = (path: FieldPath): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${part}`)).join("");

/** @returns the parts of a JSON pointer, list positions as numbers */
const pathOf = (pointer: string): FieldPath =>
  pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? { ...value } : {};

/** Schema fields that serve messages. */
const schemaOf = (error: ErrorObject): Readonly<Record<string, unknown>> => error.parentSchema ?? {};
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

/** A value as a message may repeat it: short, and not at all where it may be a secret. */
const shown = (path: FieldPath, value: unknown): string => {
  if (path.some((part) => /key|password|secret|token/i.test(String(part)))) return "the value";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "the list" : "the group";
  const text = (JSON.stringify(value) ?? "nothing").replace(/\/\/.*@/, "//...@");
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const KINDS: Readonly<Record<string, string>> = {
  object: "a group of fields",
  array: "a list",
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "nothing",
};
const kinds = (types: unknown): string =>
  (Array.isArray(types) ? types : [types]).map((type) => KINDS[String(type)] ?? String(type)).join(" or ");

const exampleOf = (schema: Readonly<Record<string, unknown>>): string | undefined => {
  const [example] = Array.isArray(schema["examples"]) ? schema["examples"] : [];
  const given = example ?? schema["default"];
  return given === undefined ? CONFIG_FORMATS[String(schema["format"])]?.example : JSON.stringify(given);
};

/** "set it to X (description), such as EXAMPLE". */
const remedyOf = (error: ErrorObject, wish: string): string => {
  const schema = schemaOf(error);
  const description = textOf(schema["description"]);
  const example = exampleOf(schema);
  return `set it to ${wish}${example === undefined ? "" : `, such as ${example}`}${
    description === undefined ? "" : ` (${description})`
  }`;
};

const unknownField = (error: ErrorObject, path: FieldPath): Finding => {
  const name = String(error.params["additionalProperty"]);
  const known = Object.keys(fieldsOf(schemaOf(error)["properties"]));
  const near = nearestName(name, known);
  return {
    path: [...path, name],
    atName: true,
    problem: "unknown field",
    remedy: near === undefined ? `remove it; the fields here are ${known.join(", ")}` : `did you mean '${near}'?`,
  };
};

const missingField = (error: ErrorObject, path: FieldPath): Finding => {
  const name = String(error.params["missingProperty"]);
  const schema = fieldsOf(fieldsOf(schemaOf(error)["properties"])[name]);
  const described = remedyOf({ ...error, parentSchema: schema }, "a value");
  return {
    path: [...path, name],
    atName: false,
    problem: "is missing",
    remedy: described.replace("set it", "add it, set"),
  };
};

/** "none or a group of fields with spi, key". */
const alternativesOf = (error: ErrorObject): string => {
  const alternatives = schemaOf(error)[error.keyword];
  return (Array.isArray(alternatives) ? alternatives : [])
    .map(fieldsOf)
    .map((schema) => {
      if (schema["const"] !== undefined) return String(schema["const"]);
      if (Array.isArray(schema["enum"])) return schema["enum"].join(" or ");
      const { required } = schema;
      return `${kinds(schema["type"])}${Array.isArray(required) ? ` with ${required.join(", ")}` : ""}`;
    })
    .join(" or ");
};

/** @returns the finding of one validator error */
export const findingOf = (error: ErrorObject): Finding => {
  const path = pathOf(error.instancePath);
  const value = shown(path, error.data);
  const say = (problem: string, wish: string): Finding => ({
    path,
    atName: false,
    problem,
    remedy: remedyOf(error, wish),
  });
  const limit = (word: string): Finding =>
    say(`${value} is too ${word}`, `a number ${error.message?.replace("must be ", "")}`);
  switch (error.keyword) {
    case "additionalProperties":
      return unknownField(error, path);
    case "required":
      return missingField(error, path);
    case "type":
      return say(`${value} is not ${kinds(error.params["type"])}`, kinds(error.params["type"]));
    case "enum":
      return say(`${value} is not one of the known values`, `one of ${error.params["allowedValues"].join(", ")}`);
    case "const":
      return say(`${value} is not allowed`, String(error.params["allowedValue"]));
    case "format": {
      const wish = CONFIG_FORMATS[String(error.params["format"])]?.description ?? String(error.params["format"]);
      return say(`${value} is not ${wish}`, wish);
    }
    case "minimum":
    case "exclusiveMinimum":
      return limit("small");
    case "maximum":
    case "exclusiveMaximum":
      return limit("great");
    case "minLength":
    case "minItems":
    case "minProperties":
      return say("it is too short", `at least ${error.params["limit"]} ${unitOf(error.keyword)}`);
    case "maxLength":
    case "maxItems":
    case "maxProperties":
      return say("it is too long", `at most ${error.params["limit"]} ${unitOf(error.keyword)}`);
    case "pattern":
      return say(`${value} has a wrong form`, `text of the form ${error.params["pattern"]}`);
    case "uniqueItems":
      return say("two elements are the same", "a list without repetitions");
    case "anyOf":
    case "oneOf":
      return say(`${value} is none of what may stand here`, alternativesOf(error));
    default:
      return say(`${value} ${error.message ?? "is wrong"}`, "what is described");
  }
};

const unitOf = (keyword: string): string =>
  keyword.endsWith("Length") ? "characters" : keyword.endsWith("Items") ? "elements" : "fields";

/**
 * Drops what `if`, `anyOf` and `oneOf` add: of alternatives that all failed, only the errors of the one that was meant are
 * kept (the one whose errors lie deepest), or, where none came near, the error of the whole.
 */
export const meantErrors = (errors: readonly ErrorObject[]): readonly ErrorObject[] => {
  let kept = errors.filter(({ keyword }) => keyword !== "if");
  for (const whole of errors) {
    if (whole.keyword !== "anyOf" && whole.keyword !== "oneOf") continue;
    const inside = kept.filter((error) => error !== whole && error.schemaPath.startsWith(`${whole.schemaPath}/`));
    const branches = Map.groupBy(inside, (error) => error.schemaPath.slice(whole.schemaPath.length + 1).split("/")[0]);
    const ofKind = [...branches.values()].filter((branch) => branch.every((error) => !isOfOtherKind(error, whole)));
    const complete = ofKind.filter((branch) => branch.every((error) => !isIncomplete(error, whole)));
    // A group that lacks a field may be any of several; where only one takes a group at all, that was meant.
    const meant = complete.sort((a, b) => a.length - b.length)[0] ?? (ofKind.length === 1 ? ofKind[0] : undefined);
    kept = kept.filter((error) =>
      meant === undefined
        ? !inside.includes(error)
        : error !== whole && (meant.includes(error) || !inside.includes(error)),
    );
  }
  return kept;
};

/** The value is of another kind than this alternative: it was not meant. */
const isOfOtherKind = (error: ErrorObject, whole: ErrorObject): boolean =>
  error.instancePath === whole.instancePath && ["type", "const", "enum"].includes(error.keyword);

/** The value lacks a field that this alternative asks for. */
const isIncomplete = (error: ErrorObject, whole: ErrorObject): boolean =>
  error.instancePath === whole.instancePath && error.keyword === "required";
