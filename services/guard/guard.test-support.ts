import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { InstanceSpec } from "#ports/kernel.ts";
import {
  ip,
  killAll,
  type Main,
  type MainSettings,
  makeLink,
  NODES,
  removeLink,
  spacesOf,
  startMain,
} from "./main.test-support.ts";

/** Whether a guard last said that it hears both peers and their main processes. */
export const hearsAll = ({ messages }: Main): boolean => {
  const last = messages.findLast(({ type }) => type === "peers");
  return last?.type === "peers" && last.peers.every(({ alive, mainAlive }) => alive && mainAlive);
};

/** Peers that a guard last said it hears. */
export const hears = ({ messages }: Main): string[] => {
  const last = messages.findLast(({ type }) => type === "peers");
  return last?.type === "peers" ? last.peers.filter(({ alive }) => alive).map(({ node }) => node) : [];
};

/** Three nodes on one link for the tests of a `describe`; at the start of each the first one holds the edge. */
export const threeNodes = (prefix: string, settings: MainSettings = {}) => {
  const spaces = spacesOf(prefix);
  let folder = "";
  let mains = new Map<string, Main>();

  /**
   * Whether the kernel of a node has the instance up, and takes what comes for it. The rule is read last: a guard that starts
   * makes it before it brings the device up with its address, so that an edge at rest is never seen without it.
   */
  const isUp = (node: string): boolean => {
    try {
      const device: { flags: string[]; addr_info: { local?: string }[] }[] = JSON.parse(
        ip("-n", spaces.node(node), "-j", "-6", "addr", "show", "dev", "roam6-a", "up"),
      );
      const hasAddress = device.some(({ addr_info }) => addr_info?.some(({ local }) => local === "2001:db8:1::a1"));
      return hasAddress && !ip("-n", spaces.node(node), "-6", "rule", "show", "iif", "roam6-a").includes("blackhole");
    } catch {
      return false;
    }
  };
  const holders = () => NODES.filter(isUp);

  beforeAll(() => makeLink(spaces));
  afterAll(() => removeLink(spaces));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "roam6-guard-"));
    mains = new Map(NODES.map((node) => [node, startMain(spaces, folder, node, settings)]));
    await expect.poll(holders, { timeout: 30_000 }).toEqual(["ha1"]);
    await expect.poll(() => [...mains.values()].every(hearsAll), { timeout: 30_000 }).toBe(true);
  });
  afterEach(async () => {
    for (const { link } of mains.values()) await link[Symbol.asyncDispose]();
    killAll(spaces);
    for (const node of NODES)
      try {
        ip("-n", spaces.node(node), "link", "del", "roam6-a");
      } catch {
        // Its test has removed it.
      }
    rmSync(folder, { recursive: true, force: true });
  });

  return {
    spaces,
    holders,
    main: (node: string): Main => {
      const found = mains.get(node);
      if (!found) throw new RangeError(node);
      return found;
    },
    /** Starts the main process of a node again, after the last one's link was disposed of. */
    restart: (node: string, instances?: readonly InstanceSpec[]): Main => {
      const made = startMain(spaces, folder, node, { ...settings, ...(instances && { instances }) });
      mains.set(node, made);
      return made;
    },
  };
};

/** Counts how often nobody held the edge while `work` ran. */
export const countUnheld = async (holders: () => readonly string[], work: () => Promise<void>): Promise<number> => {
  let nobody = 0;
  let watching = true;
  const watch = (async () => {
    while (watching) {
      if (holders().length === 0) nobody++;
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  await work();
  watching = false;
  await watch;
  return nobody;
};
