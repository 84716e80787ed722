import { readFileSync } from "node:fs";
import { enableCompileCache, flushCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import { nearestName } from "#control/nearest.ts";
import { type Command, type CommandIo, EXIT } from "./command.ts";

// Starting is mostly compiling: kept, it takes a third of the time. Not in a folder where others could plant code.
enableCompileCache(fileURLToPath(new URL("../../.cache/compiled", import.meta.url)));

/** A command that is loaded only when it runs, so that one that lacks something hinders no other. */
interface Entry {
  readonly summary: string;
  load(): Promise<unknown>;
}

const commands: Readonly<Record<string, Entry>> = {
  ha: { summary: "run a home agent", load: () => import("#home-agent/command.ts") },
  edge: { summary: "forward for home agents of other nodes", load: () => import("#home-agent/edge-command.ts") },
  mn: {
    summary: "run a mobile node",
    load: () => import("#mobile-node/command.ts"),
  },
  cn: {
    summary: "run a correspondent node",
    load: () => import("#correspondent-node/command.ts"),
  },
  guard: {
    summary: "hold the edges of a home agent (started by ha)",
    load: () => import("#guard/command.ts"),
  },
  status: {
    summary: "ask a running program how it is",
    load: () => import("./status-command.ts"),
  },
  bindings: {
    summary: "list the bindings of a running program",
    load: () => import("./bindings-command.ts"),
  },
  instances: {
    summary: "list the home agent instances of a node",
    load: () => import("./instances-command.ts"),
  },
  drain: {
    summary: "move all instances of a node to others, and keep it free",
    load: () => import("./drain-command.ts"),
  },
  undrain: {
    summary: "let a drained node take instances again",
    load: () => import("./undrain-command.ts"),
  },
  rebalance: {
    summary: "show where instances are and belong, and move them there",
    load: () => import("./rebalance-command.ts"),
  },
  clear: {
    summary: "remove what roam6 left in the kernel",
    load: () => import("./clear-command.ts"),
  },
  decode: {
    summary: "print the mobility packets of a capture",
    load: () => import("./decode-command.ts"),
  },
  "config-schema": {
    summary: "print the JSON Schema of a config file",
    load: () => import("./config-schema-command.ts"),
  },
  lab: {
    summary: "build, use and remove the network lab",
    load: () => import("#lab/command.ts"),
  },
  sim: {
    summary: "play very many mobile nodes",
    load: () => import("#crowd/command.ts"),
  },
  demo: {
    summary: "show a mobile node that roams while home agents die",
    load: () => import("#lab/demo-command.ts"),
  },
  chaos: {
    summary: "break a cluster in the lab, and judge what it lost",
    load: () => import("#chaos/command.ts"),
  },
};

const isCommand = (value: unknown): value is Command =>
  typeof value === "object" && value !== null && "run" in value && typeof value.run === "function";

const loadCommand = async (entry: Entry): Promise<Command> => {
  const loaded = await entry.load();
  if (typeof loaded === "object" && loaded !== null && "command" in loaded && isCommand(loaded.command)) {
    return loaded.command;
  }
  throw new TypeError("the module exports no command");
};

const helpText = (): string => {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `usage: roam6 COMMAND [OPTION]...\n\nMobile IPv6 (RFC 6275) for Linux.\n\n${lines.join("\n")}\n
  roam6 COMMAND --help  says more of one command
  roam6 --version       prints the version

Exit codes: 0 done, 1 failed, 2 wrong arguments.\n`;
};

const versionText = (): string => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version }: { version?: unknown } = JSON.parse(text);
  return `roam6 ${String(version)}\n`;
};

const asksForHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf("--");
  return args.slice(0, end < 0 ? undefined : end).some((arg) => arg === "--help" || arg === "-h");
};

/** Runs `roam6` with these arguments and gives its exit code. */
const main = async (args: readonly string[], io: CommandIo): Promise<number> => {
  const [name, ...rest] = args;
  if (name === undefined) {
    io.stderr.write(helpText());
    return EXIT.usage;
  }
  if (name === "help" && rest[0] !== undefined) return main([rest[0], "--help"], io);
  if (name === "help" || name === "--help" || name === "-h") {
    io.stdout.write(helpText());
    return EXIT.done;
  }
  if (name === "--version" || name === "-V" || name === "version") {
    io.stdout.write(versionText());
    return EXIT.done;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    const near = nearestName(name, Object.keys(commands));
    const what = name.startsWith("-") ? "option" : "command";
    io.stderr.write(`roam6: unknown ${what} '${name}'${near === undefined ? "" : `; did you mean '${near}'?`}\n`);
    io.stderr.write("'roam6 --help' lists the commands.\n");
    return EXIT.usage;
  }
  const command = await loadCommand(entry);
  // Now, for a daemon may never come to an orderly end.
  flushCompileCache();
  if (asksForHelp(command.ownArguments?.(rest) ?? rest)) {
    io.stdout.write(`${command.usage.trimEnd()}\n`);
    return EXIT.done;
  }
  const code = await command.run(rest, io);
  if (code === EXIT.usage) io.stderr.write(`'roam6 ${name} --help' says more.\n`);
  return code;
};

/** Aborts at the first signal that asks to end; at the second the process ends with the shell's code for it. */
const endingSignal = (): AbortSignal => {
  const controller = new AbortController();
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
  for (const name of ["SIGHUP", "SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(128 + numbers[name]);
      controller.abort(name);
    });
  }
  return controller.signal;
};

/** A reader that has seen enough (`roam6 decode FILE | head`) ends the program without noise. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.failed);
});

const code = await main(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  signal: endingSignal(),
}).catch((error: unknown) => {
  const detail = error instanceof Error ? (process.env["ROAM6_TRACE"] ? error.stack : error.message) : String(error);
  process.stderr.write(`roam6: ${detail}\n`);
  return EXIT.failed;
});
process.exitCode = code;
// Standard input keeps the event loop alive once a command has looked at it.
process.stdin.unref?.();
