import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { type ConfigProblem, parseConfig } from "#control/config.ts";
import { configSchema as correspondentNode } from "#correspondent-node/config-schema.ts";
import { type HomeAgentConfig, configSchema as homeAgent } from "#home-agent/config-schema.ts";
import { configSchema as edge } from "#home-agent/edge-config-schema.ts";
import { settingsOf } from "#home-agent/settings.ts";
import { configSchema as mobileNode } from "#mobile-node/config-schema.ts";
import { type Field, fieldsIn, fieldsOf, type Path, requiredIn, sampleOf, wrongValues } from "./config-fields.ts";

const examples = join(import.meta.dirname, "../../deploy/examples");
const roles = { ha: homeAgent, edge, mn: mobileNode, cn: correspondentNode } as const;
type Role = keyof typeof roles;
const roleNames = ["ha", "edge", "mn", "cn"] as const;

const example = async (role: Role): Promise<string> => readFile(join(examples, `${role}.yaml`), "utf8");

const problemsOf = (role: Role, text: string): readonly ConfigProblem[] => {
  const parsed = parseConfig<HomeAgentConfig>(text, `${role}.yaml`, roles[role]);
  return parsed.ok ? [] : parsed.error;
};

const nameOf = (path: Path): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${part}`)).join("");

/** A text for titles: long lists and texts by their length. */
const brief = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 50)}… (${text.length} characters)` : text;
};

/** The example of a role, changed so that the alternative applies that a field belongs to. */
const exampleFor = async (role: Role, { bases }: Pick<Field, "bases">) => {
  const document = parseDocument(await example(role));
  for (const { path, value } of bases) document.setIn(path, document.createNode(value));
  return document;
};

const fieldsOfRoles = roleNames.flatMap((role) => fieldsIn(roles[role]).map((field) => ({ role, field })));

const cases = fieldsOfRoles.flatMap(({ role, field }) =>
  wrongValues(field.schema).map((value) => ({ role, field, name: nameOf(field.path), value, shown: brief(value) })),
);

test.each(cases)(
  "$role, $name is refused as $shown, at its place, with a remedy",
  async ({ role, field, name, value }) => {
    const document = await exampleFor(role, field);
    document.setIn(field.path, value);
    const own = problemsOf(role, document.toString()).filter((problem) => problem.field === name);
    expect(
      own.map(({ problem, remedy, line, column }) => [problem !== "", remedy !== "", line > 0, column > 0]),
    ).toContainEqual([true, true, true, true]);
  },
);

/** Every group of fields that asks for some of them, the file as a whole first. */
const groups = roleNames.flatMap((role) =>
  [{ path: [], schema: fieldsOf(roles[role]), bases: [], deciding: [] }, ...fieldsIn(roles[role])].flatMap((group) =>
    requiredIn(group).map((required) => ({ role, group, required, name: nameOf([...group.path, required]) })),
  ),
);

test.each(groups)("$role without $name is refused", async ({ role, group, required, name }) => {
  const document = await exampleFor(role, group);
  if (group.path.length > 0) document.setIn(group.path, document.createNode(sampleOf(group.schema)));
  expect(problemsOf(role, document.toString())).toEqual([]);
  document.deleteIn([...group.path, required]);
  expect(problemsOf(role, document.toString()).map((problem) => [problem.field, problem.problem])).toEqual([
    [name, "is missing"],
  ]);
});

test("each field of a mobile node is among those that are tried, by itself and as a range", () => {
  const tried = new Set(cases.filter(({ role }) => role === "ha").map(({ name }) => name));
  const names = [
    "homeAddress",
    "spi",
    "key",
    "homeAddresses",
    "homeAddresses.first",
    "homeAddresses.count",
    "masterKey",
  ];
  expect(names.filter((name) => !tried.has(`mobileNodes[0].${name}`))).toEqual([]);
  expect(groups.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["mobileNodes[0].key", "mobileNodes[0].masterKey", "mobileNodes[0].homeAddresses.count"]),
  );
});

test.each(roleNames)("%s.yaml: an unknown field is refused, and the near one named", async (role) => {
  const [problem] = problemsOf(role, `${await example(role)}\ncontorl: {}\n`);
  expect(problem).toMatchObject({ field: "contorl", problem: "unknown field", remedy: "did you mean 'control'?" });
});

test("all wrong fields of a file are told at once", async () => {
  const document = parseDocument(await example("ha"));
  document.setIn(["plane"], "fast");
  document.setIn(["homeLink", "prefix"], "2001:db8::1/64");
  document.setIn(["instances", 1, "number"], 300);
  expect(problemsOf("ha", document.toString()).map(({ field }) => field)).toEqual([
    "homeLink.prefix",
    "instances[1].number",
    "plane",
  ]);
});

/** What only the whole of a config shows. */
test.each([
  [["instances", 1, "number"], 1, "instances[1].number"],
  [["instances", 1, "name"], "a", "instances[1].name"],
  [["instances", 0, "address"], "2001:db8:2::a1", "instances[0].address"],
  [["instances", 0, "virtualMac"], "01:00:5e:00:02:01", "instances[0].virtualMac"],
  [["instances", 1, "virtualMac"], "00:00:5e:00:02:01", "instances[1].virtualMac"],
  [["homeLink", "prefix"], "::/0", "homeLink.prefix"],
  [["homeLink", "validLifetime"], 7, "homeLink.validLifetime"],
  [["lifetime", "minimum"], 7200, "lifetime.minimum"],
  [["nats", "servers"], ["nats://[::1]:4222"], "nats.embedded"],
  [["nats", "embedded", "cluster", "listen"], "[::1]:4222", "nats.embedded.cluster.listen"],
  [["nats", "embedded", "cluster"], undefined, "cluster.peers"],
  [["nats", "embedded", "cluster"], undefined, "cluster.replicas"],
  [["nats", "tls"], { caFile: "/ca.pem" }, "nats.tls"],
  [["cluster", "peers", 0, "node"], "ha1", "cluster.peers[0].node"],
  [["cluster", "peers", 0, "node"], "ha3", "cluster.peers[1].node"],
  [["cluster", "peers", 0, "address"], "2001:db8:1::a1", "cluster.peers[0].address"],
  [["cluster", "peers", 0, "address"], "ff02::1", "cluster.peers[0].address"],
] as const)("ha.yaml: %j as %j contradicts the rest and is refused", async (path, value, field) => {
  const document = parseDocument(await example("ha"));
  if (value === undefined) document.deleteIn(path);
  else document.setIn(path, value);
  const parsed = parseConfig<HomeAgentConfig>(document.toString(), "ha.yaml", homeAgent);
  const settings = parsed.ok ? settingsOf(parsed.value) : parsed;
  expect(settings.ok ? [] : settings.error.map((problem) => problem.field)).toContain(field);
});
