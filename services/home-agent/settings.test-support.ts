import { formatProblems, parseConfig } from "#control/config.ts";
import { configSchema, type HomeAgentConfig } from "./config-schema.ts";
import { createMobileNodeKeyStore } from "./mobile-node-keys.ts";
import { addMobileNodes } from "./mobile-nodes.ts";
import { settingsOf } from "./settings.ts";

/** A config without problems. */
export const lines = [
  "node: ha1",
  "homeLink: { device: home0, prefix: 2001:db8:1::/64 }",
  "instances:",
  "  - { name: a, number: 1, address: 2001:db8:1::a1, prefer: [ha1, ha2] }",
  "mobileNodes:",
  '  - { homeAddress: 2001:db8:1::100, spi: 256, key: "00112233445566778899aabbccddeeff" }',
  "cluster: { key: 00112233445566778899aabbccddeeff, peers: [{ node: ha2, address: 2001:db8:1::12 }] }",
  'nats: { embedded: { cluster: { name: roam6, listen: "[2001:db8:ff::11]:6222", routes: ["[2001:db8:ff::12]:6222"] } } }',
];
/** Problems of a config; empty when it is fine. */
export const problemsOf = (text: readonly string[]): string => {
  const config = parseConfig<HomeAgentConfig>(text.join("\n"), "ha.yaml", configSchema);
  if (!config.ok) return formatProblems(config.error);
  const settings = settingsOf(config.value);
  if (!settings.ok) return formatProblems(settings.error);
  const { value } = config.value;
  const options = { path: ["mobileNodes"], homePrefix: value.homeLink.prefix, instances: value.instances };
  const list = createMobileNodeKeyStore(1).openList();
  return formatProblems(addMobileNodes(list, value.mobileNodes, config.value, options));
};

/** Problems of the config with one line replaced. */
export const problems = (start = "", replacement = ""): string => {
  const text = lines.map((line) => (start !== "" && line.trimStart().startsWith(start) ? replacement : line));
  return problemsOf(start === "" ? [...text, replacement] : text);
};
