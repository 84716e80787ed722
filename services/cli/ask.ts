import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { askControl, type ControlProblem, isOfOthers } from "#control/client.ts";
import type { ControlRequest } from "#control/protocol.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Command, type CommandIo, EXIT } from "./command.ts";
import { parseArguments } from "./options.ts";

/** Where programs put their control sockets unless their config says otherwise. */
const SOCKET_DIRECTORY = "/run/roam6";

const OPTIONS = {
  json: { type: "boolean" },
  socket: { type: "string" },
} as const;

/** What a program answered, ready to be shown. */
export interface Answer {
  /** For `--json`. */
  readonly value: unknown;
  /** For people. */
  readonly text: string;
}

/** Asks one program; `path` is its control socket. */
export type Ask = (request: ControlRequest) => Promise<Result<unknown, ControlProblem>>;

/** A command that asks running programs and shows the answers. */
export const askingCommand = (
  name: string,
  summary: string,
  fetchAnswer: (ask: Ask) => Promise<Result<Answer, ControlProblem>>,
): Command => ({
  name,
  summary,
  usage: `usage: roam6 ${name} [--json] [--socket PATH]

${summary[0]?.toUpperCase()}${summary.slice(1)}.

  --json         print the answer as JSON, one line a program
  --socket PATH  ask the program with this control socket (control.socket of its config);
                 without it, all programs with a socket ${SOCKET_DIRECTORY}/*.sock are asked that know this question

Exit codes: 0 all answered, 1 one did not or none was found, 2 wrong arguments.`,
  run: async (args, io) => {
    const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 0 });
    if (!parsed.ok) {
      io.stderr.write(`roam6 ${name}: ${parsed.error}\n`);
      return EXIT.usage;
    }
    const { flags, values } = parsed.value;
    const given = values.get("socket");
    const sockets = given === undefined ? await findSockets() : ok([given]);
    if (!sockets.ok) {
      io.stderr.write(`roam6 ${name}: ${sockets.error}\n`);
      return EXIT.failed;
    }
    const showing = { io, json: flags.has("json"), fetchAnswer, isGiven: given !== undefined };
    return showAnswers(name, sockets.value, showing);
  },
});

interface Showing {
  readonly io: CommandIo;
  readonly json: boolean;
  readonly fetchAnswer: (ask: Ask) => Promise<Result<Answer, ControlProblem>>;
  /** The socket was named: whoever serves it was meant. */
  readonly isGiven: boolean;
}

/** Asks the programs of these sockets, and shows what each answers. @returns the exit code */
export const showAnswers = async (name: string, sockets: readonly string[], showing: Showing): Promise<number> => {
  const { io, json, fetchAnswer, isGiven } = showing;
  let code: number = EXIT.done;
  let shown = 0;
  const passedOver: string[] = [];
  for (const socket of sockets) {
    const answer = await fetchAnswer((request) => askControl(socket, request, { signal: io.signal }));
    if (!answer.ok && !isGiven && isOfOthers(answer.error)) {
      passedOver.push(socket);
      continue;
    }
    if (!answer.ok) {
      io.stderr.write(`roam6 ${name}: ${withPath(socket, answer.error.message)}\n`);
      code = EXIT.failed;
      continue;
    }
    if (!json && sockets.length > 1) io.stdout.write(`${shown > 0 ? "\n" : ""}${socket}\n`);
    io.stdout.write(json ? `${JSON.stringify(answer.value.value)}\n` : answer.value.text);
    shown++;
  }
  if (passedOver.length < sockets.length) return code;
  io.stderr.write(`roam6 ${name}: ${noHomeAgent(passedOver)}\n`);
  return EXIT.failed;
};

const withPath = (socket: string, message: string): string =>
  message.startsWith(socket) ? message : `${socket}: ${message}`;

const remedy = "start one, or give the control socket of one with --socket PATH";

/** What to say where the programs of all sockets are of another kind. */
export const noHomeAgent = (sockets: readonly string[]): string =>
  `no home agent runs here: ${sockets.join(", ")} ${sockets.length === 1 ? "belongs to another program" : "belong to other programs"}; ${remedy}`;

/** Control sockets of the programs that run here. */
export const findSockets = async (): Promise<Result<readonly string[], string>> => {
  try {
    const names = (await readdir(SOCKET_DIRECTORY)).filter((name) => name.endsWith(".sock") && !name.startsWith("."));
    if (names.length > 0) return ok(names.sort().map((name) => join(SOCKET_DIRECTORY, name)));
    return failed(`no program runs here: ${SOCKET_DIRECTORY} holds no socket; ${remedy}`);
  } catch (error) {
    const denied = error instanceof Error && "code" in error && error.code === "EACCES";
    return failed(
      denied
        ? `no permission to look into ${SOCKET_DIRECTORY}; ask as root`
        : `no program runs here: ${SOCKET_DIRECTORY} is not there; ${remedy}`,
    );
  }
};
