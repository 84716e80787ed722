import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import { parseConfigList } from "./config-list.ts";
import { formatProblems } from "./config-problems.ts";

interface Entry {
  readonly name: string;
  readonly number: number;
}

const schema = {
  type: "array",
  maxItems: 50,
  items: {
    type: "object",
    additionalProperties: false,
    required: ["name", "number"],
    properties: { name: { type: "string" }, number: { type: "integer", minimum: 1 } },
  },
} as const;

const PART = 3;

/** What came of a text, in parts, and how many parts there were. */
const read = async (text: string) => {
  const entries: Entry[] = [];
  let parts = 0;
  const result = await parseConfigList<Entry>(
    text,
    "list.yaml",
    schema,
    (part) => {
      parts++;
      entries.push(...part.value);
      return part.value.flatMap(({ name }, at) =>
        name === "bad" ? [part.problemAt([at, "name"], "is bad", "mend it")] : [],
      );
    },
    PART,
  );
  return { result, entries, parts };
};

const line = (name: string, number: number) => `- { name: ${name}, number: ${number} }`;
const lines = (count: number) => Array.from({ length: count }, (_, at) => line(`n${at}`, at + 1));

describe("a config file that is a list", () => {
  it("comes in parts of whole entries, in order", async () => {
    const { result, entries, parts } = await read(lines(8).join("\n"));
    expect(result).toEqual({ ok: true, value: 8 });
    expect(entries.map(({ name }) => name)).toEqual(["n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7"]);
    expect(parts).toBe(3);
  });

  it("has its problems at the lines and entries of the whole file", async () => {
    const text = ["# nodes", ...lines(4), "", "# more", line("bad", 5), "- name: n5", "  number: 0", line("n6", 7)];
    const { result } = await read(text.join("\n"));
    expect(result.ok ? "" : formatProblems(result.error)).toBe(
      [
        // The part with a field that the schema refuses is not looked at further.
        "list.yaml:10:11: [5].number: 0 is too small; set it to a number >= 1",
      ].join("\n"),
    );
    text[9] = "  number: 6";
    const { result: again } = await read(text.join("\n"));
    expect(again.ok ? "" : formatProblems(again.error)).toBe("list.yaml:8:11: [4].name: is bad; mend it");
  });

  it.each([
    [
      "a list in brackets",
      `[${lines(7)
        .map((one) => one.slice(2))
        .join(",\n")}]`,
    ],
    ["a document mark", `---\n${lines(7).join("\n")}`],
    [
      "an indented list",
      lines(7)
        .map((one) => `  ${one}`)
        .join("\n"),
    ],
    ["Windows line ends with blank lines", lines(7).join("\r\n\r\n")],
  ])("%s is read whole", async (_, text) => {
    const { result, entries, parts } = await read(text);
    expect(result).toEqual({ ok: true, value: 7 });
    expect(entries).toHaveLength(7);
    expect(parts).toBe(1);
  });

  it("may not have more entries than its schema says, in all parts together", async () => {
    const { result, entries } = await read(lines(60).join("\n"));
    expect(result).toMatchObject({ ok: false, error: [{ problem: "has more than 50 entries" }] });
    expect(entries.length).toBeLessThan(60);
  });

  it.each(["", "# nothing\n", "- {", "- a: *b", "name: x", `- "open\n${lines(4).join("\n")}`])(
    "what is none is refused as a whole file would be: %j",
    async (text) => {
      const { result } = await read(text);
      expect(result.ok).toBe(false);
      expect(parseConfig(text, "list.yaml", schema).ok).toBe(false);
    },
  );

  it("gives what the whole file gives, whatever is written between the entries", async () => {
    const piece = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom("- { name: a, number: 1 }", "- name: b\n  number: 2", "-\n  name: c\n  number: 3"),
      },
      fc.constantFrom(
        "",
        "# comment",
        "  # comment",
        "- name: >\n    - d\n    # d\n  number: 4",
        '- { name: "- e", number: 5 }',
      ),
      { weight: 1, arbitrary: fc.constantFrom("...", "---", "}", "- x", "  number: 9", "- [", "\t", "name: f") },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), async (pieces) => {
        const text = pieces.join("\n");
        const whole = parseConfig<readonly Entry[]>(text, "list.yaml", schema);
        const { result, entries } = await read(text);
        expect(result.ok).toBe(whole.ok);
        if (whole.ok) expect(entries).toEqual(whole.value.value);
      }),
      { numRuns: 500 },
    );
  });
});
