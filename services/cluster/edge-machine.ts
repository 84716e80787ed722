import { assign, emit, setup } from "xstate";
import { unprovided } from "./unprovided.ts";

/** The edge of one instance on this node: whether its address and virtual MAC are up here (DESIGN §4.2). */
export interface EdgeContext {
  readonly instance: number;
  /** The kernel had it up when this guard started: of a guard before it. */
  readonly adopted: boolean;
  /** Of the present hold, else of the last one. */
  readonly term: number;
}

export type EdgeEvent =
  /** One detection time has passed in which this node only listened. */
  | { readonly type: "listening.ended" }
  /** This node is the holder from now on, or raises its term. */
  | { readonly type: "turn.came"; readonly term: number }
  /** A greater claim was heard: nobody is led here any more, and what still comes is forwarded for a moment. */
  | { readonly type: "successor.heard" }
  /** Nothing is to come here any more: that moment is over, a hand-over ended without an heir, or the node was paused. */
  | { readonly type: "retirement.ended" }
  /** Time to try again after a refusal of the kernel. */
  | { readonly type: "pause.ended" };

export type EdgeOutput =
  | { readonly type: "edge.taken"; readonly instance: number; readonly term: number }
  | { readonly type: "edge.withdrawn"; readonly instance: number; readonly term: number }
  | { readonly type: "edge.down"; readonly instance: number }
  | { readonly type: "edge.refused"; readonly instance: number; readonly message: string };

const messageOf = (event: object): string =>
  "error" in event ? (event.error instanceof Error ? event.error.message : String(event.error)) : "";

/**
 * The states of one edge. `taken` is told once the kernel has done it, `withdrawn` before: from then on nothing is answered
 * in the name of the instance. `down` is told when the kernel has done that.
 */
export const edgeMachine = setup({
  // Types only; the value is never looked at.
  types: {} as { context: EdgeContext; events: EdgeEvent; input: EdgeContext; emitted: EdgeOutput },
  actors: {
    activate: unprovided<void, { readonly instance: number }>("activate"),
    deactivate: unprovided<void, { readonly instance: number }>("deactivate"),
  },
  guards: { isAdopted: ({ context }) => context.adopted },
  actions: {
    setTerm: assign({
      term: ({ context, event }) => (event.type === "turn.came" ? Math.max(context.term, event.term) : context.term),
    }),
    tellTaken: emit(({ context }) => ({ type: "edge.taken" as const, instance: context.instance, term: context.term })),
    tellWithdrawn: emit(({ context }) => ({
      type: "edge.withdrawn" as const,
      instance: context.instance,
      term: context.term,
    })),
    tellDown: emit(({ context }) => ({ type: "edge.down" as const, instance: context.instance })),
    tellRefused: emit(({ context, event }) => ({
      type: "edge.refused" as const,
      instance: context.instance,
      message: messageOf(event),
    })),
  },
}).createMachine({
  id: "edge",
  context: ({ input }) => input,
  initial: "starting",
  states: {
    starting: { always: [{ target: "active", guard: "isAdopted" }, { target: "listening" }] },
    listening: { on: { "listening.ended": "standby" } },
    standby: { on: { "turn.came": { target: "taking", actions: "setTerm" } } },
    taking: {
      invoke: {
        src: "activate",
        input: ({ context }) => ({ instance: context.instance }),
        onDone: { target: "active", actions: "tellTaken" },
        onError: { target: "refused", actions: "tellRefused" },
      },
    },
    active: {
      on: {
        "turn.came": { actions: ["setTerm", "tellTaken"] },
        "successor.heard": { target: "retiring", actions: "tellWithdrawn" },
        "retirement.ended": { target: "withdrawing", actions: "tellWithdrawn" },
      },
    },
    retiring: {
      on: {
        "turn.came": { target: "active", actions: ["setTerm", "tellTaken"] },
        "retirement.ended": "withdrawing",
      },
    },
    withdrawing: {
      invoke: {
        src: "deactivate",
        input: ({ context }) => ({ instance: context.instance }),
        onDone: { target: "standby", actions: "tellDown" },
        onError: { target: "stuck", actions: "tellRefused" },
      },
    },
    refused: { on: { "pause.ended": "standby" } },
    stuck: { on: { "pause.ended": "withdrawing" } },
  },
});
