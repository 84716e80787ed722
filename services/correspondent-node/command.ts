import { networkInterfaces } from "node:os";
import { type Command, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import { formatProblems, loadConfig } from "#control/config.ts";
import { createLog } from "#control/log.ts";
import type { StatusReport } from "#control/reports.ts";
import { startControl } from "#control/server.ts";
import { startErrorText } from "#control/start-error.ts";
import { createTokenBucket } from "#home-agent/token-bucket.ts";
import { addressKey, parseAddress } from "#ipv6/address.ts";
import { createClock } from "#linux/clock.ts";
import { createPackets } from "#linux/packets.ts";
import { tellServiceManager } from "#linux/service-manager.ts";
import type { Clock } from "#ports/clock.ts";
import { done, failed, type Result } from "#wire/result.ts";
import { type Instant, instantOf, seconds } from "#wire/time.ts";
import { type CorrespondentNodeConfig, configSchema } from "./config-schema.ts";
import { createCorrespondentNode } from "./engine.ts";

const OPTIONS = { config: { type: "string", short: "c" } } as const;

/** It sends and receives, and changes nothing of the host. */
const CAPABILITIES = "CAP_NET_RAW";

/** Error replies a second, and at once (RFC 4443 §2.4 (f)). */
const ERROR_REPLIES = { rate: 10, burst: 20 };
/** The host's addresses are read again after this time. */
const ADDRESSES_LAST = seconds(1);

/** Whether an address is this host's: asked of the system at most once a second. */
const hostAddresses = (clock: Clock) => {
  let own = new Set<string>();
  let readAt: Instant = instantOf(Number.NEGATIVE_INFINITY);
  return (address: Uint8Array): boolean => {
    if (clock.now() - readAt > ADDRESSES_LAST) {
      readAt = clock.now();
      const texts = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
      const parsed = texts.filter(({ family }) => family === "IPv6").map(({ address: text }) => parseAddress(text));
      own = new Set(parsed.flatMap((result) => (result.ok ? [addressKey(result.value)] : [])));
    }
    return own.has(addressKey(address));
  };
};

/** `roam6 cn`. */
export const command: Command = {
  name: "cn",
  summary: "run a correspondent node",
  usage: `usage: roam6 cn -c FILE

Runs a correspondent node (RFC 6275 §9) without route optimization: Binding Updates are refused with the right status, a
Home Address option without a binding gets a Binding Error.

  -c, --config FILE  config file (YAML); 'roam6 config-schema cn' prints its schema

Needs ${CAPABILITIES}. Exit codes: 0 ended by a signal, 1 failed, 2 wrong arguments.`,
  run: async (args, io) => {
    const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 0 });
    const file = parsed.ok ? parsed.value.values.get("config") : undefined;
    if (!parsed.ok || file === undefined) {
      io.stderr.write(`roam6 cn: ${parsed.ok ? "the config file is missing; give it with -c FILE" : parsed.error}\n`);
      return EXIT.usage;
    }
    const config = await loadConfig<CorrespondentNodeConfig>(file, configSchema);
    if (!config.ok) {
      io.stderr.write(`${formatProblems(config.error)}\n`);
      return EXIT.failed;
    }
    const ended = await serve(config.value.value, io.signal);
    if (ended.ok) return EXIT.done;
    io.stderr.write(`roam6 cn: ${ended.error}\n`);
    return EXIT.failed;
  },
};

/** @returns why it could not start, as text for people */
const serve = async (config: CorrespondentNodeConfig, signal: AbortSignal): Promise<Result<void, string>> => {
  const log = createLog(config.log.level, "cn").child({ node: config.node });
  const clock = createClock();
  const startedAt = clock.now();
  const opened = createPackets();
  if (!opened.ok) return failed(startErrorText({ during: "packets", error: opened.error }, CAPABILITIES));
  await using packets = opened.value;
  const bucket = createTokenBucket(clock, ERROR_REPLIES);
  await using correspondent = createCorrespondentNode({
    packets,
    log,
    isOwn: hostAddresses(clock),
    mayAnswer: bucket.take,
  });
  const started = correspondent.start(config.device);
  if (!started.ok) return failed(startErrorText({ during: "packets", error: started.error }, CAPABILITIES));
  const status = (): StatusReport => ({
    node: config.node,
    role: "correspondent-node",
    plane: "none",
    processId: process.pid,
    uptimeSeconds: Math.round((clock.now() - startedAt) / 1000),
    ready: true,
    counters: correspondent.counters,
  });
  const control = await startControl(config.control.socket, { status, bindings: () => ({ bindings: [] }) });
  if (!control.ok) return failed(control.error.message);
  await using _control = control.value;
  log.info({ control: control.value.path }, "ready");
  tellServiceManager("READY=1", log);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  tellServiceManager("STOPPING=1", log);
  return done;
};
