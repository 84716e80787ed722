import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DemoReport } from "#lab/demo/report.ts";
import { story } from "#lab/demo/story.ts";
import { kernelHasTunnels } from "#lab/kernel-tunnels.ts";
import { removeLab } from "#lab/lab.ts";
import { finish, poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";

const roam6 = join(import.meta.dirname, "../../../services/cli/roam6");
const isRoot = process.getuid?.() === 0;
/** Several times what the demo needs on a quiet machine. */
const TIME_LIMIT = 400_000;

/** Ids of this run's own: a lab that somebody keeps is left alone. */
const kept = `k${process.pid.toString(36)}`;
const plain = `u${process.pid.toString(36)}`;

const run = (...args: readonly string[]) => finish([roam6, ...args]);
const namespacesOf = async (id: string): Promise<string[]> =>
  (await readdir("/run/netns")).filter((name) => name.startsWith(`roam6-${id}-`));

/** Runs the demo as its own process group leader would be run: its whole output, and how it ended. */
const runDemo = (folder: string) =>
  new Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resolve, reject) => {
    const args = ["demo", "--keep", "--id", kept, "--json", "--out", join(folder, "demo.html")];
    const child = spawn(roam6, args, { stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });

/** A packet that comes late where nothing moves or dies: this machine's other work. */
const isLatePacket = (problem: string): boolean => {
  const [, length = "", limit = ""] = /: a gap of (\d+) ms, limit (\d+) ms$/.exec(problem) ?? [];
  return length !== "" && Number(limit) < 1000 && Number(length) < 1000;
};

describe.skipIf(!isRoot)("roam6 demo", () => {
  let folder: string;
  let outcome: Awaited<ReturnType<typeof runDemo>>;
  let report: DemoReport;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "roam6-demo-"));
    outcome = await runDemo(folder);
    const parsed: DemoReport = JSON.parse(outcome.stdout);
    report = parsed;
  }, TIME_LIMIT);

  afterAll(async () => {
    await removeLab(kept);
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it("shows that everything survives; its exit code is its verdict (under 90 s on a quiet machine)", async ({
    annotate,
  }) => {
    await annotate(`${report.duration.toFixed(0)} s`);
    expect(
      report.verdict.problems.filter((problem) => !isLatePacket(problem)),
      outcome.stderr,
    ).toEqual([]);
    expect(report.verdict.passed).toBe(report.verdict.problems.length === 0);
    expect(outcome.code).toBe(report.verdict.passed ? 0 : 1);
  });

  it("plays every step, each with probes in all directions, TCP octets in both, and its limits", () => {
    expect(report.steps.map(({ title }) => title)).toEqual(story.map(({ title }) => title));
    for (const { flows, stream, limits } of report.steps) {
      expect(Object.values(flows).map(({ expected }) => expected > 0)).toEqual([true, true, true, true]);
      expect(Math.min(stream.toMobileNode, stream.fromMobileNode)).toBeGreaterThan(0);
      expect(limits).toMatchObject({ gap: expect.any(Number), stall: expect.any(Number) });
    }
  });

  it("writes the same report as JSON, and as HTML with a picture in it that needs no other file", async () => {
    expect(JSON.parse(await readFile(join(folder, "demo.json"), "utf8"))).toEqual(report);
    const html = await readFile(join(folder, "demo.html"), "utf8");
    expect(html).toMatch(/<svg[\s>][\s\S]+<rect[\s\S]+<\/svg>/);
    expect(html).not.toMatch(/\b(?:src|href)\s*=|url\(|@import|<script|https?:/i);
    for (const { title } of story) expect(html).toContain(title.replaceAll("'", "&#39;"));
  });

  it("prints each step as it happens on standard error, and last what to try in the lab that stays", () => {
    for (const [at, { title }] of story.entries()) expect(outcome.stderr).toContain(`s  ${at + 1}. ${title}`);
    expect(outcome.stderr).toContain(`npx roam6 lab exec ${kept} mn -- ip -6 address`);
    expect(outcome.stderr).toContain(`npx roam6 lab down ${kept}`);
  });

  it("leaves with --keep a lab in which everything runs, until roam6 lab down", async () => {
    expect((await run("lab", "list")).stdout.split("\n")).toContain(kept);
    const inside = await run("lab", "exec", kept, "mn", "--", "ip", "-6", "address", "show", "dev", "eth0");
    expect(inside).toMatchObject({ code: 0, stdout: expect.stringContaining(LAB.homeAddress) });
    const status = await run("lab", "status", kept);
    expect(status.stdout).toMatch(new RegExp(`^ha\\d +instance ${LAB.instance} +owner `, "m"));
    expect(status.stdout).not.toContain("no answer");
    expect(await run("lab", "down", kept)).toMatchObject({ code: 0 });
    expect(await namespacesOf(kept)).toEqual([]);
    expect((await run("lab", "list")).stdout.split("\n")).not.toContain(kept);
  });
});

describe.skipIf(!isRoot)("roam6 lab", () => {
  afterAll(() => removeLab(plain), 60_000);

  it("builds the network, runs commands on its nodes with their exit codes, and takes all of it away", async () => {
    expect(await run("lab", "up", "--bare", "--id", plain)).toMatchObject({ code: 0 });
    expect(await namespacesOf(plain)).toHaveLength(12);
    // Refused by the host that was meant: the way there and back is whole.
    const script = `require("net").connect(9, "${LAB.homeRouter}").on("error", ({ code }) => console.log(code))`;
    const refused = async () => {
      const { stdout } = await run("lab", "exec", plain, "cn", "--", process.execPath, "-e", script);
      return stdout.trim() === "ECONNREFUSED" ? true : undefined;
    };
    expect(await poll(refused, { deadline: 60_000 })).toBe(true);
    expect(await run("lab", "exec", plain, "cn", "--", "sh", "-c", "exit 7")).toMatchObject({ code: 7 });
    expect(await run("lab", "exec", plain, "nowhere", "--", "true")).not.toMatchObject({ code: 0 });
    expect(await run("lab", "down", plain)).toMatchObject({ code: 0 });
    expect(await namespacesOf(plain)).toEqual([]);
  });
});

describe("roam6 demo --plane classic", () => {
  it("without root asks for root, and does not blame the kernel", async () => {
    // Nobody's: a folder of its own, where the report would go.
    const folder = await mkdtemp(join(tmpdir(), "roam6-demo-"));
    const argv = [roam6, "demo", "--plane", "classic", "--out", join(folder, "demo.html")];
    const { code, stderr } = await finish(
      isRoot ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all", ...argv] : argv,
    );
    await rm(folder, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(stderr).toContain("needs root");
    expect(stderr).not.toContain("this kernel has no");
  });

  it.skipIf(!isRoot)("on a kernel without ip6tnl says so, and offers one that has it", async ({ skip }) => {
    const tunnels = await kernelHasTunnels();
    skip(tunnels.ok && tunnels.value, "this kernel has ip6tnl");
    const folder = await mkdtemp(join(tmpdir(), "roam6-demo-"));
    const { code, stderr } = await run("demo", "--plane", "classic", "--out", join(folder, "demo.html"));
    const written = await readdir(folder);
    await rm(folder, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(stderr).toContain("this kernel has no ip6tnl devices");
    expect(stderr).toContain("npm run demo:vm -- --plane classic");
    expect(written).toEqual([]);
  });
});
