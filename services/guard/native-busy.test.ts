import { type ChildProcess, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type NativeGuard, native } from "#linux/native.ts";

const MAIN_TIMEOUT = 800;
/** So much later than it does the thread may be seen to judge, on a busy machine: less than what tells busy from still. */
const LATENESS = 1_200;
const TEST_TIMEOUT = 20_000;

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const socket = createSocket("udp6");
    socket.bind({ address: "::1", port: 0 }, () => {
      const { port } = socket.address();
      socket.close(() => resolve(port));
    });
  });

const stateOf = (pid: number): string => {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
};

/** A process that is busy, on any processor or on that one alone, and leaves other tests most of it. */
const spin = (processor?: string): ChildProcess => {
  const place = processor === undefined ? [] : ["taskset", "-c", processor];
  return spawn("nice", ["-n", "10", ...place, "sh", "-c", "while :; do :; done"], { stdio: "ignore" });
};

describe("the native thread and a main process that says nothing more", { timeout: TEST_TIMEOUT }, () => {
  const processes: ChildProcess[] = [];
  let guard: NativeGuard;
  let main: ChildProcess;
  let pid: number;
  let hungAt: number | undefined;

  beforeEach(async () => {
    hungAt = undefined;
    guard = native().openGuard(
      {
        node: "a",
        boot: 77,
        port: await freePort(),
        key: new Uint8Array(32).fill(1),
        interval: 50,
        missed: 4,
        startupPatience: 0,
        commitPatience: 0,
        mainTimeout: MAIN_TIMEOUT,
        peers: [],
        instances: [],
      },
      ({ type, alive }) => {
        if (type === "main.changed" && !alive) hungAt = performance.now();
      },
    );
    start(spin());
  });
  afterEach(() => {
    guard.stop();
    for (const each of processes.splice(0)) each.kill("SIGKILL");
  });

  /** It is the main process from here on. */
  const start = (started: ChildProcess): void => {
    processes.push(started);
    if (started.pid === undefined) throw new Error("a process cannot be started");
    main = started;
    pid = started.pid;
  };

  const stop = async (): Promise<void> => {
    main.kill("SIGSTOP");
    await expect.poll(() => stateOf(pid), { interval: 1 }).toBe("T");
  };
  /** The last word of the main process. @returns when that was */
  const speak = (facts: { pid?: number } = {}): number => {
    const now = performance.now();
    guard.tell({ ...facts, canCommit: true, instances: [] });
    guard.setMainAlive(true);
    return now;
  };
  /** When it counts as hung. */
  const hung = async (): Promise<number> => {
    await expect.poll(() => hungAt, { timeout: TEST_TIMEOUT, interval: 10 }).toBeDefined();
    expect(guard.state().mainAlive).toBe(false);
    return hungAt ?? Number.NaN;
  };
  const expectHungAfter = async (spokeAt: number, silence: number): Promise<void> => {
    const after = (await hung()) - spokeAt;
    expect(after).toBeGreaterThanOrEqual(silence);
    expect(after).toBeLessThan(silence + LATENESS);
  };

  it("counts one that is stopped as hung at its timeout", async () => {
    await stop();
    await expectHungAfter(speak({ pid }), MAIN_TIMEOUT);
  });

  it("counts one that is busy as hung after four timeouts", async () => {
    await expectHungAfter(speak({ pid }), 4 * MAIN_TIMEOUT);
  });

  it("counts one that waits for a processor most of the time as hung after four timeouts", async () => {
    main.kill("SIGKILL");
    const processor = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    for (let rival = 0; rival < 3; rival++) processes.push(spin(processor));
    start(spin(processor));
    await expectHungAfter(speak({ pid }), 4 * MAIN_TIMEOUT);
  });

  it("counts one that is busy, and is stopped then, as hung within a timeout of its stop", async () => {
    speak({ pid });
    await delay(2.1 * MAIN_TIMEOUT);
    expect(hungAt).toBeUndefined();
    await stop();
    const stoppedAt = performance.now();
    const hangsAt = await hung();
    expect(hangsAt).toBeGreaterThan(stoppedAt);
    expect(hangsAt - stoppedAt).toBeLessThan(1.5 * MAIN_TIMEOUT);
  });

  it("counts one that is busy as living when it speaks again, with all its time before it", async () => {
    speak({ pid });
    await delay(2 * MAIN_TIMEOUT);
    const spokeAt = speak({ pid });
    expect(hungAt).toBeUndefined();
    await expectHungAfter(spokeAt, 4 * MAIN_TIMEOUT);
  });

  it("gives one that is unknown, or has ended, no more than its timeout", async () => {
    await expectHungAfter(speak(), MAIN_TIMEOUT);
    hungAt = undefined;
    const ended = new Promise((resolve) => main.once("exit", resolve));
    main.kill("SIGKILL");
    await ended;
    await expectHungAfter(speak({ pid }), MAIN_TIMEOUT);
  });

  it("forgets which one it was when it is gone, or when one speaks that does not say", async () => {
    speak({ pid });
    guard.setMainAlive(false);
    await expect.poll(() => hungAt).toBeDefined();
    hungAt = undefined;
    const spokeAt = performance.now();
    guard.setMainAlive(true);
    await expectHungAfter(spokeAt, MAIN_TIMEOUT);
    hungAt = undefined;
    speak({ pid });
    await expectHungAfter(speak(), MAIN_TIMEOUT);
  });
});
