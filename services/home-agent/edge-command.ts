import { type Command, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import { formatProblems, loadConfig } from "#control/config.ts";
import { createLog } from "#control/log.ts";
import { configSchema, type EdgeConfig, homeAgentConfigOf } from "./edge-config-schema.ts";
import { runHomeAgent } from "./program.ts";
import { settingsOf } from "./settings.ts";

/** `roam6 edge`. */
export const command: Command = {
  name: "edge",
  summary: "forward for home agents that run on other nodes",
  usage: `usage: roam6 edge -c FILE

Runs the edge part of home agents alone, by the config file FILE (YAML; 'roam6 config-schema edge' prints its schema),
until SIGTERM: holds their addresses on the home link, forwards for every binding, answers Neighbor Solicitations, and
passes Binding Updates over the bus to the node that owns them ('roam6 ha' with 'edge: false'). Needs CAP_NET_ADMIN and
CAP_NET_RAW.

  -c, --config FILE   config file`,
  run: async (args, io) => {
    const parsed = parseArguments(args, { config: { type: "string", short: "c" } }, { atLeast: 0, atMost: 0 });
    const file = parsed.ok ? parsed.value.values.get("config") : undefined;
    if (!parsed.ok || file === undefined) {
      io.stderr.write(`roam6 edge: ${parsed.ok ? "the config file is missing; give it with -c FILE" : parsed.error}\n`);
      return EXIT.usage;
    }
    const read = await loadConfig<EdgeConfig>(file, configSchema);
    if (!read.ok) {
      io.stderr.write(`${formatProblems(read.error)}\n`);
      return EXIT.failed;
    }
    const config = homeAgentConfigOf(read.value);
    const settings = settingsOf(config);
    if (!settings.ok) {
      io.stderr.write(`${formatProblems(settings.error)}\n`);
      return EXIT.failed;
    }
    const log = createLog(config.value.log.level, "edge").child({ node: config.value.node });
    const ended = await runHomeAgent(config, settings.value, { log, signal: io.signal, parts: "edge" });
    if (ended.ok) return EXIT.done;
    io.stderr.write(`roam6 edge: ${ended.error}\n`);
    return EXIT.failed;
  },
};
