import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";
import type { StatusReport } from "#control/reports.ts";
import { now } from "#lab/demo/clock.ts";
import { patience } from "#lab/demo/patience.ts";
import type { Scene } from "#lab/demo/scene.ts";
import { APART, edgesApart, writeApartConfigs } from "#lab/edges-apart.ts";
import { type Lab, type LabProcess, raiseLab } from "#lab/lab.ts";
import { ask, awaitReport, startProgram } from "#lab/programs.ts";
import { LAB } from "#lab/topology.ts";
import { awaitSuccessor, clusterView, type NodeView, ownerOf } from "#test/lab/stage/cluster-view.ts";
import { type KernelView, kernelView } from "#test/lab/stage/kernel-view.ts";
import { type Moved, moveTo } from "#test/lab/stage/moves.ts";
import { awaitHome, DEADLINE, leaveStage, type Stage } from "#test/lab/stage/stage.ts";
import { type Traffic, withProbes } from "#test/lab/stage/traffic.ts";

/** What was seen of edges and home agents on different nodes. */
export interface EdgesApart {
  /** All four nodes, the mobile node registered from a foreign link. */
  readonly registered: Moved;
  readonly statuses: ReadonlyMap<string, StatusReport | undefined>;
  readonly kernels: ReadonlyMap<string, KernelView>;
  readonly handover: Moved;
  readonly owner: NodeView;
  readonly edge: NodeView;
  /** The owner's process is killed. */
  readonly successor: NodeView;
  readonly ownedAfter: number;
  readonly trafficOfKill: Traffic;
  readonly moveUnderSuccessor: Moved;
  /** The edge's node loses its power. */
  readonly nextEdge: NodeView;
  readonly trafficOfPowerOff: Traffic;
  readonly moveThroughNextEdge: Moved;
  /** All nodes that were left, the mobile node at home again. */
  readonly home: readonly NodeView[];
}

const NODES: readonly string[] = [...APART.edges, ...APART.homeAgents];

const holding = (views: readonly NodeView[]): readonly NodeView[] =>
  views.filter(({ instance }) => instance.role === "edge");

const openScene = (lab: Lab): Scene => {
  const programs = new Map<string, LabProcess>();
  const living = () => NODES.filter((node) => programs.get(node)?.running === true);
  const withRole = async (role: string): Promise<string | undefined> => {
    for (const node of living()) {
      const report = await ask(lab, node, "instances");
      if (report?.instances.some((one) => one.name === LAB.instance && one.role === role) === true) return node;
    }
    return undefined;
  };
  return {
    lab,
    programs,
    living,
    start: async (node) => {
      programs.set(node, await startProgram(lab, node));
    },
    edge: () => withRole("edge"),
    owner: () => withRole("owner"),
  };
};

/** Every instance has one owner and one edge, and all nodes are level. */
const isSettled = (views: readonly NodeView[]): boolean =>
  views.every(({ instance }) => instance.level) &&
  views.filter(({ instance }) => instance.role === "owner").length === 1 &&
  holding(views).length === 1;

const play = (stage: Stage): Promise<EdgesApart> =>
  withProbes(stage, async (probes) => {
    const { lab, scene } = stage;
    const registered = await moveTo(stage, "f1");
    // Nodes become level with the streams of other instances in their own time.
    for (const node of NODES) await awaitReport(lab, node, "status", ({ ready }) => ready, { deadline: DEADLINE });
    const statuses = new Map<string, StatusReport | undefined>();
    const kernels = new Map<string, KernelView>();
    for (const node of NODES) {
      statuses.set(node, await ask(lab, node, "status"));
      kernels.set(node, await kernelView(lab, node));
    }
    const handover = await moveTo(stage, "f2");
    const owner = ownerOf(handover.homeAgents);
    const [edge] = holding(handover.homeAgents);
    if (edge === undefined) throw new Error("nobody holds the edge");

    const killed = now();
    scene.programs.get(owner.node)?.kill("SIGKILL");
    const successor = await awaitSuccessor(stage, owner.node);
    const ownedAfter = now() - killed;
    const trafficOfKill = await probes.since(killed);
    const moveUnderSuccessor = await moveTo(stage, "f1");

    await scene.start(owner.node);
    await awaitReport(lab, owner.node, "status", ({ ready }) => ready, { deadline: DEADLINE });
    const cut = await lab.powerOff(edge.node);
    scene.programs.delete(edge.node);
    const after = await clusterView(stage, `another edge than ${edge.node}`, (views) => holding(views).length === 1);
    const [nextEdge] = holding(after);
    if (nextEdge === undefined) throw new Error("nobody holds the edge");
    const trafficOfPowerOff = await probes.since(cut.at);
    const moveThroughNextEdge = await moveTo(stage, "f2");

    await lab.move("mn", "eth0", LAB.links.home);
    await awaitHome(scene);
    const home = await clusterView(stage, "no node has the binding any more", (views) =>
      views.every(({ binding }) => binding === undefined),
    );
    return {
      ...{ registered, statuses, kernels, handover, owner, edge, successor, ownedAfter, trafficOfKill },
      ...{ moveUnderSuccessor, nextEdge, trafficOfPowerOff, moveThroughNextEdge, home },
    };
  });

const keepFiles = async ({ directory }: Lab): Promise<void> => {
  const folder = join(process.env["LAB_OUT"] ?? join(import.meta.dirname, "../../../.cache/lab"), "edges-apart");
  await rm(folder, { recursive: true, force: true });
  await cp(directory, folder, { recursive: true, filter: (path) => !/\/(?:nats|state)$|\.sock$/.test(path) });
  process.stderr.write(`lab scenario edges-apart: logs and records are kept in ${folder}\n`);
};

/** Raises the lab of two edges and two home agents, plays the story on it and takes it down. */
export const playApart = async (): Promise<EdgesApart> => {
  await leaveStage();
  const lab = await raiseLab({ id: `${inject("labId")}e`.slice(-12), topology: edgesApart });
  try {
    await writeApartConfigs(lab, "auto");
    const scene = openScene(lab);
    for (const node of ["cn", "mn", ...NODES]) await scene.start(node);
    const stage: Stage = { lab, scene, plane: "routed", spoiled: false };
    await clusterView(stage, "one owner and one edge", (views) => views.length === NODES.length && isSettled(views));
    await awaitHome(scene);
    return await play(stage);
  } catch (error) {
    await keepFiles(lab);
    throw error;
  } finally {
    await lab.down();
  }
};

/** Longest interruption that the loss of the edge's node may cost; see test/lab/power-off. Milliseconds. */
export const EDGE_LOSS_GAP = patience === 1 ? 1000 : 3000;
/** A survivor owns so soon after the owner's process was killed; the machine may be busy. Milliseconds. */
export const OWNER_LIMIT = 5000 * patience;
