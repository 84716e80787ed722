import { access, constants, stat } from "node:fs/promises";
import type { Config, ConfigProblem } from "#control/config.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/** Fields of `nats` that name a file, and what is in it. */
const FILES = [
  { path: ["nats", "tls", "caFile"], content: "certificates of the authorities that signed the servers'" },
  { path: ["nats", "tls", "certFile"], content: "this node's certificate" },
  { path: ["nats", "tls", "keyFile"], content: "the key of this node's certificate" },
  { path: ["nats", "credentialsFile"], content: "credentials of a NATS account" },
] as const;

const whyUnreadable = async (file: string): Promise<string | undefined> => {
  try {
    if ((await stat(file)).isDirectory()) return `${file} is a directory`;
    await access(file, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return `there is no file ${file}`;
    return code === "EACCES" ? `permission to read ${file} is missing` : `${file} cannot be read (${String(code)})`;
  }
};

/**
 * Looks whether the files are there that reaching NATS needs: without one of them every attempt to connect would fail.
 * @returns a problem for each that cannot be read, at its place in the config
 */
export const natsFileProblems = async (config: Config<HomeAgentConfig>): Promise<readonly ConfigProblem[]> => {
  const { tls, credentialsFile } = config.value.nats;
  const named = [tls?.caFile, tls?.certFile, tls?.keyFile, credentialsFile];
  const problems = await Promise.all(
    FILES.map(async ({ path, content }, at) => {
      const file = named[at];
      const why = file === undefined ? undefined : await whyUnreadable(file);
      return why === undefined ? [] : [config.problemAt(path, why, `give the path of ${content}`)];
    }),
  );
  return problems.flat();
};
