import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Config, type ConfigProblem, formatProblems, loadConfig } from "#control/config.ts";
import { type HomeAgentConfig, configSchema as homeAgent } from "#home-agent/config-schema.ts";
import { type EdgeConfig, configSchema as edge, homeAgentConfigOf } from "#home-agent/edge-config-schema.ts";
import { idleFields } from "#home-agent/idle-fields.ts";
import { settingsOf } from "#home-agent/settings.ts";
import { ok, type Result } from "#wire/result.ts";
import { APART, edgesApart, writeApartConfigs } from "./edges-apart.ts";
import { configFile, type LabPlace, writeConfigs } from "./program-configs.ts";
import { homeAgentsOf, homeNetworkOf } from "./topology.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "roam6-configs-"));
});
afterEach(() => rm(directory, { recursive: true }));

/** What a program says of its config when it starts; nothing when all is right. */
const toldOf = (read: Result<Config<HomeAgentConfig>, readonly ConfigProblem[]>): string => {
  const settings = read.ok ? settingsOf(read.value) : read;
  return formatProblems([...(settings.ok ? [] : settings.error), ...(read.ok ? idleFields(read.value) : [])]);
};

const toldByHomeAgent = async (lab: LabPlace, node: string): Promise<string> =>
  toldOf(await loadConfig<HomeAgentConfig>(configFile(lab, node), homeAgent));

const toldByEdge = async (lab: LabPlace, node: string): Promise<string> => {
  const read = await loadConfig<EdgeConfig>(configFile(lab, node), edge);
  return toldOf(read.ok ? ok(homeAgentConfigOf(read.value)) : read);
};

test.each([3, 4, 5])("the configs of a lab with %i home agents are right", async (count) => {
  const lab = { directory, topology: homeNetworkOf(count) };
  await writeConfigs(lab, "auto");
  for (const { node } of homeAgentsOf(lab.topology)) expect(await toldByHomeAgent(lab, node)).toBe("");
});

test("the configs of edges and home agents apart are right", async () => {
  const lab = { directory, topology: edgesApart };
  await writeApartConfigs(lab, "auto");
  for (const node of APART.homeAgents) expect(await toldByHomeAgent(lab, node)).toBe("");
  for (const node of APART.edges) expect(await toldByEdge(lab, node)).toBe("");
});
