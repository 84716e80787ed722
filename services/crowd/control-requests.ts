import { askControl } from "#control/client.ts";
import type { ControlHandler } from "#control/server.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import type { SimReport, SimSet, SimSettings, SimStatus } from "./report.ts";
import type { Sim } from "./sim.ts";

/** Greatest value of each field of `set`. */
const LIMITS = {
  mobileNodes: 2_000_000,
  rate: 1_000_000,
  ramp: 86_400,
  moveRate: 100_000,
  moveWithin: 86_400,
} as const;

type Field = keyof typeof LIMITS;

const isField = (name: string): name is Field => Object.hasOwn(LIMITS, name);

/** The fields of a request `set`; one sentence where one is wrong. */
export const parseSet = (fields: Readonly<Record<string, unknown>>): Result<SimSet, string> => {
  const change: Partial<Record<Field, number>> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === "command") continue;
    if (!isField(name)) return failed(`there is no setting '${name}'; there are ${Object.keys(LIMITS).join(", ")}`);
    if (typeof value !== "number" || !(value >= 0 && value <= LIMITS[name]))
      return failed(`${name} takes a number from 0 to ${LIMITS[name]}`);
    change[name] = name === "mobileNodes" ? Math.floor(value) : value;
  }
  return ok(change);
};

/** What the control socket of a run answers: `status`, `report`, `set`, and `end`, which lets the mobile nodes return. */
export const controlHandlers = (sim: Sim, end: () => void): Readonly<Record<string, ControlHandler>> => ({
  status: () => sim.status(),
  report: () => sim.report(),
  set: (request) => {
    const change = parseSet(request);
    if (!change.ok) throw new Error(change.error);
    return sim.set(change.value);
  },
  end: () => {
    end();
    return sim.status();
  },
});

/** Asks a running `roam6 sim`; undefined while it does not answer. */
export const askSim = {
  status: async (socket: string): Promise<SimStatus | undefined> => {
    const answer = await askControl(socket, { command: "status" });
    // The program is this very version of roam6, so that its report has this shape.
    return answer.ok ? (answer.value as SimStatus) : undefined;
  },
  report: async (socket: string): Promise<SimReport | undefined> => {
    const answer = await askControl(socket, { command: "report" });
    return answer.ok ? (answer.value as SimReport) : undefined; // as above
  },
  set: async (socket: string, change: SimSet): Promise<SimSettings | undefined> => {
    const answer = await askControl(socket, { ...change, command: "set" });
    return answer.ok ? (answer.value as SimSettings) : undefined; // as above
  },
};
