import { expect, test } from "vitest";
import { createLog } from "./log.ts";

const logged = (level: "info" | "silent", write: (log: ReturnType<typeof createLog>) => void): readonly string[] => {
  const lines: string[] = [];
  write(createLog(level, "ha", { write: (line) => lines.push(line) }));
  return lines;
};

test("writes one JSON object a line with the level as a word and the time as ISO 8601", () => {
  const [line = ""] = logged("info", (log) => log.info({ sequence: 7 }, "binding registered"));
  expect(JSON.parse(line)).toMatchObject({ level: "info", name: "ha", sequence: 7, msg: "binding registered" });
  expect(line).toMatch(/"time":"\d{4}-\d\d-\d\dT/);
});

test("leaves out what is below its level", () => {
  expect(logged("info", (log) => log.debug("detail"))).toEqual([]);
  expect(logged("silent", (log) => log.fatal("end"))).toEqual([]);
});

test("never shows keys, however deep in a config", () => {
  const config = {
    key: "k1",
    cluster: { key: "k2" },
    nodes: [{ key: "k3" }],
    a: { b: { c: { authenticator: "k4" } } },
  };
  const [line = ""] = logged("info", (log) => log.info(config, "started"));
  expect(line).not.toMatch(/k[1-4]/);
  expect(line).toContain("[secret]");
});

test("a child log redacts as well", () => {
  const [line = ""] = logged("info", (log) => log.child({ authentication: { key: "k5" } }).info("bound"));
  expect(line).not.toContain("k5");
});
