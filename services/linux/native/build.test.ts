import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const CHECKOUT = fileURLToPath(new URL("../../..", import.meta.url));

/** A copy of what the build needs, without anything built, in a folder that is removed at the end. */
const copyOfSources = (): { readonly folder: string } & Disposable => {
  const folder = mkdtempSync(join(tmpdir(), "roam6-build-"));
  for (const path of ["deploy/setup/build-native", "services/linux/native"])
    cpSync(join(CHECKOUT, path), join(folder, path), { recursive: true, filter: (name) => !name.endsWith("/build") });
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
};

const build = (folder: string, compiler: string) =>
  spawnSync("bash", [join(folder, "deploy/setup/build-native")], {
    encoding: "utf8",
    env: { ...process.env, CXX: compiler },
  });

it("says how to install a compiler that is missing", () => {
  using copy = copyOfSources();
  const { status, stderr } = build(copy.folder, "no-such-compiler");
  expect(status).toBe(1);
  expect(stderr).toContain("no C++ compiler (no-such-compiler). Install one: apt-get install g++");
});

it("says how to get headers that are missing", () => {
  using copy = copyOfSources();
  const { status, stderr } = build(copy.folder, "true");
  expect(status).toBe(1);
  expect(stderr).toContain("npm ci");
});

it("builds once, and again only when a source is newer", () => {
  using copy = copyOfSources();
  mkdirSync(join(copy.folder, "node_modules"));
  symlinkSync(join(CHECKOUT, "node_modules/node-api-headers"), join(copy.folder, "node_modules/node-api-headers"));
  // A compiler that writes an empty file where it is told to.
  const compiler = join(copy.folder, "compiler");
  cpSync(fileURLToPath(new URL("./build-compiler.sh", import.meta.url)), compiler);
  const output = /built .*roam6\.node/;
  expect(build(copy.folder, compiler).stdout).toMatch(output);
  expect(build(copy.folder, compiler).stdout).toBe("");
  spawnSync("touch", ["-d", "+1 minute", join(copy.folder, "services/linux/native/socket.cc")]);
  expect(build(copy.folder, compiler).stdout).toMatch(output);
});
