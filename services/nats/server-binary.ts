import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { failed, ok, type Result } from "#wire/result.ts";

/** Why there is no nats-server to start; `message` names the remedy. */
export interface BinaryProblem {
  readonly code: "missing" | "too-old";
  readonly message: string;
}

/** A nats-server that has what the streams need. */
export interface ServerBinary {
  readonly path: string;
  readonly version: string;
}

/** Atomic batch publish came with 2.12; older servers store the messages of a batch one by one without saying so. */
const LEAST = { major: 2, minor: 12 };

const REMEDY =
  "run deploy/setup/fetch-nats, put nats-server 2.12 or newer in PATH, name one in ROAM6_NATS_SERVER, or set nats.servers";

const run = promisify(execFile);

const executable = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where set-up puts the server into the checkout: a service sees no home directory (ProtectHome=yes), and has no user's cache. */
const CHECKOUT = join(import.meta.dirname, "../../.cache/nats-server/nats-server");

/** Places in the order in which deploy/setup/fetch-nats looks. ROAM6_CACHE names the only cache where it is set. */
const places = (environment: NodeJS.ProcessEnv): string[] => {
  const only = environment["ROAM6_CACHE"];
  const cache = only ?? join(environment["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "roam6");
  const named = environment["ROAM6_NATS_SERVER"];
  return [
    ...(named ? [named] : []),
    ...(environment["PATH"] ?? "")
      .split(delimiter)
      .filter((part) => part !== "")
      .map((part) => join(part, "nats-server")),
    ...(only === undefined ? [CHECKOUT] : []),
    join(cache, "nats-server/usr/bin/nats-server"),
    join(cache, "nats-server/usr/sbin/nats-server"),
  ];
};

/** The version that `nats-server --version` prints, or undefined for a program that is something else. */
export const serverVersion = (output: string): { version: string; enough: boolean } | undefined => {
  const match = /nats-server: v((\d+)\.(\d+)\S*)/.exec(output);
  if (!match?.[1]) return undefined;
  const [major, minor] = [Number(match[2]), Number(match[3])];
  return {
    version: match[1],
    enough: major > LEAST.major || (major === LEAST.major && minor >= LEAST.minor),
  };
};

/**
 * Find a nats-server of version 2.12 or newer: `ROAM6_NATS_SERVER`, PATH, then what set-up put into the checkout, then what it
 * fetched into a cache.
 * @returns `too-old` when there are only older ones, `missing` when there is none
 */
export const findNatsServer = async (
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Result<ServerBinary, BinaryProblem>> => {
  let old: string | undefined;
  for (const path of places(environment)) {
    if (!(await executable(path))) continue;
    try {
      const found = serverVersion((await run(path, ["--version"], { timeout: 5_000 })).stdout);
      if (found?.enough) return ok({ path, version: found.version });
      if (found) old ??= `${path} is ${found.version}`;
    } catch {
      // Not a program that runs here; the next place may have one.
    }
  }
  return old
    ? failed({ code: "too-old", message: `nats-server 2.12 or newer is needed, but ${old}; ${REMEDY}` })
    : failed({ code: "missing", message: `no nats-server found; ${REMEDY}` });
};
