import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { ClusterInstanceReport, PlacementReport } from "#control/reports.ts";
import { type ControlHandler, startControl } from "#control/server.ts";
import { showAnswers } from "./ask.ts";
import { reachFirst } from "./cluster-ask.ts";
import { command as drain } from "./drain-command.ts";
import { command as instances } from "./instances-command.ts";
import { command as rebalance } from "./rebalance-command.ts";
import { collect, runCommand as run } from "./run-command.test-support.ts";
import { fetchStatus, command as status } from "./status-command.ts";
import { command as undrain } from "./undrain-command.ts";

let closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  closers = [];
});

const serve = async (handlers: Readonly<Record<string, ControlHandler>>): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "roam6-"));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const started = await startControl(join(folder, "x.sock"), handlers);
  if (!started.ok) throw new Error(started.error.message);
  closers.push(async () => started.value[Symbol.asyncDispose]());
  return started.value.path;
};

const node = (name: string, change: Partial<PlacementReport["nodes"][number]> = {}) => ({
  node: name,
  heard: true,
  canCommit: true,
  drained: false,
  clockOff: false,
  clockOffsetMilliseconds: 0,
  placementAgrees: true,
  holds: [],
  ...change,
});

const placement = (
  holder: string,
  wanted: string | undefined,
  change: Partial<PlacementReport> = {},
): PlacementReport => ({
  node: "ha1",
  nodes: [node("ha1", { holds: holder === "ha1" ? ["a"] : [] }), node("ha2", { holds: holder === "ha2" ? ["a"] : [] })],
  placement: [{ instance: "a", holder, order: ["ha2", "ha1"], ...(wanted === undefined ? {} : { wanted }) }],
  moves: wanted === undefined || wanted === holder ? [] : [{ instance: "a", from: holder, to: wanted }],
  ...change,
});

const instance = (change: Partial<ClusterInstanceReport> = {}): ClusterInstanceReport => ({
  name: "a",
  owner: "ha1",
  edge: "ha1",
  wanted: "ha1",
  epoch: 4,
  term: 5,
  streamLeader: "ha3",
  replicas: [
    { server: "ha1", current: true, lag: 0 },
    { server: "ha2", current: false, lag: 12 },
  ],
  eligible: ["ha1", "ha2"],
  survives: { nodesLost: 0, text: "nothing: the copy on ha2 is 12 behind" },
  ...change,
});

const statusOf = (
  clusterInstances: readonly ClusterInstanceReport[],
  nodes = [node("ha1", { holds: ["a"] }), node("ha2")],
) => ({
  node: "ha1",
  role: "home-agent",
  plane: "routed",
  processId: 7,
  uptimeSeconds: 3,
  ready: true,
  nats: { available: true, servers: [] },
  peers: [{ node: "ha2", alive: true, mainAlive: true, canCommit: true, load: 125, lastHeardMilliseconds: 4 }],
  drained: false,
  clusterNodes: nodes,
  clusterInstances,
  counters: { entriesLost: 2, commits: 0 },
});

it("roam6 status says why NATS cannot be used", async () => {
  const problem = "nats://[::1]:4222 has no JetStream; enable it";
  const nats = { available: false, servers: ["nats://[::1]:4222"], problem };
  const path = await serve({ status: () => ({ ...statusOf([]), nats }) });
  const { stdout } = await run(status, "--socket", path);
  expect(stdout).toMatch(/^nats +cannot commit: nats:\/\/\[::1\]:4222 has no JetStream; enable it \(nats:/m);
});

describe("roam6 rebalance", () => {
  it("shows present and wanted placement, and moves nothing with --dry-run", async () => {
    let told = 0;
    const path = await serve({ placement: () => placement("ha1", "ha2"), rebalance: () => told++ });
    const { code, stdout } = await run(rebalance, "-n", "--socket", path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/a +ha1 +ha2 +ha2 ha1 +ha1 -> ha2/);
    expect(stdout).toContain("1 move\n");
    expect(told).toBe(0);
  });

  it("returns when everything is where it belongs", async () => {
    let asked = 0;
    const path = await serve({
      placement: () => placement(++asked < 4 ? "ha1" : "ha2", "ha2"),
      rebalance: () => placement("ha1", "ha2"),
    });
    const { code, stdout } = await run(rebalance, "--json", "--socket", path);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ moves: [], planned: [{ instance: "a", from: "ha1", to: "ha2" }] });
  });

  it("says why nodes are passed over", async () => {
    const nodes = [
      node("ha1", { holds: ["a"] }),
      node("ha2", { drained: true, clockOff: true, placementAgrees: false }),
    ];
    const path = await serve({ placement: () => placement("ha1", "ha1", { nodes }) });
    const { stdout } = await run(rebalance, "--dry-run", "--socket", path);
    for (const words of ["ha2 is drained", "wrong clock", "compare the configs"]) expect(stdout).toContain(words);
    expect(stdout).toMatch(/^nothing to move now; not on the first of its order: a$/m);
  });

  it("says that all is well where every instance is on the first of its order", async () => {
    const path = await serve({ placement: () => placement("ha2", "ha2") });
    expect((await run(rebalance, "--dry-run", "--socket", path)).stdout).toMatch(/^everything is where it belongs$/m);
  });
});

describe("roam6 drain", () => {
  const drained = (holds: readonly string[]) =>
    placement("ha1", undefined, { nodes: [node("ha1", { drained: true, holds }), node("ha2")] });

  it("waits with --wait until the node holds nothing", async () => {
    let asked = 0;
    const requests: unknown[] = [];
    const path = await serve({
      placement: () => drained(++asked < 4 ? ["a"] : []),
      drain: ({ node: name }) => {
        requests.push(name);
        return drained(["a"]);
      },
    });
    expect(await run(drain, "ha1", "--wait", "--socket", path)).toMatchObject({
      code: 0,
      stdout: "ha1 is drained and holds nothing\n",
    });
    expect(requests).toEqual(["ha1"]);
  });

  it("returns at once without it, and names what is still there", async () => {
    const path = await serve({ placement: () => drained(["a"]), drain: () => drained(["a"]) });
    expect(await run(drain, "ha1", "--socket", path)).toMatchObject({
      code: 0,
      stdout: "ha1 is drained; still there: a (no other node may take it now)\n",
    });
  });

  it("gives up waiting after --timeout, and says what stays and why", async () => {
    const path = await serve({ placement: () => drained(["a"]), drain: () => drained(["a"]) });
    const { code, stderr } = await run(drain, "ha1", "-w", "--timeout", "0.3", "--socket", path);
    expect(code).toBe(1);
    expect(stderr).toContain("still holds a (no other node may take it now)");
  });

  it("passes on why a node refuses", async () => {
    const path = await serve({
      placement: () => drained([]),
      drain: () => {
        throw new Error("no node 'ha9' in this cluster; it has ha1, ha2");
      },
    });
    expect(await run(drain, "ha9", "--socket", path)).toMatchObject({
      code: 1,
      stderr: "roam6 drain: no node 'ha9' in this cluster; it has ha1, ha2\n",
    });
  });

  it.each([[[]], [["ha1", "ha2"]], [["ha1", "--timeout", "soon"]]])("refuses wrong arguments: %j", async (args) => {
    const { code, stderr } = await run(drain, ...args);
    expect([code, stderr.startsWith("roam6 drain: ")]).toEqual([2, true]);
  });
});

describe("roam6 undrain", () => {
  it("waits with --wait until the node is level everywhere and every copy is current", async () => {
    const late = instance();
    const current = instance({ replicas: late.replicas.map((copy) => ({ ...copy, current: true, lag: 0 })) });
    const answers = [
      statusOf([current], [node("ha2"), node("ha1", { heard: false })]),
      statusOf([{ ...current, eligible: ["ha2"] }]),
      statusOf([late]),
      statusOf([current]),
    ];
    let asked = 0;
    const path = await serve({
      placement: () => placement("ha1", "ha1"),
      undrain: () => placement("ha1", "ha1"),
      status: () => answers[Math.min(asked++, answers.length - 1)],
    });
    expect(await run(undrain, "ha1", "--wait", "--socket", path)).toMatchObject({ code: 0 });
    expect(asked).toBe(answers.length);
  });

  it("names what is missing when it takes too long", async () => {
    const path = await serve({
      placement: () => placement("ha1", "ha1"),
      undrain: () => placement("ha1", "ha1"),
      status: () => statusOf([instance()]),
    });
    const { code, stderr } = await run(undrain, "ha1", "-w", "--timeout", "0.2", "--socket", path);
    expect([code, stderr]).toEqual([1, expect.stringContaining("the copy of instance a on ha2 is not current")]);
  });
});

describe("status and instances of a cluster", () => {
  it("show owner, edge, copies and what the cluster survives", async () => {
    const path = await serve({
      status: () =>
        statusOf(
          [instance({ wanted: "ha2" })],
          [node("ha1", { holds: ["a"] }), node("ha2", { clockOff: true, clockOffsetMilliseconds: -700 })],
        ),
      instances: () => ({
        instances: [
          {
            name: "a",
            number: 1,
            homeAgentAddress: "::1",
            role: "owner",
            term: 5,
            epoch: 4,
            owner: "ha1",
            followedSequence: 9,
            level: true,
            bindings: 3,
          },
        ],
      }),
    });
    const shown = (await run(status, "--socket", path)).stdout;
    expect(shown).toMatch(/ha1 +alive +yes +a +- +\+0 ms +this node/);
    expect(shown).toMatch(/ha2 +wrong clock +yes +- +12\.5 % +-700 ms +4 ms ago/);
    expect(shown).toMatch(
      /a +ha1 +ha1 \(wanted on ha2\) +4 +5 +ha3 +ha1 ok, ha2 12 behind +nothing: the copy on ha2 is 12 behind/,
    );
    expect(shown).toMatch(/entriesLost +2/);
    expect(shown).not.toContain("commits  0");
    const listed = (await run(instances, "--socket", path)).stdout;
    expect(listed).toMatch(/a +1 +::1 +owner +ha1 +5 +4 +9 +yes +3 +ha1 +ha3 +ha1 ok, ha2 12 behind +nothing/);
  });
});

describe("a peer that was never heard", () => {
  it("is said to be so, with instances and without", async () => {
    const peers = [{ node: "ha2", alive: false, mainAlive: false, canCommit: false, lastHeardMilliseconds: -1 }];
    for (const instances of [[instance()], []]) {
      const path = await serve({ status: () => ({ ...statusOf(instances), peers }) });
      const { stdout } = await run(status, "--socket", path);
      expect(stdout).toMatch(/^ha2 .* never$/m);
      expect(stdout).not.toContain("-1 ms");
    }
  });
});

describe("where programs of several kinds run", () => {
  const crowd = { status: () => ({ offered: 100, answered: 99 }) };
  const homeAgent = { status: () => statusOf([instance()]), placement: () => placement("ha1", "ha1") };
  const askStatus = (sockets: readonly string[]) =>
    collect((io) => showAnswers("status", sockets, { io, json: true, isGiven: false, fetchAnswer: fetchStatus }));

  it("those that a question is not for are passed over", async () => {
    const [ha, sim] = [await serve(homeAgent), await serve(crowd)];
    const { code, stdout, stderr } = await askStatus([ha, sim]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toMatchObject({ node: "ha1" });
    const reached = await reachFirst([sim, ha, sim], new AbortController().signal);
    expect(reached.ok && (await reached.value.ask({ command: "placement" })).ok).toBe(true);
  });

  it("it is said that none of them is a home agent", async () => {
    const sim = await serve(crowd);
    const words = `no home agent runs here: ${sim} belongs to another program; start one, or give the control socket`;
    expect(await askStatus([sim])).toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
    expect(await reachFirst([sim], new AbortController().signal)).toEqual({
      ok: false,
      error: expect.stringContaining(words),
    });
  });

  it("one that does not answer as it should is named all the same", async () => {
    const [ha, old] = [await serve(homeAgent), await serve({ status: () => ({ role: "home-agent" }) })];
    const { code, stderr } = await askStatus([ha, old]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${old}: the answer is not understood`)]);
  });

  it("the one that was named is asked, whatever it is", async () => {
    const sim = await serve(crowd);
    const { code, stderr } = await run(status, "--socket", sim);
    expect([code, stderr]).toEqual([1, expect.stringContaining("the answer is not understood")]);
  });
});
