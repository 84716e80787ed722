import { fileURLToPath } from "node:url";
import { allBindings } from "#control/all-bindings.ts";
import { askControl } from "#control/client.ts";
import type { BindingReport, InstancesReport, StatusReport } from "#control/reports.ts";
import type { Lab, LabProcess } from "./lab.ts";
import { configFile, controlSocket } from "./program-configs.ts";
import { poll } from "./run.ts";

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url));

/** Command line of `roam6` as this process itself was started. */
export const roam6 = (...args: readonly string[]): string[] => [process.execPath, main, ...args];

const roleOf = (node: string): string => /^(?:ha|edge)(?=\d)/.exec(node)?.[0] ?? node;

/** Starts the program of a node: `ha` on a home agent, `edge`, `mn`, `cn`. Its log is `roam6.log` in the node's folder. */
export const startProgram = (lab: Lab, node: string): Promise<LabProcess> =>
  lab.start(node, "roam6", roam6(roleOf(node), "-c", configFile(lab, node)));

/** What each question to a program is answered with. */
interface Reports {
  readonly status: StatusReport;
  readonly instances: InstancesReport;
}

/** Asks a program of the lab; undefined while it does not answer. */
export const ask = async <Command extends keyof Reports>(
  lab: Lab,
  node: string,
  command: Command,
): Promise<Reports[Command] | undefined> => {
  const answer = await askControl(controlSocket(lab, node), { command }, { timeout: 1000 });
  // The programs are this very version of roam6, so that their reports have this shape.
  return answer.ok ? (answer.value as Reports[Command]) : undefined;
};

/** All bindings of a program of the lab; undefined where a question has no answer within `timeout` milliseconds. */
export const askBindings = async (
  lab: Lab,
  node: string,
  timeout = 1000,
): Promise<readonly BindingReport[] | undefined> => {
  const listed = await allBindings((request) => askControl(controlSocket(lab, node), request, { timeout }));
  return listed.ok ? listed.value : undefined;
};

/** Waits until a program's report satisfies `accept`; undefined when it has not after `deadline` milliseconds. */
export const awaitReport = <Command extends keyof Reports>(
  lab: Lab,
  node: string,
  command: Command,
  accept: (report: Reports[Command]) => boolean,
  options: { readonly deadline: number; readonly interval?: number },
): Promise<Reports[Command] | undefined> =>
  poll(async () => {
    const report = await ask(lab, node, command);
    return report !== undefined && accept(report) ? report : undefined;
  }, options);
