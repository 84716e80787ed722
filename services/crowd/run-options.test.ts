import { describe, expect, test } from "vitest";
import { formatProblems, parseConfig } from "#control/config.ts";
import { type CrowdConfig, configSchema } from "./config-schema.ts";
import { parseSet } from "./control-requests.ts";
import { keyMeaning } from "./keyboard.ts";
import { parseRunOptions, withOptions } from "./run-options.ts";
import { settingsOf } from "./settings.ts";

const text = (change = ""): string =>
  [
    "homeAgents: [{ name: a, address: 2001:db8:1::a1 }, { name: b, address: 2001:db8:1::a2 }]",
    "homeAddresses: { first: 2001:db8:1::1:0:0, count: 1000 }",
    "spi: 256",
    `masterKey: "${"5a".repeat(32)}"`,
    change.startsWith("careOfPrefix") ? change : "careOfPrefix: 2001:db8:c0::/48",
    ...(change === "" || change.startsWith("careOfPrefix") ? [] : [change]),
  ].join("\n");

const read = (change = "") => {
  const config = parseConfig<CrowdConfig>(text(change), "sim.yaml", configSchema);
  if (!config.ok) throw new Error(formatProblems(config.error));
  return config.value;
};

const problems = (change: string): string => {
  const config = parseConfig<CrowdConfig>(text(change), "sim.yaml", configSchema);
  const settings = config.ok ? settingsOf(config.value, 1) : config;
  return settings.ok ? "" : formatProblems(settings.error);
};

describe("sim.yaml", () => {
  test("is read with defaults", () => {
    const settings = settingsOf(read(), 7);
    expect(settings.ok && settings.value).toMatchObject({
      seed: 7,
      count: 1000,
      lifetime: 60_000,
      load: { mobileNodes: 100, rate: 0, ramp: 10, moveRate: 0 },
      keep: false,
    });
  });

  test.each([
    ["more mobile nodes than home addresses", "mobileNodes: 1001", "sim.yaml:6:14: mobileNodes: is more than"],
    ["a prefix without room", "careOfPrefix: 2001:db8:c0::/64", "careOfPrefix: has more than 60 bits"],
    ["a misspelt field", "liftime: 60", "did you mean 'lifetime'"],
  ])("%s is told with its place", (_, change, expected) => expect(problems(change)).toContain(expected));
});

describe("options of roam6 sim", () => {
  test("stand above the config", () => {
    const options = parseRunOptions([
      "-c",
      "x",
      "--mobile-nodes",
      "500",
      "--rate=2000",
      "--home-agents",
      "b",
      "--keep",
    ]);
    if (!options.ok) throw new Error(options.error);
    const config = withOptions(read(), options.value);
    expect(config.ok && config.value.value).toMatchObject({
      mobileNodes: 500,
      rate: 2000,
      keep: true,
      homeAgents: [{ name: "b" }],
    });
  });

  test.each([
    [["--rate", "fast"], "--rate takes a number from 0 to 1000000, not 'fast'"],
    [["--mobile-nodes", "1.5"], "--mobile-nodes takes a whole number"],
    [["--lifetime", "1"], "--lifetime takes a number from 4"],
    [["--rat", "1"], "did you mean --rate?"],
  ])("%s is refused with a reason", (args, expected) => {
    const options = parseRunOptions(args);
    expect(options.ok ? "" : options.error).toContain(expected);
  });

  test("an unknown home agent is refused with the known ones", () => {
    const options = parseRunOptions(["--home-agents", "a,x"]);
    const config = options.ok ? withOptions(read(), options.value) : options;
    expect(config.ok ? "" : config.error).toContain("no home agent 'x' in the config; it has a, b");
  });
});

describe("changes while it runs", () => {
  test("are checked field by field", () => {
    expect(parseSet({ command: "set", rate: 10, moveWithin: 5 })).toEqual({
      ok: true,
      value: { rate: 10, moveWithin: 5 },
    });
    for (const wrong of [{ rate: -1 }, { rate: "1" }, { mobileNodes: Number.NaN }, { rats: 1 }])
      expect(parseSet(wrong).ok).toBe(false);
  });

  test("keys raise and lower the rate, move all, and end", () => {
    const settings = { mobileNodes: 100, rate: 0, ramp: 1, moveRate: 0 };
    expect(keyMeaning("+", settings)).toEqual({ rate: 10 });
    expect(keyMeaning("-", { ...settings, rate: 10 })).toEqual({ rate: 0 });
    expect(keyMeaning("m", settings)).toEqual({ moveWithin: 10 });
    expect(keyMeaning("q", settings)).toBe("end");
    expect(keyMeaning("x", settings)).toBeUndefined();
    // From nothing every key that raises gets somewhere.
    let moveRate = 0;
    for (let presses = 0; presses < 20; presses++) {
      const asked = keyMeaning("]", { ...settings, moveRate });
      const next = typeof asked === "object" ? (asked.moveRate ?? 0) : 0;
      expect(next).toBeGreaterThan(moveRate);
      moveRate = next;
    }
  });
});
