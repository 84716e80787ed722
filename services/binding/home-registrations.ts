import { createActor, createMachine } from "xstate";
import { UNSPECIFIED } from "#ipv6/address.ts";
import { millis } from "#wire/time.ts";
import type {
  HomeRegistrationContext,
  HomeRegistrationEvent,
  HomeRegistrationOutput,
} from "./home-registration-events.ts";
import { homeRegistrationMachine } from "./home-registration-machine.ts";
import type { BindingRecord } from "./record.ts";
import { type HomeRegistrationPolicy, unknownBinding } from "./rules.ts";

/** States of the machine by the number that a slab keeps; the order never changes. */
const STATE_VALUES = [
  "unregistered",
  "detectingDuplicates",
  "committing",
  { bound: "registered" },
  { bound: "refreshing" },
  { bound: "moving" },
  { bound: "programming" },
  { bound: "deregistering" },
  { bound: "withdrawing" },
  "ending",
  "lapsed",
] as const;

/** Stands in the templates of snapshots and is replaced in every use. */
const NO_POLICY: HomeRegistrationPolicy = {
  homePrefix: { address: UNSPECIFIED, length: 128 },
  duplicateAddressDetection: "off",
  maximumLifetime: millis(0),
  minimumLifetime: millis(0),
  prefixValidLifetime: millis(0),
  prefixPreferredLifetime: millis(0),
  hasRoom: () => false,
  permits: () => false,
};

/** Number of each state, for records at rest. */
export const STATE = {
  unregistered: 0,
  detectingDuplicates: 1,
  committing: 2,
  registered: 3,
  refreshing: 4,
  moving: 5,
  programming: 6,
  deregistering: 7,
  withdrawing: 8,
  ending: 9,
  lapsed: 10,
} as const;

/** Name of a state, as people see it. */
export const stateName = (state: number): string => Object.keys(STATE)[state] ?? "unknown";

/** At rest: nothing is awaited. All other states wait for duplicate detection, the log or the kernel. */
export const isAtRest = (state: number): boolean =>
  state === STATE.unregistered || state === STATE.registered || state === STATE.lapsed;

/** States in which the home agent takes the mobile node's packets off the home link and defends its address (RFC 6275 §10.4.1). */
export const isIntercepting = (state: number): boolean => state >= STATE.committing && state <= STATE.deregistering;

const numberOf = (value: unknown): number => {
  const name = typeof value === "string" ? value : Object.values(value ?? {})[0];
  return name in STATE ? STATE[name as keyof typeof STATE] : -1; // `in` has just shown it
};

/** Number of a snapshot's state. */
export const stateNumber = (snapshot: { readonly value: unknown }): number => numberOf(snapshot.value);

/** One resolved snapshot a state; resolving it for every event would cost more than the transition. */
const templates = STATE_VALUES.map((value) =>
  homeRegistrationMachine.resolveState({
    value,
    context: { record: unknownBinding(UNSPECIFIED), policy: NO_POLICY },
  }),
);

/** The machine's snapshot of a binding at rest: also what a resident actor is started from. */
export const snapshotOf = (state: number, context: HomeRegistrationContext): (typeof templates)[number] => {
  const template = templates[state];
  if (template === undefined) throw new RangeError(`there is no state ${state}`);
  return { ...template, context };
};

export interface Step {
  readonly state: number;
  readonly record: BindingRecord;
  /** In the order they are to be carried out. */
  readonly outputs: readonly HomeRegistrationOutput[];
}

/**
 * A virtual actor: one transition of the machine on a record at rest, without an actor (DESIGN §3, ~4 µs).
 * Not for an event that starts duplicate address detection: that state invokes an actor (`startsDuplicateDetection`).
 */
export type StepHomeRegistration = (
  state: number,
  record: BindingRecord,
  policy: HomeRegistrationPolicy,
  event: HomeRegistrationEvent,
) => Step;

/** One `step` for all bindings of a process; its scope is shared by every call. */
export const createHomeRegistrationStep = (): StepHomeRegistration => {
  const host = createActor(createMachine({})); // never started: supplies `self` and `system`
  const outputs: HomeRegistrationOutput[] = [];
  const ignore = () => {};
  const scope = {
    self: host,
    system: host.system,
    id: "",
    sessionId: "",
    logger: ignore,
    defer: ignore,
    stopChild: ignore,
    emit: ignore,
    actionExecutor: (action: { readonly type: string; readonly params: unknown }) => {
      if (action.type !== "xstate.emit") return;
      const params = action.params as { readonly event: HomeRegistrationOutput }; // what `emit` of this machine resolves to
      outputs.push(params.event);
    },
  };
  // The field list of the actor scope is internal to xstate; home-registrations.test.ts compares with real actors.
  type Scope = Parameters<typeof homeRegistrationMachine.transition>[2];
  const shared = scope as unknown as Scope;
  return (state, record, policy, event) => {
    outputs.length = 0;
    const snapshot = snapshotOf(state, { record, policy });
    const next = homeRegistrationMachine.transition(snapshot, event, shared);
    return { state: stateNumber(next), record: next.context.record, outputs: outputs.slice() };
  };
};
