import { CONFIG_FORMATS } from "#control/config-formats.ts";

/** Names and list positions from the top of a config file. */
export type Path = readonly (string | number)[];
export type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** One field of a schema: where it stands, and the schema of its value. */
export interface Field {
  readonly path: Path;
  readonly schema: Fields;
  /** What must stand in the file for the schema's alternative to apply that the field belongs to, outermost first. */
  readonly bases: readonly { readonly path: Path; readonly value: unknown }[];
  /** Names that the choice between the alternatives looks at. */
  readonly deciding: readonly string[];
}

/** Texts that patterns of the schemas accept. */
const NAMES = ["a", "ha1"];

/** A value that a schema accepts. */
export const sampleOf = (schema: Fields): unknown => {
  const { type, format, minimum, exclusiveMinimum, minItems, pattern, required, properties, items } = schema;
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  switch (type) {
    case "object":
      return Object.fromEntries(
        listOf(required).map((name) => [name, sampleOf(fieldsOf(fieldsOf(properties)[String(name)]))]),
      );
    case "array":
      return Array.from({ length: typeof minItems === "number" ? minItems : 1 }, () => sampleOf(fieldsOf(items)));
    case "boolean":
      return true;
    case "integer":
    case "number":
      return typeof minimum === "number" ? minimum : typeof exclusiveMinimum === "number" ? exclusiveMinimum + 1 : 1;
    default:
      if (typeof pattern === "string") return NAMES.find((name) => new RegExp(pattern).test(name));
      return CONFIG_FORMATS[String(format)]?.example ?? "x";
  }
};

/** The alternatives of a schema: of `oneOf`, and what `if` chooses, also inside of `allOf`. */
const alternativesOf = (
  schema: Fields,
): readonly { readonly schema: Fields; readonly deciding: readonly string[] }[] => {
  const condition = fieldsOf(schema["if"]);
  const deciding = [condition, fieldsOf(condition["not"])].flatMap(({ required }) => listOf(required).map(String));
  return [
    ...listOf(schema["oneOf"]).map((inner) => ({ schema: fieldsOf(inner), deciding: [] })),
    ...[schema["then"], schema["else"]].filter(isFields).map((inner) => ({ schema: inner, deciding })),
    ...listOf(schema["allOf"]).flatMap((inner) => alternativesOf(fieldsOf(inner))),
  ];
};

/** Every field that a schema describes, also inside of lists and alternatives; an alternative is a field of its own. */
export const fieldsIn = (schema: Fields, path: Path = [], bases: Field["bases"] = []): readonly Field[] => {
  const field = (inner: Fields, at: Path): readonly Field[] => [
    { path: at, schema: inner, bases, deciding: [] },
    ...fieldsIn(inner, at, bases),
  ];
  const own = Object.entries(fieldsOf(schema["properties"])).flatMap(([name, inner]) =>
    field(fieldsOf(inner), [...path, name]),
  );
  const items = isFields(schema["items"]) ? field(schema["items"], [...path, 0]) : [];
  const alternatives = alternativesOf(schema).flatMap(({ schema: inner, deciding }) => {
    const within = [...bases, { path, value: sampleOf(inner) }];
    return [{ path, schema: inner, bases: within, deciding }, ...fieldsIn(inner, path, within)];
  });
  return [...own, ...items, ...alternatives];
};

/** Longer lists would make the tests slow. */
const LONGEST = 1000;

/** Values that a field must refuse, by what its schema asks for. */
export const wrongValues = (schema: Fields): readonly unknown[] => {
  const { type, format, minimum, maximum, exclusiveMinimum, minLength, maxLength, pattern, minItems, maxItems } =
    schema;
  const item = () => sampleOf(fieldsOf(schema["items"]));
  const wrong: unknown[] = [type === "string" ? { no: "text" } : "nonsense"];
  if (typeof minimum === "number") wrong.push(minimum - 1);
  if (typeof exclusiveMinimum === "number") wrong.push(exclusiveMinimum);
  if (typeof maximum === "number") wrong.push(maximum + 1);
  if (type === "integer") wrong.push(1.5);
  if (typeof minLength === "number" && minLength > 0) wrong.push("");
  if (typeof maxLength === "number") wrong.push("f".repeat(maxLength + 2));
  if (format !== undefined || pattern !== undefined || Array.isArray(schema["enum"])) wrong.push("%");
  if (typeof minItems === "number") wrong.push([]);
  if (typeof maxItems === "number" && maxItems < LONGEST) wrong.push(Array.from({ length: maxItems + 1 }, item));
  if (schema["uniqueItems"] === true) wrong.push([item(), item()]);
  return wrong;
};

/** Names that the schema of a group asks for, but those that make it another alternative where they are missing. */
export const requiredIn = ({ schema, deciding }: Pick<Field, "schema" | "deciding">): readonly string[] =>
  listOf(schema["required"])
    .map(String)
    .filter((name) => !deciding.includes(name));
