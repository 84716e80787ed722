import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type ControlHandler, type ControlServer, startControl } from "#control/server.ts";

const program = join(import.meta.dirname, "roam6");
// Each test starts the program several times, perhaps on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const roam6 = (args: readonly string[], file = program): Promise<Outcome> =>
  new Promise((resolve) => {
    const child = execFile(file, args, { cwd: tmpdir() }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
    });
    child.stdin?.end();
  });

const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "roam6-"));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
};

const serve = async (handlers: Readonly<Record<string, ControlHandler>>): Promise<string> => {
  const path = join(await temporary(), "x.sock");
  const started = await startControl(path, handlers);
  if (!started.ok) throw new Error(started.error.message);
  const server: ControlServer = started.value;
  cleanups.push(async () => {
    await server[Symbol.asyncDispose]();
  });
  return path;
};

test("runs from anywhere, also through a symbolic link", async () => {
  const link = join(await temporary(), "r6");
  await symlink(program, link);
  expect(await roam6(["--version"], link)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^roam6 \d/) });
});

test("lists its commands", async () => {
  const { code, stdout } = await roam6(["--help"]);
  expect(code).toBe(0);
  for (const name of [
    "ha",
    "mn",
    "cn",
    "status",
    "bindings",
    "instances",
    "drain",
    "undrain",
    "rebalance",
    "clear",
    "decode",
    "lab",
    "demo",
  ]) {
    expect(stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
  }
});

test.each([
  [[], 2, "usage: roam6 COMMAND"],
  [["staus"], 2, "did you mean 'status'?"],
  [["xyzzy"], 2, "unknown command 'xyzzy'"],
  [["--verbsion"], 2, "unknown option '--verbsion'"],
  [["status", "--jsn"], 2, "did you mean --json?"],
  [["status", "--socket"], 2, "--socket needs a value"],
  [["status", "--socket", "/nowhere/x.sock"], 1, "no such control socket; is the program running?"],
  [["config-schema"], 2, "an argument is missing"],
  [["guard", "--socket", "/nope"], 2, "standard input holds no options; the guard is started by 'roam6 ha'"],
])("%j ends with exit code %i and says what to do", async (args, code, words) => {
  const outcome = await roam6(args);
  expect(outcome.code).toBe(code);
  expect(outcome.stderr).toContain(words);
});

test.each(["status", "bindings", "instances", "decode", "config-schema"])("%s has help", async (name) => {
  const { code, stdout } = await roam6([name, "--help"]);
  expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^usage: roam6 ${name}`))]);
});

test("a request for help is not taken from the program that lab exec runs", async () => {
  const { code, stdout, stderr } = await roam6(["lab", "exec", "nolab", "mn", "ls", "--help"]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("there is no lab 'nolab'");
  expect((await roam6(["lab", "exec", "--help"])).stdout).toMatch(/^usage: roam6 lab up/);
});

const status = {
  node: "ha1",
  role: "home-agent",
  plane: "routed",
  processId: 7,
  uptimeSeconds: 3725,
  ready: true,
  nats: { available: true, servers: ["[::1]:4222"] },
  peers: [{ node: "ha2", alive: true, mainAlive: true, canCommit: false, lastHeardMilliseconds: 12.4 }],
  counters: { bindingUpdatesReceived: 5 },
};

test("status shows a home agent to people and to programs", async () => {
  const path = await serve({ status: () => status });
  const { code, stdout } = await roam6(["status", "--socket", path]);
  expect(code).toBe(0);
  expect(stdout).toContain("ha1 (home-agent, process 7)");
  expect(stdout).toContain("up 1 h 2 min");
  expect(stdout).toMatch(/ha2 +alive +no +12 ms/);
  const json = await roam6(["status", "--socket", path, "--json"]);
  expect(JSON.parse(json.stdout)).toEqual(status);
});

const binding = (number: number) => ({
  homeAddress: `2001:db8:1::${number}`,
  careOfAddress: "2001:db8:f1::7",
  instance: "a",
  state: "registered",
  sequence: number,
  lifetimeSeconds: 60,
  remainingSeconds: 59,
});

test("bindings asks page after page, and sorts by home address", async () => {
  const pages = [{ bindings: [binding(20), binding(3)], next: "a/2" }, { bindings: [binding(1)] }];
  const path = await serve({ bindings: ({ after }) => pages[after === "a/2" ? 1 : 0] });
  const { stdout } = await roam6(["bindings", "--socket", path]);
  expect(stdout).toContain("3 bindings\n");
  expect(stdout.split("\n").length).toBe(6);
  const json: unknown = JSON.parse((await roam6(["bindings", "--json", "--socket", path])).stdout);
  expect(json).toEqual({ bindings: [binding(1), binding(3), binding(20)] });
});

test("instances shows role and owner", async () => {
  const instance = {
    name: "a",
    number: 1,
    homeAgentAddress: "2001:db8:1::a1",
    role: "owner",
    term: 3,
    epoch: 4,
    owner: "ha1",
    followedSequence: 99,
    level: true,
    bindings: 1,
  };
  const path = await serve({ instances: () => ({ instances: [instance] }) });
  expect((await roam6(["instances", "--socket", path])).stdout).toMatch(/a +1 +2001:db8:1::a1 +owner +ha1 +3 +4 +99/);
});

test("an answer of another shape is named, not shown", async () => {
  const path = await serve({ status: () => ({ node: 7 }) });
  const { code, stderr } = await roam6(["status", "--socket", path]);
  expect(code).toBe(1);
  expect(stderr).toContain("the answer is not understood");
});
