import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { connectGuard } from "./guard-client.ts";
import { type GuardOptions, guardDigest } from "./guard-options.ts";
import { type GuardMessage, type MainMessage, messageChannel } from "./guard-protocol.ts";

it("tells the guard that welcomes it of which process the facts are, each time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "roam6-guard-client-"));
  const options: GuardOptions = {
    node: "a",
    socket: join(folder, "guard.sock"),
    plane: "auto",
    instances: [],
    peers: [],
    key: new Uint8Array(32),
    hello: { port: 5999, interval: millis(10), missed: 3 },
    mainTimeout: millis(800),
    startupPatience: millis(0),
    commitPatience: millis(0),
    logLevel: "error",
  };
  const heard: MainMessage[] = [];
  const guard = createServer((socket) => {
    const send = messageChannel<MainMessage, GuardMessage>(socket, (message) => heard.push(message));
    socket.on("error", () => undefined);
    send({ type: "welcome", digest: guardDigest(options), pid: 1, edges: [] });
  });
  await new Promise<void>((resolve) => guard.listen(options.socket, resolve));
  const problems: string[] = [];
  const link = connectGuard(options, {
    onMessage: () => undefined,
    onProblem: (message) => problems.push(message),
    launch: () => problems.push("another guard was started"),
  });
  try {
    link.tell({ canCommit: true, load: 7, instances: [] });
    // The first at the welcome, the others as signs of life.
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(3);
    link.tell({ canCommit: false, instances: [] });
    await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toMatchObject({ canCommit: false });
  } finally {
    await link[Symbol.asyncDispose]();
    guard.close();
    rmSync(folder, { recursive: true, force: true });
  }
  expect(heard[0]).toEqual({ type: "facts", pid: process.pid, canCommit: true, load: 7, instances: [] });
  expect(heard.every((message) => message.type === "facts" && message.pid === process.pid)).toBe(true);
  expect(problems).toEqual([]);
});
