import { askControl, isOfOthers } from "#control/client.ts";
import type { ControlRequest } from "#control/protocol.ts";
import { readPlacement } from "#control/report-schemas.ts";
import type { PlacementReport } from "#control/reports.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { findSockets, noHomeAgent } from "./ask.ts";

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
  return sockets.ok ? reachFirst(sockets.value, signal) : sockets;
};

/** Finds the first home agent among the programs of these sockets. @returns why there is none, for people */
export const reachFirst = async (
  sockets: readonly string[],
  signal: AbortSignal,
): Promise<Result<ReachedCluster, string>> => {
  let problem: string | undefined;
  for (const socket of sockets) {
    const answer = await askControl(socket, { command: "placement" }, { signal, timeout: TIMEOUT });
    if (!answer.ok && isOfOthers(answer.error)) continue;
    const placement = answer.ok ? readPlacement(answer.value) : failed(answer.error.message);
    if (placement.ok) return ok(reach(socket, signal));
    problem = placement.error;
  }
  return failed(problem ?? noHomeAgent(sockets));
};
