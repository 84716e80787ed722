import { Ajv, type SchemaObject } from "ajv";
import { failed, ok, type Result } from "#wire/result.ts";
import type { BindingsReport, InstancesReport, PlacementReport, StatusReport } from "./reports.ts";

const text = { type: "string" };
const number = { type: "number" };
const truth = { type: "boolean" };

/** An object with these fields, those of `required` at least; a newer program may send more. */
const object = (required: Record<string, SchemaObject>, optional: Record<string, SchemaObject> = {}): SchemaObject => ({
  type: "object",
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const list = (items: SchemaObject): SchemaObject => ({ type: "array", items });

const peer = object(
  { node: text, alive: truth, mainAlive: truth, canCommit: truth, lastHeardMilliseconds: number },
  { load: number },
);
const mobility = object(
  { homeAddress: text, homeAgent: text, atHome: truth, registered: truth },
  { careOfAddress: text, device: text },
);
const clusterNode = object(
  {
    node: text,
    heard: truth,
    canCommit: truth,
    drained: truth,
    clockOff: truth,
    placementAgrees: truth,
    holds: list(text),
  },
  { clockOffsetMilliseconds: number },
);
const clusterInstance = object(
  {
    name: text,
    epoch: number,
    term: number,
    replicas: list(object({ server: text, current: truth, lag: number })),
    eligible: list(text),
    survives: object({ nodesLost: number, text }),
  },
  { owner: text, edge: text, wanted: text, streamLeader: text },
);
const status = object(
  { node: text, role: text, plane: text, processId: number, uptimeSeconds: number, ready: truth },
  {
    nats: object({ available: truth, servers: list(text) }, { problem: text }),
    peers: list(peer),
    mobility,
    drained: truth,
    clusterNodes: list(clusterNode),
    clusterInstances: list(clusterInstance),
    counters: { type: "object", additionalProperties: number },
  },
);
const binding = object(
  {
    homeAddress: text,
    careOfAddress: text,
    state: text,
    sequence: number,
    lifetimeSeconds: number,
    remainingSeconds: number,
  },
  { instance: text, peer: text },
);
const instance = object(
  {
    name: text,
    number,
    homeAgentAddress: text,
    role: text,
    term: number,
    epoch: number,
    followedSequence: number,
    level: truth,
    bindings: number,
  },
  { owner: text },
);

const ajv = new Ajv();

/** A check of an answer that came over a control socket, perhaps from a program of another version. */
const reader = <T>(schema: SchemaObject): ((answer: unknown) => Result<T, string>) => {
  const validate = ajv.compile<T>(schema);
  return (answer) =>
    validate(answer) ? ok(answer) : failed(`the answer is not understood (${ajv.errorsText(validate.errors)})`);
};

const placement = object({
  node: text,
  nodes: list(clusterNode),
  placement: list(object({ instance: text, order: list(text) }, { holder: text, wanted: text })),
  moves: list(object({ instance: text, from: text, to: text })),
});

export const readPlacement = reader<PlacementReport>(placement);
export const readStatus = reader<StatusReport>(status);
export const readBindings = reader<BindingsReport>(object({ bindings: list(binding) }, { next: text }));
export const readInstances = reader<InstancesReport>(object({ instances: list(instance) }));
