import { existsSync } from "node:fs";
import { mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Stage } from "#chaos/stage.ts";
import { processesOf } from "./processes.ts";

const V1 = "/sys/fs/cgroup/cpu";
const V2 = "/sys/fs/cgroup";
const PERIOD = 100_000;
/** Of each second of real-time priority that a control group of the first kind may use, in microseconds. */
const REALTIME = 100_000;

const isV1 = (): boolean => existsSync(join(V1, "cpu.cfs_quota_us"));

/** Why processor time cannot be limited here; undefined where it can. */
export const groupsMissing = (): string | undefined =>
  isV1() || existsSync(join(V2, "cgroup.subtree_control")) ? undefined : "there is no control group for processor time";

/**
 * Lets all processes of a node have only this part of one processor (cgroup quota).
 * @returns what lifts the limit, and tells how often the processes had to wait for it where the kernel counts that; the group is
 * gone then
 */
export const limitProcessor = async (
  stage: Stage,
  node: string,
  part: number,
): Promise<() => Promise<number | undefined>> => {
  const root = isV1() ? V1 : V2;
  const group = join(root, `roam6-${stage.lab.id}-${node}`);
  await mkdir(group, { recursive: true });
  const quota = Math.round(PERIOD * part);
  if (isV1()) {
    await writeFile(join(group, "cpu.cfs_period_us"), String(PERIOD));
    await writeFile(join(group, "cpu.cfs_quota_us"), String(quota));
    // Without it a process with a real-time thread cannot be moved; kernels without RT_GROUP_SCHED have no such file.
    await writeFile(join(group, "cpu.rt_runtime_us"), String(REALTIME)).catch(() => undefined);
  } else {
    await writeFile(join(V2, "cgroup.subtree_control"), "+cpu");
    await writeFile(join(group, "cpu.max"), `${quota} ${PERIOD}`);
  }
  const moveTo = async (to: string): Promise<void> => {
    for (const { pid } of await processesOf(stage, node))
      await writeFile(join(to, "cgroup.procs"), String(pid)).catch(() => undefined);
  };
  await moveTo(group);
  let lifted = false;
  const lift = async (): Promise<number | undefined> => {
    if (lifted) return undefined;
    lifted = true;
    const count = /^nr_throttled (?<count>\d+)$/m.exec(await readFile(join(group, "cpu.stat"), "utf8").catch(() => ""));
    await moveTo(root);
    for (let tries = 0; tries < 20; tries++) {
      const removed = await rmdir(group).then(
        () => true,
        () => false,
      );
      if (removed) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return count === null ? undefined : Number(count.groups?.["count"]);
  };
  stage.cleanup.defer(async () => void (await lift()));
  return lift;
};
