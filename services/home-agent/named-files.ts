import { access, constants, stat } from "node:fs/promises";
import type { Config, ConfigProblem } from "#control/config.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/** Fields that name a file, and what is in it. */
const FILES: readonly {
  readonly path: readonly string[];
  readonly content: string;
  /** The file; undefined where none is needed. */
  readonly named: (config: HomeAgentConfig) => string | undefined;
}[] = [
  {
    path: ["mobileNodesFile"],
    content: "a list like mobileNodes",
    named: ({ authentication, mobileNodesFile }) => (authentication === "none" ? undefined : mobileNodesFile),
  },
  {
    path: ["nats", "tls", "caFile"],
    content: "certificates of the authorities that signed the servers'",
    named: ({ nats }) => nats.tls?.caFile,
  },
  {
    path: ["nats", "tls", "certFile"],
    content: "this node's certificate",
    named: ({ nats }) => nats.tls?.certFile,
  },
  {
    path: ["nats", "tls", "keyFile"],
    content: "the key of this node's certificate",
    named: ({ nats }) => nats.tls?.keyFile,
  },
  {
    path: ["nats", "credentialsFile"],
    content: "credentials of a NATS account",
    named: ({ nats }) => nats.credentialsFile,
  },
];

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
 * Looks whether the files are there that a config names: without those for NATS every attempt to connect would fail.
 * @returns a problem for each that cannot be read, at its place in the config
 */
export const namedFileProblems = async (config: Config<HomeAgentConfig>): Promise<readonly ConfigProblem[]> => {
  const problems = await Promise.all(
    FILES.map(async ({ path, content, named }) => {
      const file = named(config.value);
      const why = file === undefined ? undefined : await whyUnreadable(file);
      return why === undefined ? [] : [config.problemAt(path, why, `give the path of ${content}`)];
    }),
  );
  return problems.flat();
};
