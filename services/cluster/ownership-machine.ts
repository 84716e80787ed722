import { assign, emit, setup } from "xstate";
import { unprovided } from "./unprovided.ts";

/** Ownership of one instance as this node sees it: who may write its stream (DESIGN §4.2, §4.4). */
export interface OwnershipContext {
  readonly instance: string;
  /** Epoch of this node's own ownership, 0 without. */
  readonly epoch: number;
  /** Greatest epoch heard of another node's ownership. */
  readonly foreignEpoch: number;
}

export type OwnershipEvent =
  | { readonly type: "edge.taken" }
  | { readonly type: "edge.withdrawn" }
  /** The stream has an epoch entry of another node, or refused a write because of one. */
  | { readonly type: "ownership.fenced"; readonly epoch: number };

/** `ownership.gained` carries the epoch; the right to write itself stays with the program. */
export type OwnershipOutput =
  | { readonly type: "ownership.gained"; readonly instance: string; readonly epoch: number }
  | { readonly type: "ownership.lost"; readonly instance: string; readonly epoch: number };

/**
 * The states of one ownership. It follows the edge: the node that holds the edge claims the stream; the claim waits for
 * JetStream as long as it takes, while the edge serves. A holder that is fenced claims again after a while: by then the
 * other node shows a greater term, which takes the edge away or, where only the bus brings its word, makes the claim fail; or
 * it is gone.
 */
export const ownershipMachine = setup({
  // Types only; the value is never looked at.
  types: {} as {
    context: OwnershipContext;
    events: OwnershipEvent;
    input: { readonly instance: string };
    emitted: OwnershipOutput;
  },
  actors: {
    /** Tries until the epoch entry is written; gives the epoch. */
    claim: unprovided<number, { readonly instance: string }>("claim"),
  },
  guards: {
    /** An entry of another node may be heard before the answer to the claim that it follows. */
    isNewest: ({ context }, params: { epoch: number }) => params.epoch > context.foreignEpoch,
    isFenced: ({ context, event }) => event.type === "ownership.fenced" && event.epoch > context.epoch,
  },
  actions: {
    hear: assign({
      foreignEpoch: ({ context, event }) =>
        event.type === "ownership.fenced" ? Math.max(context.foreignEpoch, event.epoch) : context.foreignEpoch,
    }),
    setEpoch: assign({ epoch: (_, params: { epoch: number }) => params.epoch }),
    tellGained: emit(({ context }) => ({
      type: "ownership.gained" as const,
      instance: context.instance,
      epoch: context.epoch,
    })),
    tellLost: emit(({ context }) => ({
      type: "ownership.lost" as const,
      instance: context.instance,
      epoch: context.epoch,
    })),
  },
  delays: { RECLAIM: 2_000 },
}).createMachine({
  id: "ownership",
  context: ({ input }) => ({ instance: input.instance, epoch: 0, foreignEpoch: 0 }),
  initial: "following",
  on: { "ownership.fenced": { actions: "hear" } },
  states: {
    following: { on: { "edge.taken": "claiming" } },
    claiming: {
      invoke: {
        src: "claim",
        input: ({ context }) => ({ instance: context.instance }),
        onDone: [
          {
            guard: { type: "isNewest", params: ({ event }) => ({ epoch: event.output }) },
            target: "owner",
            actions: [{ type: "setEpoch", params: ({ event }) => ({ epoch: event.output }) }, "tellGained"],
          },
          { target: "fenced" },
        ],
        onError: "fenced",
      },
      on: { "edge.withdrawn": "following" },
    },
    owner: {
      on: {
        "edge.withdrawn": { target: "following", actions: "tellLost" },
        "ownership.fenced": { target: "fenced", guard: "isFenced", actions: ["hear", "tellLost"] },
      },
    },
    fenced: {
      on: { "edge.withdrawn": "following", "edge.taken": "claiming" },
      after: { RECLAIM: "claiming" },
    },
  },
});
