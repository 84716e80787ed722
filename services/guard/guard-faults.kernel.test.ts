import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { countUnheld, threeNodes } from "./guard.test-support.ts";
import { INSTANCE, ip, NODES } from "./main.test-support.ts";

const HOME = "2001:db8:1::77";
const VIRTUAL_MAC = "00:00:5e:00:02:01";

describe("a guard whose process is paused", () => {
  const { holders, main } = threeNodes(`gpa${process.pid}`);

  it("withdraws when it is resumed, and the edge stays where it went (DESIGN §4.6)", async () => {
    main("ha1").kill("SIGSTOP");
    await expect.poll(holders, { timeout: 5_000, interval: 5 }).toHaveLength(2);
    await delay(2_000);
    const [taker = ""] = holders().filter((node) => node !== "ha1");
    expect(holders()).toContain("ha1");
    const before = NODES.map((node) => main(node).messages.filter(({ type }) => type === "edge.taken").length);
    main("ha1").kill("SIGCONT");
    const start = performance.now();
    await expect.poll(holders, { timeout: 5_000, interval: 2 }).toEqual([taker]);
    console.log(
      `a guard that was paused for 2 s withdrew ${(performance.now() - start).toFixed(0)} ms after it was resumed`,
    );
    const until = performance.now() + 1_000;
    while (performance.now() < until) {
      expect(holders()).toEqual([taker]);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(NODES.map((node) => main(node).messages.filter(({ type }) => type === "edge.taken").length)).toEqual(before);
  });
});

describe("an edge that its holder gives away", () => {
  const { holders, main } = threeNodes(`gyi${process.pid}`);

  it("goes to the named node without a moment in which nobody holds it", async () => {
    const { link, facts } = main("ha1");
    const nobody = await countUnheld(holders, async () => {
      link.tell(facts({ yieldTo: "ha3" }));
      await expect.poll(holders, { timeout: 5_000, interval: 2 }).toEqual(["ha3"]);
    });
    expect(nobody).toBe(0);
  });

  it("stays when the named node is not eligible", async () => {
    main("ha3").link.tell(main("ha3").facts({ eligible: false }));
    await expect.poll(() => main("ha1").messages.length).toBeGreaterThan(0);
    // The words of ha3 are in its hellos before those of ha1 are.
    await delay(200);
    main("ha1").link.tell(main("ha1").facts({ yieldTo: "ha3" }));
    const until = performance.now() + 1_000;
    while (performance.now() < until) {
      expect(holders()).toEqual(["ha1"]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
});

describe("a guard that is killed with its main process", () => {
  const { holders, main, restart } = threeNodes(`gkm${process.pid}`);

  it("leaves term and progress of its hold to the guard after it, which keeps them while its main process knows nothing", async () => {
    main("ha1").link.tell(main("ha1").facts({ yieldTo: "ha3" }));
    await expect.poll(holders, { timeout: 5_000, interval: 2 }).toEqual(["ha3"]);
    // Nobody takes it meanwhile.
    for (const node of ["ha1", "ha2"]) main(node).link.tell(main(node).facts({ eligible: false }));
    await delay(500);
    const { link, kill, socket } = main("ha3");
    link.tell(main("ha3").facts({ epoch: 3, lastSequence: 9 }));
    const left = (): unknown => JSON.parse(readFileSync(`${socket}.holds`, "utf8"));
    await expect.poll(left, { timeout: 5_000 }).toEqual([[1, 2, 3, 9]]);
    kill("SIGKILL");
    await link[Symbol.asyncDispose]();
    const { messages, link: next, facts } = restart("ha3");
    next.tell(facts({ eligible: false, epoch: 0, lastSequence: 0 }));
    await expect
      .poll(() => messages.find(({ type }) => type === "welcome"), { timeout: 10_000 })
      .toMatchObject({ edges: [{ instance: 1, held: true, term: 2 }] });
    await delay(500);
    expect(holders()).toEqual(["ha3"]);
    expect(left()).toEqual([[1, 2, 3, 9]]);
  });
});

describe("a guard alone with a main process that is gone", () => {
  const { spaces, holders, main } = threeNodes(`gns${process.pid}`, { mainTimeout: 3_000 });

  /** Nobody else may take the edge, and the kernel of ha1 forwards one binding. */
  const settle = async () => {
    for (const node of ["ha2", "ha3"]) main(node).link.tell(main(node).facts({ eligible: false }));
    const opened = await createKernel({ plane: "routed", namespace: spaces.node("ha1") });
    if (!opened.ok) throw new Error(opened.error.message);
    await using kernel = opened.value;
    expect(await kernel.prepare()).toMatchObject({ ok: true });
    expect(await kernel.openInstance(INSTANCE)).toMatchObject({ ok: true });
    const set = { kind: "set" as const, homeAddress: address(HOME), careOfAddress: address("2001:db8:f1::7") };
    expect(await kernel.apply(INSTANCE.number, [set])).toMatchObject([{ ok: true }]);
    expect(await solicit()).toBeUndefined();
  };

  /** Link-layer address that a host on the link gets for the home address, of whoever answers within some time. */
  const solicit = async (): Promise<string | undefined> => {
    ip("-n", spaces.bridge, "neigh", "flush", "dev", "br0");
    const datagram = `echo > /dev/udp/${HOME}/9`;
    execFileSync("ip", ["netns", "exec", spaces.bridge, "bash", "-c", datagram], { stdio: "ignore" });
    for (const end = performance.now() + 500; performance.now() < end; await delay(20)) {
      const found = /lladdr (\S+)/.exec(ip("-n", spaces.bridge, "neigh", "show", HOME, "dev", "br0"));
      if (found) return found[1];
    }
    return undefined;
  };

  it("answers for home addresses when it died (RFC 6275 §10.4.1)", async () => {
    await settle();
    await main("ha1").link[Symbol.asyncDispose]();
    await expect.poll(solicit, { timeout: 20_000 }).toBe(VIRTUAL_MAC);
    expect(holders()).toEqual(["ha1"]);
  });

  it("answers for home addresses when it hangs, until a peer takes the edge", async () => {
    await settle();
    const { link, socket, facts } = main("ha1");
    await link[Symbol.asyncDispose]();
    // A main process that spoke once and is silent from then on, with its socket open.
    const hung = connect(socket);
    hung.on("error", () => undefined);
    hung.write(`${JSON.stringify({ type: "facts", ...facts() })}\n`);
    await expect.poll(solicit, { timeout: 20_000 }).toBe(VIRTUAL_MAC);
    expect(holders()).toEqual(["ha1"]);
    main("ha3").link.tell(main("ha3").facts());
    await expect.poll(holders, { timeout: 10_000, interval: 10 }).toEqual(["ha3"]);
    await expect.poll(solicit, { timeout: 20_000 }).toBeUndefined();
    hung.destroy();
  });
});

describe("a guard whose main process is silent", () => {
  const mainTimeout = 1_500;
  const { holders, main } = threeNodes(`gsm${process.pid}`, { mainTimeout });

  /** A process says facts once as the main process of ha1, and is busy or stands still. @returns milliseconds until a peer has the edge */
  const takenAfter = async (isBusy: boolean): Promise<number> => {
    for (const node of ["ha2", "ha3"]) main(node).link.tell(main(node).facts({ eligible: false }));
    // Their words are in hellos before the main process of ha1 is gone.
    await delay(500);
    const { link, socket, facts } = main("ha1");
    await link[Symbol.asyncDispose]();
    await expect.poll(() => believes("ha3", "ha1"), { timeout: 5_000, interval: 5 }).toBe(false);
    const busy = spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" });
    const silent = connect(socket);
    silent.on("error", () => undefined);
    try {
      if (!isBusy) busy.kill("SIGSTOP");
      const start = performance.now();
      silent.write(`${JSON.stringify({ type: "facts", pid: busy.pid, ...facts() })}\n`);
      await expect.poll(() => believes("ha3", "ha1"), { timeout: 5_000, interval: 5 }).toBe(true);
      main("ha3").link.tell(main("ha3").facts());
      await expect.poll(holders, { timeout: 15_000, interval: 10 }).toEqual(["ha3"]);
      return performance.now() - start;
    } finally {
      silent.destroy();
      busy.kill("SIGKILL");
    }
  };
  /** Whether a node last said that the main process of another lives. */
  const believes = (node: string, other: string): boolean => {
    const last = main(node).messages.findLast(({ type }) => type === "peers");
    return last?.type === "peers" && last.peers.some((peer) => peer.node === other && peer.mainAlive);
  };

  it("leaves its edge to a peer when that one stands still", async () => {
    const after = await takenAfter(false);
    expect(after).toBeGreaterThanOrEqual(mainTimeout);
    expect(after).toBeLessThan(3 * mainTimeout);
  });

  it("keeps its edge for four times as long when that one is busy", async () => {
    const after = await takenAfter(true);
    expect(after).toBeGreaterThanOrEqual(4 * mainTimeout);
    expect(after).toBeLessThan(6 * mainTimeout);
  });
});
