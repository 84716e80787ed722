import { expect, test } from "vitest";
import { formatProblems, parseConfig } from "#control/config.ts";
import { configSchema, type HomeAgentConfig } from "./config-schema.ts";
import { idleFields } from "./idle-fields.ts";

/** What is told of the fields of a config with these lines. */
const toldOf = (...more: readonly string[]): readonly string[] => {
  const lines = ["node: ha1", "instances: [{ name: a, number: 1, address: 2001:db8:1::a1 }]", ...more];
  const config = parseConfig<HomeAgentConfig>(lines.join("\n"), "ha.yaml", configSchema);
  if (!config.ok) throw new Error(formatProblems(config.error));
  return idleFields(config.value).map((problem) => formatProblems([problem]));
};

const OF_AN_EDGE = [
  "plane: auto",
  "homeLink: { prefix: 2001:db8:1::/64, device: home0, routerAdvertisements: { interval: 3 } }",
  "cluster: { hello: { port: 5999, interval: 150, missed: 10 } }",
];

test("a home agent alone is told which fields of the home link it has for nothing, also where they say the default", () => {
  const why = "has no effect with edge: false; write it into the edges' configs, and remove it here";
  expect(toldOf("edge: false", ...OF_AN_EDGE)).toEqual([
    `ha.yaml:5:46: homeLink.device: ${why}`,
    `ha.yaml:5:75: homeLink.routerAdvertisements: ${why}`,
    `ha.yaml:4:8: plane: ${why}`,
    `ha.yaml:6:27: cluster.hello.port: ${why}`,
  ]);
});

test("fields that are not written, and those of a node with an edge, are nothing to tell of", () => {
  expect(toldOf("edge: false", "homeLink: { prefix: 2001:db8:1::/64 }")).toEqual([]);
  expect(toldOf(...OF_AN_EDGE)).toEqual([]);
});
