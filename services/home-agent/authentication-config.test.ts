import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { formatProblems, parseConfig } from "#control/config.ts";
import { authenticationOf } from "./authentication-config.ts";
import { configSchema, type HomeAgentConfig } from "./config-schema.ts";
import { namedFileProblems } from "./named-files.ts";

const KEY = "00112233445566778899aabbccddeeff";
const node = (homeAddress: string): string => `- { homeAddress: "${homeAddress}", spi: 256, key: "${KEY}" }`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roam6-keys-"));
});
afterEach(() => rm(folder, { recursive: true }));

const configWith = (...more: readonly string[]) => {
  const lines = [
    "node: ha1",
    "homeLink: { device: home0, prefix: 2001:db8:1::/64 }",
    "instances: [{ name: a, number: 1, address: 2001:db8:1::a1 }]",
    ...more,
  ];
  const config = parseConfig<HomeAgentConfig>(lines.join("\n"), "ha.yaml", configSchema);
  if (!config.ok) throw new Error(formatProblems(config.error));
  return config.value;
};

/** How many mobile nodes have keys by a config with these lines, or its problems. */
const keysOf = async (...more: readonly string[]): Promise<number | string> => {
  const read = await authenticationOf(configWith(...more), 1);
  if (!read.ok) return formatProblems(read.error);
  return read.value.kind === "rfc4285" ? read.value.keys.size : 0;
};

describe("mobileNodesFile", () => {
  test("adds its mobile nodes to those of the config", async () => {
    const file = join(folder, "nodes.yaml");
    await writeFile(file, `${node("2001:db8:1::101")}\n${node("2001:db8:1::102")}\n`);
    expect(await keysOf(`mobileNodesFile: ${file}`)).toBe(2);
    expect(await keysOf(`mobileNodes: [${node("2001:db8:1::100").slice(2)}]`, `mobileNodesFile: ${file}`)).toBe(3);
  });

  test("without a mobile node is refused where the config has none either", async () => {
    const file = join(folder, "nodes.yaml");
    await writeFile(file, "[]\n");
    expect(await keysOf(`mobileNodesFile: ${file}`)).toBe(
      `ha.yaml:4:18: mobileNodesFile: there is no mobile node in ${file}, so none could register; list them there, or in mobileNodes`,
    );
    expect(await keysOf(`mobileNodes: [${node("2001:db8:1::100").slice(2)}]`, `mobileNodesFile: ${file}`)).toBe(1);
  });

  test("that is not there is named at its place in the config, unless it is not needed", async () => {
    const missing = async (...more: readonly string[]) => formatProblems(await namedFileProblems(configWith(...more)));
    const file = join(folder, "absent.yaml");
    expect(await missing(`mobileNodesFile: ${file}`)).toBe(
      `ha.yaml:4:18: mobileNodesFile: there is no file ${file}; give the path of a list like mobileNodes`,
    );
    expect(await missing(`mobileNodesFile: ${folder}`)).toContain(`${folder} is a directory`);
    expect(await missing("authentication: none", `mobileNodesFile: ${file}`)).toBe("");
  });
});
