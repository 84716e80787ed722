import { readdir, readFile, readlink } from "node:fs/promises";
import { refusalText } from "#control/start-error.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { forgetNextHops } from "#linux/kernel/next-hop.ts";
import { createMobileKernel } from "#linux/mobile-kernel/create-mobile-kernel.ts";
import type { KernelError, Plane } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Command, EXIT } from "./command.ts";
import { parseArguments } from "./options.ts";

const OPTIONS = { force: { type: "boolean", short: "f" } } as const;

/** Programs that keep kernel state; a guard outlives its main process. */
const KEEPERS = ["ha", "edge", "mn", "guard"];

/** It changes the network configuration, and sends nothing. */
const CAPABILITIES = "CAP_NET_ADMIN";

interface Clearable extends AsyncDisposable {
  clear(): Promise<Result<void, KernelError>>;
}

const openers: readonly ((plane: Plane) => Promise<Result<Clearable, KernelError>>)[] = [
  (plane) => createMobileKernel({ plane }),
  (plane) => createKernel({ plane }),
];

/** Which of the keepers a command line, its words ended by NUL, is of; undefined where of none. */
export const keeperName = (commandLine: string): string | undefined => {
  const words = commandLine.split("\0");
  const script = words.findIndex((word) => word.endsWith("/cli/main.ts"));
  const name = script < 0 ? undefined : words[script + 1];
  return name !== undefined && KEEPERS.includes(name) ? name : undefined;
};

/** What a process runs of this program, when it keeps kernel state in the network namespace `namespace`. */
const keeperOf = async (process: string, namespace: string): Promise<string | undefined> => {
  try {
    const name = keeperName(await readFile(`/proc/${process}/cmdline`, "utf8"));
    if (name === undefined) return undefined;
    return (await readlink(`/proc/${process}/ns/net`)) === namespace ? `roam6 ${name} (process ${process})` : undefined;
  } catch {
    // It has ended meanwhile, or is another user's.
    return undefined;
  }
};

const findKeepers = async (): Promise<readonly string[]> => {
  const namespace = await readlink("/proc/self/ns/net");
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(processes.map((process) => keeperOf(process, namespace)));
  return found.flatMap((keeper) => keeper ?? []);
};

/** Clears by every plane that this kernel has; what one lacks it cannot hold either. */
const clearAll = async (): Promise<Result<void, string>> => {
  for (const plane of ["routed", "classic"] as const) {
    for (const openKernel of openers) {
      const kernel = await openKernel(plane);
      if (!kernel.ok && kernel.error.code === "unsupported") continue;
      if (!kernel.ok) return failed(refusalText(kernel.error, CAPABILITIES));
      await using opened = kernel.value;
      const cleared = await opened.clear();
      if (!cleared.ok) return failed(`${plane} plane: ${cleared.error.message}`);
    }
  }
  const forgotten = await forgetNextHops();
  return forgotten.ok ? ok(undefined) : failed(forgotten.error.message);
};

/** `roam6 clear`. */
export const command: Command = {
  name: "clear",
  summary: "remove what roam6 left in the kernel",
  usage: `usage: roam6 clear [--force]

Removes everything that bears roam6's mark in the present network namespace: its devices, routes, routing rules and
packet filter tables. A home agent leaves these behind on purpose, so that a restarted one finds its bindings
forwarded; clear is for a host that is no home agent any more. Binding records (stateDirectory) stay, so do
kernel parameters (net.ipv6.conf.all.forwarding) and a home address on a device of the home link.

  -f, --force  also while roam6 ha, edge, mn or guard runs here; it then has to be started anew

Needs ${CAPABILITIES}. Exit codes: 0 nothing is left, 1 failed, 2 wrong arguments.`,
  run: async (args, io) => {
    const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 0 });
    if (!parsed.ok) {
      io.stderr.write(`roam6 clear: ${parsed.error}\n`);
      return EXIT.usage;
    }
    const keepers = parsed.value.flags.has("force") ? [] : await findKeepers();
    if (keepers.length > 0) {
      io.stderr.write(`roam6 clear: ${keepers.join(", ")} runs in this network namespace; end it first, or --force\n`);
      return EXIT.failed;
    }
    const cleared = await clearAll();
    if (cleared.ok) return EXIT.done;
    io.stderr.write(`roam6 clear: ${cleared.error}\n`);
    return EXIT.failed;
  },
};
