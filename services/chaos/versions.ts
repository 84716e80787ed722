import { readFile } from "node:fs/promises";
import { availableParallelism, release } from "node:os";
import { fileURLToPath } from "node:url";
import { finish } from "#lab/run.ts";
import { findNatsServer } from "#nats/server-binary.ts";

/** Versions of all that a run of chaos depends on, by name. */
export const versions = async (): Promise<Readonly<Record<string, string>>> => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const { version }: { version: string } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
  const commit = await finish(["git", "-C", root, "rev-parse", "--short", "HEAD"]);
  const server = await findNatsServer();
  return {
    roam6: commit.code === 0 ? `${version} (${commit.stdout.trim()})` : version,
    "nats-server": server.ok ? server.value.version : "unknown",
    node: process.version,
    kernel: release(),
    processors: String(availableParallelism()),
  };
};
