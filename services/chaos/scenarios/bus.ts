import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { strikePart } from "#chaos/faults/processes.ts";
import type { Injection, Scenario } from "#chaos/scenario.ts";
import type { Stage } from "#chaos/stage.ts";
import { now } from "#lab/demo/clock.ts";
import { ask } from "#lab/programs.ts";
import { poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";

/** The server that leads the stream of the mobile node's instance, by the word of any node. */
const leaderOf = async (stage: Stage): Promise<string> => {
  const found = await poll(
    async () => {
      const reports = await Promise.all(stage.nodes.map((node) => ask(stage.lab, node, "status")));
      return reports
        .flatMap((report) => report?.clusterInstances ?? [])
        .find(({ name, streamLeader }) => name === LAB.instance && streamLeader !== undefined)?.streamLeader;
    },
    { deadline: 15_000, interval: 100 },
  );
  if (found === undefined) throw new Error(`no node knows the leader of the stream of instance ${LAB.instance}`);
  return found;
};

/** All simulated mobile nodes move meanwhile: a good part of them before the election is over. Seconds, and most in a second. */
const MOVE_WITHIN = 3;
const MOVE_RATE = 300;

const killLeader = async (stage: Stage): Promise<Injection> => {
  const node = await leaderOf(stage);
  const { at } = await strikePart(stage, { node, part: "nats-server", signal: "SIGKILL" });
  const { load } = stage;
  if (load === undefined) return { at, ended: at, targets: [node], facts: ["nobody was there to move"] };
  const within = Math.max(MOVE_WITHIN, load.bindings / MOVE_RATE);
  await load.moveAll(within);
  await stage.pass(within * 1000);
  return {
    at,
    ended: at,
    targets: [node],
    facts: [`${load.bindings} mobile nodes moved within ${Math.round(within)} s`],
  };
};

const serverOf = async (stage: Stage, node: string): Promise<number> =>
  Number(await readFile(join(stage.lab.directory, node, "nats", "nats-server.pid"), "utf8").catch(() => "0"));

const DOWN = 60_000;

/** They are started again by their nodes, and killed again. */
const allDown = async (stage: Stage): Promise<Injection> => {
  // What is granted to it lasts for two minutes (the lab's prefixes do): it shall not end by itself meanwhile.
  await stage.moveMobileNode();
  const at = now();
  let kills = 0;
  while (now() - at < DOWN) {
    for (const node of stage.nodes) {
      const pid = await serverOf(stage, node);
      const argv = pid > 1 ? await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "") : "";
      if (!argv.includes(stage.lab.directory)) continue;
      try {
        process.kill(pid, "SIGKILL");
        kills++;
      } catch {
        // It ended meanwhile.
      }
    }
    await stage.pass(50);
  }
  return { at, ended: now(), targets: stage.nodes, facts: [`killed ${kills} times in ${DOWN / 1000} s`] };
};

/** Faults of NATS itself. */
export const busScenarios: readonly Scenario[] = [
  {
    name: "jetstream-leader-kill",
    summary:
      "SIGKILL for the nats-server that leads the stream of the probed instance; all simulated mobile nodes move",
    // An election takes 4 to 9 s (DESIGN §4.1).
    goal: { lost: 0, sampleLost: 0, answered: 10_000, inUse: 50 },
    runs: 20,
    allowance: 1000,
    weight: 2,
    inject: killLeader,
  },
  {
    name: "nats-down",
    summary: "all nats-servers are down for 60 s (killed as often as they start)",
    goal: { lost: 0, sampleLost: 0 },
    runs: 5,
    allowance: 1000,
    weight: 0,
    exclusive: true,
    inject: allDown,
  },
];
