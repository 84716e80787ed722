import { randomUUID } from "node:crypto";
import { chmod, link, lstat, mkdir, unlink } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { failed, ok, type Result } from "#wire/result.ts";
import { askControl } from "./client.ts";
import { createLineReader } from "./lines.ts";
import {
  CLIENT_LIMIT,
  type ControlRefusal,
  type ControlRequest,
  type ControlResponse,
  PATH_LIMIT,
  parseRequest,
  REQUEST_LIMIT,
} from "./protocol.ts";

/** Answers one command; what it throws becomes a refusal `failed`. */
export type ControlHandler = (request: ControlRequest) => unknown;

/** Why the control socket could not be opened. `message` is a whole sentence for people. */
export interface ControlStartError {
  readonly code: "in-use" | "permission" | "path-too-long" | "not-a-socket" | "system";
  readonly message: string;
}

/** A served control socket; disposing closes its connections and removes it. */
export interface ControlServer extends AsyncDisposable {
  readonly path: string;
}

/**
 * Serves newline-delimited JSON requests on a unix socket that only its owner may use (mode 0600). Makes the directory
 * where it is missing. A socket that a dead program left is replaced, one that somebody serves is not.
 * @param handlers one a command, called with the whole request; requests of one connection are answered in order
 */
export const startControl = async (
  path: string,
  handlers: Readonly<Record<string, ControlHandler>>,
): Promise<Result<ControlServer, ControlStartError>> => {
  // The socket is made under a name of its own and linked into place ready: nobody meets it half open.
  const draft = join(dirname(path), `.${randomUUID().slice(0, 8)}`);
  if (Math.max(Buffer.byteLength(path), Buffer.byteLength(draft)) > PATH_LIMIT) {
    return failed({
      code: "path-too-long",
      message: `${path}: a socket path has at most ${PATH_LIMIT} octets`,
    });
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => serveConnection(socket, handlers, sockets));
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 });
    const free = await makeFree(path);
    if (!free.ok) return free;
    await listen(server, draft);
    await chmod(draft, 0o600);
    await link(draft, path);
    const { ino } = await lstat(path);
    return ok({
      path,
      [Symbol.asyncDispose]: async () => {
        for (const socket of sockets) socket.destroy();
        await new Promise<void>((resolve) => server.close(() => resolve()));
        if ((await inodeOf(path)) === ino) await unlink(path).catch(ignoreAbsence);
      },
    });
  } catch (error) {
    server.close();
    return failed(startErrorOf(path, error));
  } finally {
    await unlink(draft).catch(ignoreAbsence);
  }
};

/** Removes what a dead program left at `path`, and only that. */
const makeFree = async (path: string): Promise<Result<void, ControlStartError>> => {
  const present = await lstat(path).catch(ignoreAbsence);
  if (present === undefined) return ok(undefined);
  if (!present.isSocket()) {
    return failed({
      code: "not-a-socket",
      message: `${path}: there is a file that is no socket; remove it`,
    });
  }
  const answer = await askControl(path, { command: "ping" }, { timeout: 1000 });
  if (!answer.ok && answer.error.code === "no-listener") await unlink(path).catch(ignoreAbsence);
  else if (answer.ok || answer.error.code !== "absent") return failed(inUse(path));
  return ok(undefined);
};

const inUse = (path: string): ControlStartError => ({
  code: "in-use",
  message: `${path}: another program serves this control socket; stop it or set another control.socket`,
});

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });

const inodeOf = async (path: string): Promise<number | undefined> => (await lstat(path).catch(ignoreAbsence))?.ino;

const codeOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "code" in error ? error.code : undefined;

const ignoreAbsence = (error: unknown): undefined => {
  if (codeOf(error) !== "ENOENT") throw error;
};

const startErrorOf = (path: string, error: unknown): ControlStartError => {
  const code = codeOf(error);
  if (code === "EEXIST" || code === "EADDRINUSE") return inUse(path);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return {
      code: "permission",
      message: `${path}: no permission to make the control socket; run as root or set control.socket to a path of yours`,
    };
  }
  return {
    code: "system",
    message: `${path}: ${error instanceof Error ? error.message : String(error)}`,
  };
};

const serveConnection = (
  socket: Socket,
  handlers: Readonly<Record<string, ControlHandler>>,
  sockets: Set<Socket>,
): void => {
  socket.on("error", () => socket.destroy());
  const isBusy = sockets.size >= CLIENT_LIMIT;
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
  if (isBusy) {
    socket.end(render(refusal("busy", "too many connections to the control socket; try again")));
    // What the client has sent is read and dropped: closing before that would take the answer from it.
    socket.resume().setTimeout(1000, () => socket.destroy());
    return;
  }
  const readLines = createLineReader(REQUEST_LIMIT);
  const answerAll = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) {
      const lines = readLines(chunk);
      if (lines === "too-long") {
        socket.end(render(refusal("bad-request", `a request has at most ${REQUEST_LIMIT} octets`)));
        return;
      }
      for (const line of lines) {
        // Waiting for the peer to read bounds what one connection can make the program hold.
        if (!socket.write(render(await answer(line, handlers)))) await drained(socket);
      }
    }
    socket.end();
  };
  answerAll(socket).catch(() => socket.destroy());
};

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      socket.off("drain", settle);
      socket.off("close", settle);
      resolve();
    };
    socket.on("drain", settle);
    socket.on("close", settle);
  });

const refusal = (code: ControlRefusal["code"], message: string): ControlResponse => ({
  ok: false,
  error: { code, message },
});

const render = (response: ControlResponse): string => `${JSON.stringify(response)}\n`;

const answer = async (line: string, handlers: Readonly<Record<string, ControlHandler>>): Promise<ControlResponse> => {
  const request = parseRequest(line);
  if (request === undefined)
    return refusal("bad-request", 'a request is one line of JSON such as {"command":"status"}');
  const handler = Object.hasOwn(handlers, request.command) ? handlers[request.command] : undefined;
  if (handler === undefined) {
    const known = Object.keys(handlers).join(", ");
    return refusal("unknown-command", `this program does not know '${request.command}'; it knows ${known}`);
  }
  try {
    return { ok: true, result: (await handler(request)) ?? null };
  } catch (error) {
    return refusal("failed", error instanceof Error ? error.message : String(error));
  }
};
