import { expect, test } from "vitest";
import { keeperName } from "./clear-command.ts";

const commandLine = (...words: readonly string[]): string => [...words, ""].join("\0");

test.each(["ha", "edge", "mn", "guard"])(
  "clear takes a running roam6 %s for one whose kernel state is in use",
  (name) => {
    expect(keeperName(commandLine("/usr/bin/node", "/opt/roam6/services/cli/main.ts", name, "-c", "x.yaml"))).toBe(
      name,
    );
  },
);

test.each([
  ["a role without kernel state", ["/usr/bin/node", "/opt/roam6/services/cli/main.ts", "cn"]],
  ["another program that has such an argument", ["/usr/bin/vi", "ha"]],
  ["no command", ["/usr/bin/node", "/opt/roam6/services/cli/main.ts"]],
])("clear does not wait for %s", (_, words) => {
  expect(keeperName(commandLine(...words))).toBeUndefined();
});
