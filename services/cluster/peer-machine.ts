import { assign, emit, setup } from "xstate";
import type { Hello } from "#bus/hello-message.ts";
import type { Instant } from "#wire/time.ts";

/** One peer on the home link as this node hears it (DESIGN §4.6). */
export interface PeerContext {
  readonly node: string;
  readonly hello: Hello | undefined;
  readonly heardAt: Instant | undefined;
}

export type PeerEvent =
  | { readonly type: "hello.heard"; readonly hello: Hello; readonly now: Instant }
  /** The detection time has passed since the last hello. */
  | { readonly type: "detection.elapsed" };

export type PeerOutput =
  | { readonly type: "peer.appeared"; readonly node: string }
  | { readonly type: "peer.silent"; readonly node: string };

/** The states of one peer. Only an accepted hello (authentic, fresh) is an event. */
export const peerMachine = setup({
  // Types only; the value is never looked at.
  types: {} as {
    context: PeerContext;
    events: PeerEvent;
    input: { readonly node: string };
    emitted: PeerOutput;
  },
  actions: {
    keepHello: assign(({ context, event }) =>
      event.type === "hello.heard" ? { hello: event.hello, heardAt: event.now } : context,
    ),
    tellAppeared: emit(({ context }) => ({ type: "peer.appeared" as const, node: context.node })),
    tellSilent: emit(({ context }) => ({ type: "peer.silent" as const, node: context.node })),
  },
}).createMachine({
  id: "peer",
  context: ({ input }) => ({ node: input.node, hello: undefined, heardAt: undefined }),
  initial: "unheard",
  states: {
    unheard: { on: { "hello.heard": { target: "alive", actions: ["keepHello", "tellAppeared"] } } },
    alive: {
      on: {
        "hello.heard": { actions: "keepHello" },
        "detection.elapsed": { target: "silent", actions: "tellSilent" },
      },
    },
    silent: { on: { "hello.heard": { target: "alive", actions: ["keepHello", "tellAppeared"] } } },
  },
});
