import { type Command, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import { formatProblems, loadConfig } from "#control/config.ts";
import { createLog } from "#control/log.ts";
import { configSchema, type HomeAgentConfig } from "./config-schema.ts";
import { runHomeAgent } from "./program.ts";
import { settingsOf } from "./settings.ts";

/** `roam6 ha`. */
export const command: Command = {
  name: "ha",
  summary: "run a home agent",
  usage: `usage: roam6 ha -c FILE

Runs a home agent (RFC 6275 §10) by the config file FILE (YAML; 'roam6 config-schema ha' prints its schema), alone or in
a cluster, until SIGTERM. Needs CAP_NET_ADMIN and CAP_NET_RAW.

  -c, --config FILE   config file`,
  run: async (args, io) => {
    const parsed = parseArguments(args, { config: { type: "string", short: "c" } }, { atLeast: 0, atMost: 0 });
    const file = parsed.ok ? parsed.value.values.get("config") : undefined;
    if (!parsed.ok || file === undefined) {
      io.stderr.write(`roam6 ha: ${parsed.ok ? "the config file is missing; give it with -c FILE" : parsed.error}\n`);
      return EXIT.usage;
    }
    const config = await loadConfig<HomeAgentConfig>(file, configSchema);
    const settings = config.ok ? settingsOf(config.value) : config;
    if (!config.ok || !settings.ok) {
      io.stderr.write(`${formatProblems(settings.ok ? [] : settings.error)}\n`);
      return EXIT.failed;
    }
    const { node, log: logging } = config.value.value;
    const log = createLog(logging.level, "home-agent").child({ node });
    const ended = await runHomeAgent(config.value, settings.value, {
      log,
      signal: io.signal,
      parts: config.value.value.edge ? "both" : "home-agent",
    });
    if (ended.ok) return EXIT.done;
    io.stderr.write(`roam6 ha: ${ended.error}\n`);
    return EXIT.failed;
  },
};
