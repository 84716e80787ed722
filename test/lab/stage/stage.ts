import { existsSync } from "node:fs";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import { startCaptures } from "#lab/captures.ts";
import { patience } from "#lab/demo/patience.ts";
import { awaitCluster, awaitReady, mobility, prepareScene, type Scene } from "#lab/demo/scene.ts";
import { type Lab, openLab, raiseLab } from "#lab/lab.ts";
import { ask, awaitReport } from "#lab/programs.ts";
import { poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import type { MobilityDetails } from "#mobile-node/status.ts";
import type { Plane } from "#ports/kernel.ts";

/** A lab on which all programs run, the mobile node at home without a binding. */
export interface Stage {
  readonly lab: Lab;
  readonly scene: Scene;
  /** The plane that the programs have taken. */
  readonly plane: Plane;
  /** Set where a scenario failed: the next one gets a lab of its own. */
  spoiled: boolean;
}

/** Until everything that has to happen once has happened; milliseconds. */
export const DEADLINE = 30_000 * patience;

const HOME_AGENTS: readonly string[] = LAB.homeAgents.map(({ node }) => node);

/** Whose packets scenarios read, and those that help to find out why one failed where there is time for them. */
const CAPTURED: readonly string[] = ["nb", "mn", ...(patience > 1 ? [] : HOME_AGENTS)];

const planeAskedFor = (): Plane | "auto" => {
  const asked = process.env["ROAM6_LAB_PLANE"];
  return asked === "routed" || asked === "classic" ? asked : "auto";
};

/** Waits until `condition` gives a value. @throws Error that names `what` after the deadline */
export const mustPoll = async <T>(
  what: string,
  condition: () => Promise<T | undefined> | T | undefined,
  deadline = DEADLINE,
): Promise<T> => {
  const value = await poll(condition, { deadline, interval: 25 * patience });
  if (value === undefined) throw new Error(`not within ${deadline / 1000} s: ${what}`);
  return value;
};

/** How the mobile node stands, in its own words. @throws Error while it does not answer */
export const mobileNode = async ({ scene }: Stage): Promise<MobilityDetails> =>
  mustPoll("the mobile node answers", () => mobility(scene), 5000 * patience);

/** Waits until the mobile node is at home and the sequence of returning home is over. */
export const awaitHome = async (scene: Scene): Promise<void> => {
  await mustPoll("the mobile node is at home", async () =>
    (await mobility(scene))?.state === "at home" ? true : undefined,
  );
};

/** Starts what does not run, and waits until the cluster has settled and the mobile node is at home. */
const settle = async (lab: Lab, scene: Scene): Promise<void> => {
  for (const node of ["cn", "mn", ...HOME_AGENTS]) {
    if (!existsSync(`/run/netns/${lab.namespace(node)}`)) await lab.powerOn(node);
    if (scene.programs.get(node)?.running === true) continue;
    await scene.start(node);
    // On a guest's only processor those that serve already must not starve while others start.
    if (patience > 1) await awaitReport(lab, node, "status", () => true, { deadline: DEADLINE });
  }
  await Promise.all(HOME_AGENTS.map((node) => awaitReady(scene, node, DEADLINE)));
  if (!(await awaitCluster(scene, DEADLINE))) {
    throw new Error("the cluster does not settle: an instance has no owner, or a node is not level");
  }
  const present = await mustPoll("the mobile node answers", () => mobility(scene));
  if (present.state === "registered" || present.state === "registering") await lab.move("mn", "eth0", LAB.links.home);
  await awaitHome(scene);
};

/** The last one that came to stand. */
let raised: Stage | undefined;

const raise = async (): Promise<Stage> => {
  const lab = await raiseLab({ id: inject("labId") });
  const nodes = lab.topology.nodes.filter(({ name }) => CAPTURED.includes(name));
  await startCaptures({ ...lab, topology: { ...lab.topology, nodes } });
  const scene = await prepareScene(lab, planeAskedFor());
  await settle(lab, scene);
  const plane = (await ask(lab, "mn", "status"))?.plane;
  if (plane === undefined || plane === "none") throw new Error("the mobile node has no plane");
  raised = { lab, scene, plane, spoiled: false };
  return raised;
};

/** The files of this project run in one process, one after the other (`isolate: false`): they share the stage. */
let stage: Promise<Stage> | undefined;

/** The stage as every scenario finds it: all home agents level, the mobile node at home. */
export const takeStage = async (): Promise<Stage> => {
  const present = await stage?.catch(() => undefined);
  if (present === undefined || present.spoiled) {
    await present?.lab.down();
    stage = raise();
    return stage;
  }
  await settle(present.lab, present.scene);
  return present;
};

/** Ends the lab of this run, if there is one: its programs would be in the way of what comes next. */
export const leaveStage = async (): Promise<void> => {
  const present = await stage?.catch(() => undefined);
  stage = undefined;
  await present?.lab.down();
};

/** Where logs, configs, captures and records of a scenario that failed are kept. */
const keptFolder = (scenario: string): string =>
  join(process.env["LAB_OUT"] ?? join(import.meta.dirname, "../../../.cache/lab"), scenario);

/** Copies the lab's files to `keptFolder`; the lab is not used again. */
export const keepFiles = async (scenario: string): Promise<void> => {
  // One that is still being raised is not waited for: it may be what took too long.
  if (raised !== undefined) raised.spoiled = true;
  const { directory } = openLab(inject("labId"));
  const folder = keptFolder(scenario);
  await rm(folder, { recursive: true, force: true });
  await cp(directory, folder, { recursive: true, filter: (path) => !/\/(?:nats|state)$|\.sock$/.test(path) });
  process.stderr.write(`lab scenario ${scenario}: logs, captures and records are kept in ${folder}\n`);
};
