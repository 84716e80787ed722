import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { formatProblems, loadConfig, parseConfig } from "#control/config.ts";
import { configSchema as correspondentNode } from "#correspondent-node/config-schema.ts";
import { configSchema as crowd } from "#crowd/config-schema.ts";
import { type HomeAgentConfig, configSchema as homeAgent } from "#home-agent/config-schema.ts";
import { type EdgeConfig, configSchema as edge, homeAgentConfigOf } from "#home-agent/edge-config-schema.ts";
import { idleFields } from "#home-agent/idle-fields.ts";
import { settingsOf } from "#home-agent/settings.ts";
import { configSchema as mobileNode } from "#mobile-node/config-schema.ts";

const examples = join(import.meta.dirname, "../../deploy/examples");

test("the example of a home agent gives each mobile node a key of its own, and says where keys come from (R-5.1-07)", async () => {
  const file = join(examples, "ha.yaml");
  const config = await loadConfig<HomeAgentConfig>(file, homeAgent);
  if (!config.ok) throw new Error(formatProblems(config.error));
  const keys = config.value.value.mobileNodes.flatMap((entry) => ("key" in entry ? [entry.key] : []));
  expect(keys.length).toBeGreaterThan(1);
  expect(new Set(keys).size).toBe(keys.length);
  const comments = (await readFile(file, "utf8")).replaceAll(/\n# /g, " ");
  expect(comments).toMatch(/random 128-bit key of its own \(openssl rand -hex 16\), brought to it off-line/);
});

test.each([
  ["ha.yaml", homeAgent],
  ["edge.yaml", edge],
  ["mn.yaml", mobileNode],
  ["cn.yaml", correspondentNode],
  ["sim.yaml", crowd],
])("the example %s obeys its schema", async (file, schema) => {
  const config = await loadConfig(join(examples, file), schema);
  expect(config.ok ? "" : formatProblems(config.error)).toBe("");
});

test("the examples of a home agent and an edge, put apart as edge.yaml says, fit each other", async () => {
  const document = parseDocument(await readFile(join(examples, "ha.yaml"), "utf8"));
  document.set("edge", false);
  for (const path of [["homeLink", "device"], ["homeLink", "routerAdvertisements"], ["plane"], ["cluster", "hello"]])
    document.deleteIn(path);
  for (const at of [0, 1]) document.deleteIn(["cluster", "peers", at, "address"]);
  const apart = parseConfig<HomeAgentConfig>(document.toString(), "ha.yaml", homeAgent);
  const forwarder = await loadConfig<EdgeConfig>(join(examples, "edge.yaml"), edge);
  if (!apart.ok || !forwarder.ok) throw new Error("an example does not obey its schema");
  for (const config of [apart.value, homeAgentConfigOf(forwarder.value)]) {
    const settings = settingsOf(config);
    expect(settings.ok ? "" : formatProblems(settings.error)).toBe("");
  }
  expect(idleFields(apart.value)).toEqual([]);
  const [here, there] = [apart.value.value, forwarder.value.value];
  const shared = ({ homeLink, instances, cluster, nats }: HomeAgentConfig | EdgeConfig) => ({
    prefix: homeLink.prefix,
    instances: instances.map(({ name, number, address }) => ({ name, number, address })),
    key: cluster.key,
    replicas: cluster.replicas,
    bus: nats.embedded?.cluster?.name,
  });
  expect(shared(there)).toEqual(shared(here));
  const { listen, routes = [] } = here.nats.embedded?.cluster ?? {};
  expect(there.nats.embedded?.cluster?.routes).toEqual([listen, ...routes]);
});
