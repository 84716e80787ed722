import { type Logger, pino } from "pino";

/** Levels of a log, from the most talkative on. */
export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export type Log = Logger;

/** Fields that never reach a log, at the top and up to three levels down. */
const SECRETS = ["key", "keys", "authenticator", "password", "secret", "token"] as const;
const redacted = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);

/** JSON Schema of the part `log` of a config file. */
export const logSchema = {
  type: "object",
  description: "what the program logs (JSON lines on standard error)",
  additionalProperties: false,
  properties: {
    level: {
      enum: LOG_LEVELS,
      default: "info",
      description: "the least important level that is logged",
    },
  },
  default: {},
} as const;

/** Where a log writes to; standard error unless a test says otherwise. */
interface LogTarget {
  write(line: string): void;
}

/**
 * A structured log: one JSON object a line, written at once, so that nothing is lost when the program is killed.
 * @param name the program or part, field `name` of every line
 */
export const createLog = (level: LogLevel, name: string, target?: LogTarget): Log =>
  pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redacted, censor: "[secret]" },
    },
    target ?? pino.destination({ fd: 2, sync: true }),
  );
