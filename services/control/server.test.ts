import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askControl } from "./client.ts";
import { CLIENT_LIMIT, REQUEST_LIMIT } from "./protocol.ts";
import { type ControlHandler, type ControlServer, startControl } from "./server.ts";

let folder = "";
let path = "";
const servers: ControlServer[] = [];
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roam6-"));
  path = join(folder, "run", "ha1.sock");
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const serve = async (handlers: Readonly<Record<string, ControlHandler>>): Promise<ControlServer> => {
  const started = await startControl(path, handlers);
  if (!started.ok) throw new Error(started.error.message);
  servers.push(started.value);
  return started.value;
};

const open = async (): Promise<Socket> => {
  const socket = connect(path);
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
};

/** All that a connection says until it ends or has given `lines` lines. */
const listen = async (socket: Socket, lines = Number.POSITIVE_INFINITY): Promise<string> => {
  let text = "";
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.split("\n").length > lines) break;
  }
  return text;
};

test("answers with what the handler gives", async () => {
  await serve({ status: ({ detail }) => Promise.resolve({ node: "ha1", detail }) });
  expect(await askControl(path, { command: "status", detail: 7 })).toEqual({
    ok: true,
    value: { node: "ha1", detail: 7 },
  });
});

test("makes the directory, and a socket for its owner alone", async () => {
  await serve({});
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("tells a refusal apart from an unknown command", async () => {
  await serve({
    drain: () => {
      throw new Error("not now");
    },
  });
  expect(await askControl(path, { command: "drain" })).toEqual({
    ok: false,
    error: { code: "failed", message: "not now" },
  });
  expect(await askControl(path, { command: "constructor" })).toMatchObject({
    ok: false,
    error: { code: "unknown-command", message: "this program does not know 'constructor'; it knows drain" },
  });
});

test("answers the requests of one connection in their order", async () => {
  await serve({ slow: async () => "slow", fast: () => "fast" });
  const socket = await open();
  socket.write('{"command":"slow"}\n{"command":"fast"}\n');
  expect(await listen(socket, 2)).toBe('{"ok":true,"result":"slow"}\n{"ok":true,"result":"fast"}\n');
});

test.each(["no json", "[]", "7", '{"command":1}', ""])("refuses the line %j and serves on", async (line) => {
  await serve({ ping: () => "pong" });
  const socket = await open();
  socket.write(`${line}\n{"command":"ping"}\n`);
  const [refusal, answer] = (await listen(socket, 2)).split("\n");
  expect(refusal).toContain("bad-request");
  expect(answer).toContain("pong");
});

test("closes a connection that sends a line without end", async () => {
  await serve({});
  const socket = await open();
  socket.write("x".repeat(REQUEST_LIMIT + 1));
  expect(await listen(socket)).toContain("bad-request");
});

test("tells one client too many that it is busy, and serves the next when one leaves", async () => {
  await serve({ ping: () => "pong" });
  const clients: Socket[] = [];
  for (let count = 0; count < CLIENT_LIMIT; count += 1) {
    const socket = await open();
    socket.write('{"command":"ping"}\n');
    await once(socket, "data");
    clients.push(socket);
  }
  expect(await askControl(path, { command: "ping" })).toMatchObject({ ok: false, error: { code: "busy" } });
  for (const socket of clients) socket.destroy();
  await expect.poll(async () => (await askControl(path, { command: "ping" })).ok).toBe(true);
});

test("leaves a socket that somebody serves alone, and says so", async () => {
  await serve({ ping: () => "first" });
  const second = await startControl(path, {});
  expect(second).toMatchObject({ ok: false, error: { code: "in-use" } });
  expect(await askControl(path, { command: "ping" })).toEqual({ ok: true, value: "first" });
});

test("replaces the socket that a killed program left", async () => {
  const script = `require("net").createServer().listen(${JSON.stringify(join(folder, "dead.sock"))}, () => console.log("on"))`;
  path = join(folder, "dead.sock");
  const child = spawn(process.execPath, ["-e", script]);
  await once(child.stdout, "data");
  child.kill("SIGKILL");
  await once(child, "exit");
  await serve({ ping: () => "new" });
  expect(await askControl(path, { command: "ping" })).toEqual({ ok: true, value: "new" });
});

test("does not touch a file that is no socket", async () => {
  path = join(folder, "file");
  await writeFile(path, "precious");
  expect(await startControl(path, {})).toMatchObject({ ok: false, error: { code: "not-a-socket" } });
});

test("refuses a path longer than a socket address holds", async () => {
  expect(await startControl(`/tmp/${"x".repeat(200)}`, {})).toMatchObject({ error: { code: "path-too-long" } });
});

test("disposed, removes its socket but not one that took its place", async () => {
  const server = await serve({});
  await server[Symbol.asyncDispose]();
  expect(await askControl(path, { command: "ping" })).toMatchObject({ ok: false, error: { code: "absent" } });
  const other = await serve({});
  await rm(path);
  await writeFile(path, "another's");
  await other[Symbol.asyncDispose]();
  expect((await stat(path)).isFile()).toBe(true);
});

test("the client gives up after its time, at an abort, and at nonsense", async () => {
  await serve({ never: () => new Promise(() => {}) });
  expect(await askControl(path, { command: "never" }, { timeout: 50 })).toMatchObject({ error: { code: "timeout" } });
  const signal = AbortSignal.timeout(20);
  expect(await askControl(path, { command: "never" }, { signal })).toMatchObject({ error: { code: "aborted" } });
});
