import { join } from "node:path";
import { expect, test } from "vitest";
import { formatProblems, loadConfig } from "#control/config.ts";
import { configSchema as correspondentNode } from "#correspondent-node/config-schema.ts";
import { configSchema as crowd } from "#crowd/config-schema.ts";
import { configSchema as homeAgent } from "#home-agent/config-schema.ts";
import { configSchema as edge } from "#home-agent/edge-config-schema.ts";
import { configSchema as mobileNode } from "#mobile-node/config-schema.ts";

const examples = join(import.meta.dirname, "../../deploy/examples");

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
