import { rm } from "node:fs/promises";
import { join } from "node:path";
import { askPlacement, awaitPlacement, drainNode } from "#chaos/faults/placement.ts";
import type { Injection, Scenario } from "#chaos/scenario.ts";
import type { Stage } from "#chaos/stage.ts";
import type { PlacementReport } from "#control/reports.ts";
import { now } from "#lab/demo/clock.ts";

const drain = async (stage: Stage, node: string): Promise<Injection> => {
  const at = now();
  await drainNode(stage, node);
  return { at, ended: now(), targets: [node], facts: [] };
};

/** Instances go back to the nodes where they belong; where all are there, one is drained first. */
const plannedMove = async (stage: Stage, node: string): Promise<Injection> => {
  const isPlaced = ({ moves }: PlacementReport): boolean => moves.length === 0;
  if (isPlaced(await askPlacement(stage, node, {}))) {
    await drain(stage, node);
    await stage.level();
  }
  const at = now();
  const { moves } = await askPlacement(stage, node, { command: "rebalance" });
  await awaitPlacement(stage, node, "all instances are where they belong", isPlaced);
  return {
    at,
    ended: now(),
    targets: [node],
    facts: moves.map(({ instance, from, to }) => `${instance} from ${from} to ${to}`),
  };
};

/** A node is taken out of service, and comes back with an empty disk. */
const leaveAndJoin = async (stage: Stage, node: string): Promise<Injection> => {
  const at = now();
  await stage.stop(node);
  await stage.pass(stage.chance.between(500, 2000));
  for (const folder of ["nats", "state"])
    await rm(join(stage.lab.directory, node, folder), { recursive: true, force: true });
  await stage.restart(node);
  return { at, ended: now(), targets: [node], facts: ["came back with an empty disk"] };
};

const MOVE_ALL = 10;

const moveAll = async (stage: Stage, node: string): Promise<Injection> => {
  if (stage.load === undefined) throw new Error("mass-move needs --bindings of at least 1");
  const at = now();
  await stage.load.moveAll(MOVE_ALL);
  await stage.pass(MOVE_ALL * 1000);
  return { at, ended: now(), targets: [node], facts: [`${stage.load.bindings} moved within ${MOVE_ALL} s`] };
};

/** What operators and mobile nodes do, and nobody is to notice. */
export const upkeepScenarios: readonly Scenario[] = [
  {
    name: "drain",
    summary: "all instances are moved off the owner's node (roam6 drain), then it may hold some again",
    goal: { lost: 0, sampleLost: 0 },
    runs: 20,
    allowance: 1000,
    weight: 2,
    inject: drain,
  },
  {
    name: "planned-move",
    summary: "instances are moved to where they belong (roam6 rebalance)",
    goal: { lost: 0, sampleLost: 0 },
    runs: 20,
    allowance: 1000,
    weight: 1,
    exclusive: true,
    inject: plannedMove,
  },
  {
    name: "node-join-leave",
    summary: "the owner's node is taken out of service in order, and joins again with an empty disk",
    goal: { lost: 0 },
    runs: 10,
    allowance: 1000,
    weight: 1,
    exclusive: true,
    inject: leaveAndJoin,
  },
  {
    name: "mass-move",
    summary: "all simulated mobile nodes move within 10 s",
    goal: { lost: 0 },
    runs: 5,
    allowance: 1000,
    weight: 1,
    inject: moveAll,
  },
];
