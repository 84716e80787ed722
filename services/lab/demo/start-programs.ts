import { awaitReport } from "#lab/programs.ts";
import { homeAgentsOf } from "#lab/topology.ts";
import { patience } from "./patience.ts";
import { awaitCluster, awaitReady, NotReadyError, type Scene } from "./scene.ts";

const READY_DEADLINE = 30_000 * patience;

/**
 * Starts all programs and waits until they serve and the mobile node knows that it is at home.
 * @returns the data plane
 * @throws NotReadyError
 */
export const startPrograms = async (scene: Scene): Promise<string> => {
  const nodes = ["cn", "mn", ...homeAgentsOf(scene.lab.topology).map(({ node }) => node)];
  for (const node of nodes) {
    await scene.start(node);
    // On a guest's only processor those that serve already must not starve while others start.
    if (patience > 1) await awaitReport(scene.lab, node, "status", () => true, { deadline: READY_DEADLINE });
  }
  await Promise.all(nodes.map((node) => awaitReady(scene, node, READY_DEADLINE)));
  if (!(await awaitCluster(scene, READY_DEADLINE))) {
    throw new NotReadyError("the cluster does not settle: an instance has no owner, or a node is not level");
  }
  const home = await awaitReport(scene.lab, "mn", "status", ({ mobility }) => mobility?.atHome === true, {
    deadline: READY_DEADLINE,
  });
  if (home === undefined) throw new NotReadyError("the mobile node does not find that it is at home");
  return home.plane;
};
