import { execFile } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";

const run = promisify(execFile);
const ROOT = "/proc/sys/net/ipv6";

/** Kernel parameters below `net.ipv6`, by path (`conf/all/forwarding`). */
export interface Sysctl {
  write(path: string, value: string): Promise<Result<void, KernelError>>;
  /** @returns the value without its line end, undefined when there is no such parameter */
  read(path: string): Promise<string | undefined>;
  /** Names below a directory. */
  list(path: string): Promise<readonly string[]>;
}

const refusal = (path: string, cause: unknown): Result<void, KernelError> => {
  const { code, message } =
    cause instanceof Error ? { code: "", ...cause, message: cause.message } : { code: "", message: "" };
  return failed({
    code:
      code === "ENOENT"
        ? "not-found"
        : code === "EACCES" || code === "EPERM" || code === "EROFS"
          ? "permission"
          : "system",
    errno: 0,
    message: `sysctl net/ipv6/${path}: ${message}`,
  });
};

/** Of the process's own network namespace. */
const ownSysctl: Sysctl = {
  write: async (path, value) => {
    try {
      await writeFile(`${ROOT}/${path}`, value);
      return done;
    } catch (cause) {
      return refusal(path, cause);
    }
  },
  read: async (path) => {
    try {
      return (await readFile(`${ROOT}/${path}`, "latin1")).trim();
    } catch {
      // A parameter that this kernel does not have reads as undefined, by contract.
      return undefined;
    }
  },
  list: async (path) => {
    try {
      return await readdir(`${ROOT}/${path}`);
    } catch {
      // A directory that is not there has no names, by contract.
      return [];
    }
  },
};

/** Of a named namespace: /proc/sys follows the thread that reads it, so a child that enters the namespace does it. */
const namespaceSysctl = (namespace: string): Sysctl => {
  const path = namespace.includes("/") ? namespace : `/run/netns/${namespace}`;
  const shell = async (script: string, ...args: string[]): Promise<string> =>
    (await run("nsenter", [`--net=${path}`, "sh", "-c", script, "sh", ...args])).stdout;
  return {
    write: async (name, value) => {
      try {
        await shell('printf %s "$2" > "$1"', `${ROOT}/${name}`, value);
        return done;
      } catch (cause) {
        return refusal(name, cause);
      }
    },
    read: async (name) => {
      const text = await shell('cat "$1" 2>/dev/null || true', `${ROOT}/${name}`);
      return text === "" ? undefined : text.trim();
    },
    list: async (name) => {
      const text = await shell('ls "$1" 2>/dev/null || true', `${ROOT}/${name}`);
      return text.split("\n").filter((line) => line !== "");
    },
  };
};

export const openSysctl = (namespace: string | undefined): Sysctl =>
  namespace === undefined ? ownSysctl : namespaceSysctl(namespace);

/** Sets parameters in order; the first refusal is the result. */
export const writeAll = async (
  sysctl: Sysctl,
  values: readonly (readonly [path: string, value: string])[],
): Promise<Result<void, KernelError>> => {
  for (const [path, value] of values) {
    if ((await sysctl.read(path)) === value) continue;
    const written = await sysctl.write(path, value);
    if (!written.ok) return written;
  }
  return ok(undefined);
};

/**
 * Makes this host a router. Devices that take Router Advertisements go on doing so (accept_ra 2), or the host would
 * lose its own default router at this moment; those to come take none.
 */
export const enableForwarding = async (sysctl: Sysctl): Promise<Result<void, KernelError>> => {
  const values: [string, string][] = [];
  for (const device of await sysctl.list("conf")) {
    const path = `conf/${device}/accept_ra`;
    // Devices made later, tunnels among them, must not believe what mobile nodes or strangers advertise.
    if (device !== "all" && device !== "default" && (await sysctl.read(path)) === "1") values.push([path, "2"]);
  }
  return writeAll(sysctl, [...values, ["conf/all/forwarding", "1"]]);
};
