import { askControl } from "#control/client.ts";
import type { ControlRequest } from "#control/protocol.ts";
import { readPlacement } from "#control/report-schemas.ts";
import type { PlacementReport } from "#control/reports.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { findSockets } from "./ask.ts";

/** Asks one home agent of a cluster; any one speaks for all. */
export type AskCluster = (request: ControlRequest) => Promise<Result<PlacementReport, string>>;

/** A node that does not answer costs the one that is asked up to two seconds each. */
const TIMEOUT = 10_000;

/** A home agent that answers. */
export interface ReachedCluster {
  readonly ask: AskCluster;
  /** For requests whose answer is no placement. */
  readonly askRaw: (request: ControlRequest) => Promise<Result<unknown, string>>;
}

const reach = (socket: string, signal: AbortSignal): ReachedCluster => {
  const askRaw: ReachedCluster["askRaw"] = async (request) => {
    const answer = await askControl(socket, request, { signal, timeout: TIMEOUT });
    return answer.ok ? answer : failed(answer.error.message);
  };
  return {
    askRaw,
    ask: async (request) => {
      const answer = await askRaw(request);
      return answer.ok ? readPlacement(answer.value) : answer;
    },
  };
};

/**
 * Finds a home agent to ask: the one with this control socket, else the first that runs here.
 * @returns how to ask it, or why there is none, for people
 */
export const reachCluster = async (
  given: string | undefined,
  signal: AbortSignal,
): Promise<Result<ReachedCluster, string>> => {
  const sockets = given === undefined ? await findSockets() : ok([given]);
  if (!sockets.ok) return sockets;
  let problem = "";
  for (const socket of sockets.value) {
    const reached = reach(socket, signal);
    const answer = await reached.ask({ command: "placement" });
    if (answer.ok) return ok(reached);
    problem = answer.error;
  }
  return failed(problem);
};
