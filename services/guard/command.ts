import { constants, setPriority } from "node:os";
import { parseArgs } from "node:util";
import { type Command, EXIT } from "#cli/command.ts";
import { createLog, LOG_LEVELS } from "#control/log.ts";
import { type GuardOptions, readGuardOptions } from "#edge/guard-options.ts";
import { createClock } from "#linux/clock.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createEdgePlanner } from "#linux/kernel/edge-plan.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { createPackets } from "#linux/packets.ts";
import { createRandom } from "#linux/random.ts";
import { runGuard } from "./guard.ts";

/** Options never come near this. */
const OPTIONS_LIMIT = 1 << 20;

const readAll = async (input: AsyncIterable<Uint8Array | string>): Promise<string> => {
  let text = "";
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > OPTIONS_LIMIT) throw new RangeError("the options of the guard are too long");
  }
  return text;
};

/** The options that its home agent has written; undefined for anything else. */
const optionsOf = (text: string): GuardOptions | undefined => {
  try {
    return readGuardOptions(text);
  } catch {
    return undefined;
  }
};

/** `roam6 guard`: holds the edges of this node for its main process, and outlives it. */
export const command: Command = {
  name: "guard",
  summary: "hold the edges of a home agent (started by ha)",
  usage: `usage: roam6 guard --socket PATH < OPTIONS

Holds the home agent addresses and virtual MACs of this node, speaks with the guards of its peers on the home link, and
takes and withdraws instances. Started by 'roam6 ha', which it outlives; reads its options as JSON from standard input.`,
  run: async (args, io) => {
    const { values } = parseArgs({ args: [...args], options: { socket: { type: "string" } }, strict: true });
    if (values.socket === undefined) {
      io.stderr.write("roam6 guard: --socket is missing; the guard is started by 'roam6 ha'\n");
      return EXIT.usage;
    }
    const options = optionsOf(await readAll(io.stdin));
    if (options === undefined) {
      io.stderr.write("roam6 guard: standard input holds no options; the guard is started by 'roam6 ha'\n");
      return EXIT.usage;
    }
    try {
      // A hello that is late because the machine is busy looks like a dead node to peers.
      setPriority(constants.priority.PRIORITY_HIGHEST);
    } catch (error) {
      io.stderr.write(`roam6 guard: runs at ordinary priority: ${String(error)}\n`);
    }
    // Whoever started this may be gone, and its standard error with it.
    process.stderr.on("error", () => undefined);
    const level = LOG_LEVELS.find((name) => name === options.logLevel) ?? "info";
    const log = createLog(level, "guard", { write: (line) => void process.stderr.write(line) }).child({
      node: options.node,
    });
    const kernel = await createKernel({ plane: options.plane });
    if (!kernel.ok) {
      log.error({ error: kernel.error }, "cannot reach the kernel");
      return EXIT.failed;
    }
    const clock = createClock();
    const packets = createPackets();
    if (!packets.ok) {
      log.error({ error: packets.error }, "cannot open packet sockets");
      return EXIT.failed;
    }
    await using sockets = packets.value;
    await using neighborDiscovery = createNeighborDiscovery({ packets: sockets, clock });
    await using planner = createEdgePlanner({ plane: kernel.value.plane, port: options.hello.port });
    await runGuard(
      { ...options, socket: values.socket },
      {
        kernel: kernel.value,
        planner,
        neighborDiscovery,
        random: createRandom(),
        log,
      },
      io.signal,
    );
    return EXIT.done;
  },
};
