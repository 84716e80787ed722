import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "deploy/systemd");
const units = readdirSync(folder);

const textOf = (unit: string): string => readFileSync(join(folder, unit), "utf8");

/** Values of a setting, in the order of the file. */
const values = (unit: string, name: string): string[] =>
  textOf(unit)
    .split("\n")
    .flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

const hasVerifier = spawnSync("systemd-analyze", ["--version"]).status === 0;

describe.each(units)("the unit %s", (unit) => {
  it("starts a role of this checkout, with a config file of its own", () => {
    const role = /^roam6-(\w+)/.exec(unit)?.[1];
    const config = unit.includes("@") ? "%i" : role;
    expect(values(unit, "ExecStart")).toEqual([`/opt/roam6/services/cli/roam6 ${role} -c /etc/roam6/${config}.yaml`]);
  });

  it("keeps its state where ProtectSystem and ProtectHome let it, and needs nothing of a home directory", () => {
    expect(values(unit, "ProtectSystem")).toEqual(["strict"]);
    expect(values(unit, "ProtectHome")).toEqual(["yes"]);
    expect(values(unit, "RuntimeDirectory")).toEqual(["roam6"]);
    expect(values(unit, "Environment").join(" ")).not.toMatch(/\/(?:root|home)\b/);
  });

  it("is active when it has said so, and is tried for ever", () => {
    expect(values(unit, "Type")).toEqual(["notify"]);
    expect(values(unit, "Restart")).toEqual(["always"]);
    expect(values(unit, "StartLimitIntervalSec")).toEqual(["0"]);
  });

  it("keeps keys from other users", () => {
    expect(values(unit, "ConfigurationDirectoryMode")).toEqual(["0750"]);
  });

  it.skipIf(!hasVerifier)("has no mistake that systemd-analyze finds", () => {
    const copy = mkdtempSync(join(tmpdir(), "roam6-units-"));
    try {
      const file = join(copy, unit.replace("@", "@ha1"));
      writeFileSync(file, textOf(unit).replaceAll("/opt/roam6", root));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
      // It also reads the machine's own units, and remarks on them.
      expect(stderr.split("\n").filter((line) => line.includes("roam6"))).toEqual([]);
      expect(status).toBe(0);
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  });
});
