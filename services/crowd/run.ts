import type { CommandIo } from "#cli/command.ts";
import { EXIT } from "#cli/command.ts";
import { formatProblems, loadConfig } from "#control/config.ts";
import { startControl } from "#control/server.ts";
import { startErrorText } from "#control/start-error.ts";
import { createClock } from "#linux/clock.ts";
import { createDigests } from "#linux/digests.ts";
import { createPackets } from "#linux/packets.ts";
import { createRandom } from "#linux/random.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type CrowdConfig, configSchema } from "./config-schema.ts";
import { controlHandlers } from "./control-requests.ts";
import { openHistoryFile } from "./history-file.ts";
import { KEYS_HELP, keyMeaning, listenToKeys } from "./keyboard.ts";
import { progressLine, reportText } from "./progress.ts";
import { type RunOptions, withOptions } from "./run-options.ts";
import { type CrowdSettings, settingsOf } from "./settings.ts";
import { createSim, type Sim } from "./sim.ts";

/** How often progress is told: on a terminal in place, else line by line. Milliseconds. */
const PROGRESS = { terminal: 500, lines: 5000 } as const;

const settingsFrom = async (
  file: string,
  options: RunOptions,
): Promise<Result<{ readonly settings: CrowdSettings; readonly socket: string | undefined }, string>> => {
  const config = await loadConfig<CrowdConfig>(file, configSchema);
  if (!config.ok) return failed(formatProblems(config.error));
  const adjusted = withOptions(config.value, options);
  if (!adjusted.ok) return failed(`roam6 sim: ${adjusted.error}`);
  const seed = new DataView(createRandom().bytes(4).slice().buffer).getUint32(0);
  const settings = settingsOf(adjusted.value, seed);
  if (!settings.ok) return failed(formatProblems(settings.error));
  return ok({ settings: settings.value, socket: adjusted.value.value.control.socket });
};

/** Tells how it goes until disposed. */
const tellProgress = (sim: Sim, io: CommandIo): Disposable => {
  const onTerminal = "isTTY" in io.stderr && io.stderr.isTTY === true;
  const tell = () => {
    const line = progressLine(sim.status());
    io.stderr.write(onTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(tell, onTerminal ? PROGRESS.terminal : PROGRESS.lines);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      if (onTerminal) io.stderr.write("\n");
    },
  };
};

/** Runs simulated mobile nodes by a config file until their time is over, a key or a signal says so. @returns the exit code */
export const runSim = async (file: string, options: RunOptions, io: CommandIo): Promise<number> => {
  const read = await settingsFrom(file, options);
  if (!read.ok) {
    io.stderr.write(`${read.error}\n`);
    return EXIT.failed;
  }
  const { settings, socket } = read.value;
  const opened = createPackets();
  if (!opened.ok) {
    io.stderr.write(`roam6 sim: ${startErrorText({ during: "packets", error: opened.error })}\n`);
    return EXIT.failed;
  }
  await using stack = new AsyncDisposableStack();
  const packets = stack.use(opened.value);
  const history = options.history === undefined ? undefined : stack.use(await openHistoryFile(options.history));
  const sim = stack.use(
    createSim(settings, { packets, clock: createClock(), digests: createDigests(), history: history?.write }),
  );
  const ending = Promise.withResolvers<void>();
  const end = () => ending.resolve();
  if (io.signal.aborted) end();
  io.signal.addEventListener("abort", end, { once: true });
  if (socket !== undefined) {
    const control = await startControl(socket, controlHandlers(sim, end));
    if (!control.ok) {
      io.stderr.write(`roam6 sim: ${control.error.message}\n`);
      return EXIT.failed;
    }
    stack.use(control.value);
  }
  const started = sim.start();
  if (!started.ok) {
    io.stderr.write(`roam6 sim: ${startErrorText({ during: "packets", error: started.error })}\n`);
    return EXIT.failed;
  }
  const keys = listenToKeys(io.stdin, (key) => {
    const meaning = keyMeaning(key, sim.status().settings);
    if (meaning === "end") end();
    else if (meaning !== undefined) sim.set(meaning);
  });
  if (keys !== undefined) {
    stack.use(keys);
    io.stderr.write(`${KEYS_HELP}\n`);
  }
  const timer = settings.duration > 0 ? setTimeout(end, settings.duration) : undefined;
  const progress = tellProgress(sim, io);
  await ending.promise;
  clearTimeout(timer);
  const report = await sim.end();
  progress[Symbol.dispose]();
  io.stdout.write(options.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
  return report.verdict.passed ? EXIT.done : EXIT.failed;
};
