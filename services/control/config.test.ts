import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { formatProblems, loadConfig, parseConfig } from "./config.ts";

interface Sample {
  readonly node: string;
  readonly device?: string;
  readonly plane: "auto" | "routed" | "classic";
  readonly instances: readonly { readonly name: string; readonly address: string }[];
  readonly log: { readonly level: string };
}

const schema = {
  type: "object",
  additionalProperties: false,
  required: ["node"],
  properties: {
    node: { type: "string", minLength: 1, description: "name of this node", examples: ["ha1"] },
    device: { type: "string" },
    plane: { enum: ["auto", "routed", "classic"], default: "auto" },
    prefix: { type: "string", format: "ipv6-prefix" },
    mac: { type: "string", format: "mac-address" },
    listen: { type: "string", format: "host-port" },
    lifetime: { type: "integer", minimum: 8, maximum: 3600 },
    key: { type: "string", format: "hex", minLength: 32 },
    nats: {
      oneOf: [
        {
          type: "object",
          required: ["servers"],
          additionalProperties: false,
          properties: { servers: { type: "array", minItems: 1, items: { type: "string" } } },
        },
        { const: "embedded" },
      ],
    },
    instances: {
      type: "array",
      default: [],
      items: {
        type: "object",
        additionalProperties: false,
        required: ["name", "address"],
        properties: { name: { type: "string" }, address: { type: "string", format: "ipv6-address" } },
      },
    },
    log: { type: "object", default: {}, properties: { level: { enum: ["info", "warn"], default: "info" } } },
  },
};

const problemsOf = (text: string): string => {
  const result = parseConfig<Sample>(text, "ha.yaml", schema);
  return result.ok ? "" : formatProblems(result.error);
};

test("gives the value frozen, with the defaults of the schema", () => {
  const result = parseConfig<Sample>("node: ha1\n", "ha.yaml", schema);
  if (!result.ok) throw new Error(formatProblems(result.error));
  expect(result.value.value).toEqual({ node: "ha1", plane: "auto", instances: [], log: { level: "info" } });
  expect(Object.isFrozen(result.value.value.log)).toBe(true);
});

test("names file, line, column, field, problem and remedy of every wrong field, in the order of the file", () => {
  expect(
    problemsOf("node: 7\ninstances:\n  - { name: a, address: 2001:db8::g }\n  - { name: b }\nlifetime: 4\n").split(
      "\n",
    ),
  ).toEqual([
    'ha.yaml:1:7: node: 7 is not text; set it to text, such as "ha1" (name of this node)',
    'ha.yaml:3:25: instances[0].address: "2001:db8::g" is not an IPv6 address; set it to an IPv6 address, such as 2001:db8:1::11',
    "ha.yaml:4:5: instances[1].address: is missing; add it, set to a value, such as 2001:db8:1::11",
    "ha.yaml:5:11: lifetime: 4 is too small; set it to a number >= 8",
  ]);
});

test("suggests the name that a mistyped field meant, at the place of its name", () => {
  expect(problemsOf("node: ha1\ndevcie: eth0\n")).toBe("ha.yaml:2:1: devcie: unknown field; did you mean 'device'?");
  expect(problemsOf("node: ha1\nzzz: 1\n")).toContain("remove it; the fields here are node, device");
});

test.each([
  ["prefix: 2001:db8:1::1/64", "bits after the length are zero"],
  ["mac: 00-11-22-33-44-55", "six octets"],
  ["listen: '::1:4222'", "in brackets"],
  ["listen: '[::1]:70000'", "in brackets"],
  ["plane: fast", "one of auto, routed, classic"],
  ["nats: { servers: [] }", "at least 1 elements"],
  ["nats: { server: x }", "nats"],
  [
    "nats: embeded",
    'nats: "embeded" is none of what may stand here; set it to a group of fields with servers or embedded',
  ],
  ["key: xyz", "hexadecimal"],
])("refuses %s and says %s", (line, words) => {
  expect(problemsOf(`node: ha1\n${line}\n`)).toMatch(/^ha\.yaml:2:\d+: /);
  expect(problemsOf(`node: ha1\n${line}\n`)).toContain(words);
});

test("never repeats what a key field holds", () => {
  expect(problemsOf("node: ha1\nkey: 5ec4e75ec4e75\n")).not.toContain("5ec4e7");
});

test.each([
  ["", "empty"],
  ["node: [", "not YAML"],
  ["node: a\nnode: b\n", "unique"],
  ["node: a\n---\nnode: b\n", "two documents"],
  ["- 1\n", "a group of fields"],
  ["node: &a [*a]\n", "aliases"],
  ["[".repeat(5000), "not YAML"],
])("survives %.20j", (text, words) => {
  const problems = problemsOf(text);
  expect(problems).toMatch(/^ha\.yaml/);
  expect(problems).toContain(words);
});

test("refuses aliases that would grow without bound", () => {
  const lines = ["a0: &a0 [1,1,1,1,1,1,1,1,1,1]"];
  for (let i = 1; i < 9; i += 1) lines.push(`a${i}: &a${i} [${new Array(10).fill(`*a${i - 1}`).join(",")}]`);
  expect(problemsOf(lines.join("\n"))).toContain("write the values out");
});

test("says what hinders reading a file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "roam6-"));
  try {
    const absent = await loadConfig(join(folder, "ha.yaml"), schema);
    expect(absent.ok ? "" : formatProblems(absent.error)).toBe(
      `${folder}/ha.yaml: there is no such file; give another path with -c FILE`,
    );
    const directory = await loadConfig(folder, schema);
    expect(directory.ok ? "" : formatProblems(directory.error)).toContain("it is a directory");
    await writeFile(join(folder, "ha.yaml"), "node: ha1\n");
    expect((await loadConfig(join(folder, "ha.yaml"), schema)).ok).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
