import type { Lab, LabProcess } from "#lab/lab.ts";
import { configFile, writeConfigs } from "#lab/program-configs.ts";
import { ask, startProgram } from "#lab/programs.ts";
import { poll } from "#lab/run.ts";
import { homeAgentsOf, LAB } from "#lab/topology.ts";
import type { MobilityDetails } from "#mobile-node/status.ts";
import type { Plane } from "#ports/kernel.ts";

/** A node's program did not come to serve. */
export class NotReadyError extends Error {}

/** The lab with its programs running. */
export interface Scene {
  readonly lab: Lab;
  /** Programs by node; a node without power has none. */
  readonly programs: Map<string, LabProcess>;
  /** Starts the program of a node and remembers it. */
  start(node: string): Promise<void>;
  /** Home agents whose program runs. */
  living(): string[];
  /** The home agent that holds the edge of the mobile node's instance; undefined while none says so. */
  edge(): Promise<string | undefined>;
  /** The one that owns its stream too. */
  owner(): Promise<string | undefined>;
}

const holderOf = async (lab: Lab, nodes: readonly string[], roles: readonly string[]): Promise<string | undefined> => {
  const found = await Promise.all(
    nodes.map(async (node) => {
      const report = await ask(lab, node, "instances");
      const own = report?.instances.find(({ name }) => name === LAB.instance);
      return own !== undefined && roles.includes(own.role) ? { node, term: own.term } : undefined;
    }),
  );
  // Two may say so for a moment after a takeover: the greater term is right.
  return found.reduce((best, one) => (one !== undefined && one.term > (best?.term ?? -1) ? one : best), undefined)
    ?.node;
};

/** Writes the configs; no program is started yet. */
export const prepareScene = async (lab: Lab, plane: Plane | "auto"): Promise<Scene> => {
  await writeConfigs(lab, plane);
  const programs = new Map<string, LabProcess>();
  const living = (): string[] =>
    homeAgentsOf(lab.topology)
      .map(({ node }) => node)
      .filter((node) => programs.get(node)?.running === true);
  return {
    lab,
    programs,
    living,
    start: async (node) => {
      programs.set(node, await startProgram(lab, node));
    },
    edge: () => holderOf(lab, living(), ["claiming", "owner"]),
    owner: () => holderOf(lab, living(), ["owner"]),
  };
};

/** Waits until a node's program says that it is ready; throws where it ends or does not come up. */
export const awaitReady = async (scene: Scene, node: string, deadline: number): Promise<void> => {
  const ready = await poll(
    async () => {
      const program = scene.programs.get(node);
      if (program?.running !== true) throw new NotReadyError(`roam6 on ${node} has ended: see ${program?.logFile}`);
      return (await ask(scene.lab, node, "status"))?.ready === true ? true : undefined;
    },
    { deadline, interval: 100 },
  );
  if (ready === undefined) {
    throw new NotReadyError(
      `roam6 on ${node} is not ready after ${deadline / 1000} s: see ${scene.programs.get(node)?.logFile} (config: ${configFile(scene.lab, node)})`,
    );
  }
};

/** Waits until every instance has an owner and every living home agent is level with every stream. */
export const awaitCluster = async (scene: Scene, deadline: number): Promise<boolean> => {
  const settled = await poll(
    async () => {
      const reports = await Promise.all(scene.living().map((node) => ask(scene.lab, node, "instances")));
      const all = reports.flatMap((report) => report?.instances ?? []);
      const owned = LAB.instances.every(({ name }) => all.some((one) => one.name === name && one.role === "owner"));
      const level = all.length === LAB.instances.length * reports.length && all.every((one) => one.level);
      return owned && level ? true : undefined;
    },
    { deadline, interval: 100 },
  );
  return settled === true;
};

/** How the mobile node stands now, in its own words; undefined while it does not answer. */
export const mobility = async (scene: Scene): Promise<MobilityDetails | undefined> =>
  // The part `mobility` of a mobile node's status has this shape.
  (await ask(scene.lab, "mn", "status"))?.mobility as MobilityDetails | undefined;

/** A registration or de-registration that the home agent has acknowledged. */
export interface Acknowledgement {
  /** Undefined at home. */
  readonly careOfAddress: string | undefined;
  /** Of the Binding Update that was acknowledged. */
  readonly sequence: number;
  /** When the Binding Acknowledgement came, CLOCK_REALTIME in milliseconds. */
  readonly at: number;
}

/**
 * Waits for the Binding Acknowledgement of a move.
 * @param prefix of the link the mobile node moved to; undefined for home, where the binding ends
 * @returns undefined when there was none since `movedAt` within `deadline` milliseconds
 */
export const awaitAcknowledgement = (
  scene: Scene,
  {
    prefix,
    movedAt,
    deadline,
  }: { readonly prefix: string | undefined; readonly movedAt: number; readonly deadline: number },
): Promise<Acknowledgement | undefined> => {
  const stem = prefix?.replace(/::\/\d+$/, ":");
  return poll(
    async () => {
      const now = await mobility(scene);
      const at = now?.lastAcknowledgement === undefined ? 0 : Date.parse(now.lastAcknowledgement.at);
      if (now === undefined || at < Math.floor(movedAt)) return undefined;
      const arrived =
        stem === undefined
          ? now.atHome && now.binding === "none"
          : now.registered && now.careOfAddress?.startsWith(stem) === true;
      return arrived ? { careOfAddress: now.careOfAddress, sequence: now.sequence, at } : undefined;
    },
    { deadline, interval: 20 },
  );
};
