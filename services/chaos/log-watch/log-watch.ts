import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { HistoryEvent } from "#chaos/history/history.ts";
import { lineReader } from "#chaos/line-reader.ts";
import { natsPassword } from "#home-agent/nats-password.ts";
import type { Lab } from "#lab/lab.ts";
import { CLUSTER_KEY } from "#lab/program-configs.ts";
import { ask } from "#lab/programs.ts";
import { poll } from "#lab/run.ts";
import { homeAgentsOf, LAB, type NodeSpec } from "#lab/topology.ts";
import { mergedEvents } from "./watched-events.ts";

/** Reads all streams as they grow, from a host of its own on the management link. */
export interface LogWatch {
  /** Everything that the streams have taken so far, as far as it was read. */
  events(): Promise<readonly HistoryEvent[]>;
  /** Waits until all that the nodes have followed was read. @returns what is missing */
  finish(): Promise<readonly string[]>;
}

const NODE = "watch";
const PORT = 4222;
const READ_DEADLINE = 20_000;
/** Servers that are asked: one that dies leaves the other. */
const WITNESSES = 2;

/** Where the server of a home agent listens for its clients: its own address, so that a witness beside the node can ask too. */
export const clientEndpoint = (management: string): string => `[${management}]:${PORT}`;

/** The host of the watch. */
export const watchNode: NodeSpec = {
  name: NODE,
  devices: [{ name: "mgmt0", link: LAB.links.management, mac: "02:06:00:00:fe:00", addresses: ["2001:db8:ff::fe/64"] }],
  routes: [],
  forwarding: false,
  advertisements: [],
  ingress: [],
  sysctls: [],
};

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

const reachedOf = (events: readonly HistoryEvent[]): ReadonlyMap<string, number> => {
  const reached = new Map<string, number>();
  for (const event of events) {
    if (event.type !== "record.committed" && event.type !== "ownership.taken") continue;
    reached.set(event.instance, Math.max(reached.get(event.instance) ?? 0, event.revision ?? 0));
  }
  return reached;
};

/** How far any of the nodes has followed each stream. */
const followed = async (lab: Lab): Promise<ReadonlyMap<string, number>> => {
  const reports = await Promise.all(homeAgentsOf(lab.topology).map(({ node }) => ask(lab, node, "instances")));
  const found = new Map<string, number>();
  for (const { name, followedSequence } of reports.flatMap((report) => report?.instances ?? []))
    found.set(name, Math.max(found.get(name) ?? 0, followedSequence));
  return found;
};

/**
 * Starts the watch and waits until it knows who owns each instance.
 * @throws Error when it does not
 */
export const startLogWatch = async (lab: Lab): Promise<LogWatch> => {
  const folder = join(lab.directory, "records");
  await mkdir(folder, { recursive: true });
  const file = join(folder, "log.jsonl");
  const servers = homeAgentsOf(lab.topology)
    .slice(0, WITNESSES)
    .map(({ management }) => `nats://${clientEndpoint(management)}`);
  const names = LAB.instances.map(({ name }) => name);
  const argv = [file, names.join(","), natsPassword(CLUSTER_KEY), ...servers];
  const program = await lab.start(NODE, "log-watch", [process.execPath, main, ...argv]);
  const read = lineReader(file);
  const events = async () => mergedEvents(await read());
  const begun = await poll(
    async () => {
      const reached = reachedOf(await events());
      return names.every((name) => reached.has(name)) ? true : undefined;
    },
    { deadline: READ_DEADLINE, interval: 50 },
  );
  if (begun === undefined) throw new Error(`the streams cannot be read: see ${program.logFile}`);
  return {
    events,
    finish: async () => {
      if (!program.running) return ["the streams were not read to their end: the watch had ended before"];
      const whole = await poll(
        async () => {
          const [wanted, reached] = [await followed(lab), reachedOf(await events())];
          return names.every((name) => (reached.get(name) ?? 0) >= (wanted.get(name) ?? Number.POSITIVE_INFINITY))
            ? true
            : undefined;
        },
        { deadline: READ_DEADLINE, interval: 100 },
      );
      program.kill("SIGTERM");
      await program.ended;
      return whole === undefined ? ["the streams were not read to their end"] : [];
    },
  };
};
