import type { Stage } from "#chaos/stage.ts";
import { askControl } from "#control/client.ts";
import { readPlacement } from "#control/report-schemas.ts";
import type { PlacementReport } from "#control/reports.ts";
import { controlSocket } from "#lab/program-configs.ts";
import { poll } from "#lab/run.ts";

const MOVE_DEADLINE = 20_000;

/** Asks a node where instances are, or (with a `command`) to move some. */
export const askPlacement = async (stage: Stage, node: string, request: object): Promise<PlacementReport> => {
  const answer = await askControl(
    controlSocket(stage.lab, node),
    { command: "placement", ...request },
    { timeout: 10_000 },
  );
  if (!answer.ok) throw new Error(`${node}: ${answer.error.message}`);
  const report = readPlacement(answer.value);
  if (!report.ok) throw new Error(report.error);
  return report.value;
};

/** Waits until a node's report satisfies `accept`; throws with `what` when it does not come to that. */
export const awaitPlacement = async (
  stage: Stage,
  node: string,
  what: string,
  accept: (report: PlacementReport) => boolean,
): Promise<void> => {
  const done = await poll(async () => (accept(await askPlacement(stage, node, {})) ? true : undefined), {
    deadline: MOVE_DEADLINE,
    interval: 50,
  });
  if (done === undefined) throw new Error(`${what} within ${MOVE_DEADLINE / 1000} s: it did not come to that`);
};

const holdsNothing =
  (node: string) =>
  ({ nodes }: PlacementReport): boolean =>
    nodes.find((one) => one.node === node)?.holds.length === 0;

/** Moves all instances off a node; then it may hold some again. */
export const drainNode = async (stage: Stage, node: string): Promise<void> => {
  await askPlacement(stage, node, { command: "drain", node });
  try {
    await awaitPlacement(stage, node, `${node} holds nothing`, holdsNothing(node));
  } finally {
    await askPlacement(stage, node, { command: "undrain", node });
  }
};

/**
 * Starts a node's program again in another way and, where the node owned the probed instance, has all others give it back: the
 * fault that this prepares is to strike the owner.
 * @param before words that precede its command line
 */
export const restartInPlace = async (stage: Stage, node: string, before: readonly string[]): Promise<void> => {
  const wasOwner = (await stage.owner()) === node;
  await stage.stop(node);
  await stage.restart(node, before);
  await stage.level();
  if (!wasOwner) return;
  const others = stage.nodes.filter((one) => one !== node);
  try {
    for (const other of others) {
      await askPlacement(stage, other, { command: "drain", node: other });
      await awaitPlacement(stage, other, `${other} holds nothing`, holdsNothing(other));
    }
  } finally {
    for (const other of others) await askPlacement(stage, other, { command: "undrain", node: other });
  }
  await stage.level();
  const owner = await stage.owner();
  if (owner !== node) throw new Error(`${node} was to own the probed instance again, but ${owner} does`);
};
