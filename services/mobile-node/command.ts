import { type Command, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import { formatProblems, loadConfig } from "#control/config.ts";
import { createLog } from "#control/log.ts";
import type { StatusReport } from "#control/reports.ts";
import { startControl } from "#control/server.ts";
import { startErrorText } from "#control/start-error.ts";
import { createTokenBucket } from "#home-agent/token-bucket.ts";
import { createClock } from "#linux/clock.ts";
import { createDigests } from "#linux/digests.ts";
import { createMobileKernel } from "#linux/mobile-kernel/create-mobile-kernel.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { createPackets } from "#linux/packets.ts";
import { createRandom } from "#linux/random.ts";
import { tellServiceManager } from "#linux/service-manager.ts";
import { done, failed, type Result } from "#wire/result.ts";
import { configSchema, type MobileNodeConfig } from "./config-schema.ts";
import { createMobileNode } from "./engine.ts";
import { type MobileNodeSettings, settingsOf } from "./settings.ts";

const OPTIONS = { config: { type: "string", short: "c" } } as const;

/** Error replies a second, and at once (RFC 4443 §2.4 (f)). */
const ERROR_REPLIES = { rate: 10, burst: 20 };

const signalled = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

/** `roam6 mn`. */
export const command: Command = {
  name: "mn",
  summary: "run a mobile node",
  usage: `usage: roam6 mn -c FILE

Runs a mobile node (RFC 6275): keeps the home address of the config file while this host moves between links.

  -c, --config FILE  config file (YAML); 'roam6 config-schema mn' prints its schema

Needs CAP_NET_ADMIN and CAP_NET_RAW. Exit codes: 0 ended by a signal, 1 failed, 2 wrong arguments.`,
  run: async (args, io) => {
    const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 0 });
    const file = parsed.ok ? parsed.value.values.get("config") : undefined;
    if (!parsed.ok || file === undefined) {
      io.stderr.write(`roam6 mn: ${parsed.ok ? "the config file is missing; give it with -c FILE" : parsed.error}\n`);
      return EXIT.usage;
    }
    const config = await loadConfig<MobileNodeConfig>(file, configSchema);
    if (!config.ok) {
      io.stderr.write(`${formatProblems(config.error)}\n`);
      return EXIT.failed;
    }
    const settings = settingsOf(config.value.value);
    if (!settings.ok) {
      const { field, problem, remedy } = settings.error;
      io.stderr.write(`${formatProblems([config.value.problemAt([field], problem, remedy)])}\n`);
      return EXIT.failed;
    }
    const ended = await serve(config.value.value, settings.value, io.signal);
    if (ended.ok) return EXIT.done;
    io.stderr.write(`roam6 mn: ${ended.error}\n`);
    return EXIT.failed;
  },
};

/** @returns why it could not start, as text for people */
const serve = async (
  config: MobileNodeConfig,
  settings: MobileNodeSettings,
  signal: AbortSignal,
): Promise<Result<void, string>> => {
  const log = createLog(config.log.level, "mn").child({ node: config.node });
  const clock = createClock();
  const startedAt = clock.now();
  const kernel = await createMobileKernel({ plane: config.plane });
  if (!kernel.ok) return failed(startErrorText({ during: "kernel", error: kernel.error }));
  await using mobileKernel = kernel.value;
  const opened = createPackets();
  if (!opened.ok) return failed(startErrorText({ during: "packets", error: opened.error }));
  await using packets = opened.value;
  await using neighborDiscovery = createNeighborDiscovery({ packets, clock });
  const bucket = createTokenBucket(clock, ERROR_REPLIES);
  let ready = false;
  await using mobileNode = createMobileNode(settings, {
    kernel: mobileKernel,
    packets,
    neighborDiscovery,
    clock,
    random: createRandom(),
    digests: createDigests(),
    log,
    mayAnswer: bucket.take,
  });
  const status = (): StatusReport => ({
    node: config.node,
    role: "mobile-node",
    plane: mobileNode.plane,
    processId: process.pid,
    uptimeSeconds: Math.round((clock.now() - startedAt) / 1000),
    ready,
    mobility: mobileNode.status(),
    counters: mobileNode.counters,
  });
  const control = await startControl(config.control.socket, { status, bindings: () => mobileNode.bindings() });
  if (!control.ok) return failed(control.error.message);
  await using _control = control.value;
  if (settings.association === undefined)
    log.warn("authentication is off: anybody who knows the home address can move this node's traffic");
  const started = await mobileNode.start();
  if (!started.ok) return failed(startErrorText(started.error));
  ready = true;
  log.info({ plane: mobileNode.plane, control: control.value.path }, "ready");
  tellServiceManager("READY=1", log);
  await signalled(signal);
  log.info("ending");
  tellServiceManager("STOPPING=1", log);
  return done;
};
