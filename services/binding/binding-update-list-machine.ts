import { assign, emit, enqueueActions, raise, setup } from "xstate";
import { type Address, addressEquals } from "#ipv6/address.ts";
import { type Instant, type Milliseconds, millis } from "#wire/time.ts";
import {
  type Acknowledgement,
  type AcknowledgementVerdict,
  type BindingUpdateListEntry,
  type BindingUpdateListInput,
  backOff,
  holdDelay,
  initialTimeout,
  isDeregistering,
  MAX_BINDACK_TIMEOUT,
  newEntry,
  noteAcknowledged,
  noteSent,
  verdictOf,
} from "./binding-update-list.ts";

/** What an entry of the Binding Update List is told. */
export type BindingUpdateListEvent =
  /** This is the primary care-of address; register it if it is not. */
  | {
      readonly type: "registration.requested";
      readonly careOfAddress: Address;
      readonly at: Instant;
    }
  /** The mobile node is at home. */
  | { readonly type: "deregistration.requested"; readonly at: Instant }
  /** The Binding Update asked for last was given to the network; `lifetime` is the one in it. */
  | { readonly type: "update.sent"; readonly lifetime: Milliseconds; readonly at: Instant }
  /** Authentic, and from the peer. */
  | ({ readonly type: "acknowledgement.received" } & Acknowledgement)
  /** The peer asked for a Binding Update: Binding Refresh Request, or Binding Error 1 (RFC 6275 §11.7.4, §11.3.6). */
  | { readonly type: "refresh.requested"; readonly at: Instant }
  /** There is no link to send on: retransmissions rest until the next request. */
  | { readonly type: "path.lost" }
  /** The mobile node holds its home address on the home link: nothing is asked for any more. */
  | { readonly type: "home.reached" }
  /** The machine tells itself: granted by an acknowledgement, ended by one, run out. */
  | { readonly type: "lifetime.granted" }
  | { readonly type: "lifetime.ended" }
  | { readonly type: "lifetime.expired" };

/** What an entry says to the mobile node. */
export type BindingUpdateListOutput =
  /**
   * Send a Binding Update with A and H, then answer `update.sent` (RFC 6275 §11.7.1). `lifetime` is the most to ask
   * for: what the care-of address has left of its own may be less (`lifetimeToAsk`). 0 ends the binding.
   */
  | {
      readonly type: "update.due";
      readonly sequence: number;
      readonly careOfAddress: Address;
      readonly lifetime: Milliseconds;
      /** 1 for the first, greater for retransmissions. */
      readonly attempt: number;
    }
  | { readonly type: "binding.registered"; readonly status: number; readonly refreshDelay: Milliseconds }
  | { readonly type: "binding.deregistered"; readonly status: number | undefined }
  /**
   * `final`: no Binding Update follows (146), or none before the mobile node was at home (134); else it is tried again
   * every MAX_BINDACK_TIMEOUT.
   */
  | { readonly type: "binding.refused"; readonly status: number; readonly final: boolean }
  /** What was acknowledged has run out. */
  | { readonly type: "binding.expired" }
  /** The home agent can hold no binding any more: whatever was sent has run out, without a de-registration. */
  | { readonly type: "binding.gone" };

type Answer = Extract<BindingUpdateListEvent, { readonly type: "acknowledgement.received" }>;
const isAnswer = (event: BindingUpdateListEvent): event is Answer => event.type === "acknowledgement.received";

/**
 * One entry of the mobile node's Binding Update List towards its home agent (RFC 6275 §11.7, §11.8). Two regions:
 * `update` is what is being asked for and retransmitted, `binding` is what the home agent may still hold.
 */
export const bindingUpdateListMachine = setup({
  types: {
    // xstate reads its types from this value; there is no other way to give them.
    context: {} as BindingUpdateListEntry,
    events: {} as BindingUpdateListEvent,
    emitted: {} as BindingUpdateListOutput,
    input: {} as BindingUpdateListInput,
  },
  guards: {
    verdictIs: ({ context, event }, params: { verdict: AcknowledgementVerdict }) =>
      isAnswer(event) && verdictOf(context, event) === params.verdict,
    isSameCareOfAddress: ({ context, event }) =>
      event.type === "registration.requested" && addressEquals(event.careOfAddress, context.careOfAddress),
    mustBeHeld: ({ context, event }) => "at" in event && holdDelay(context, event.at) > 0,
    correctionMustBeHeld: ({ context, event }) =>
      isAnswer(event) && verdictOf(context, event) === "correctable" && holdDelay(context, event.at) > 0,
    isDeregistering: ({ context }) => isDeregistering(context),
    keepsAcknowledged: ({ context, event }) =>
      isAnswer(event) &&
      verdictOf(context, event) === "authentication-failed" &&
      context.acknowledgedUntil !== undefined,
    mayOutliveAcknowledgement: ({ context }) =>
      (context.expiresAt ?? 0) > (context.acknowledgedUntil ?? 0) && !isDeregistering(context),
  },
  actions: {
    takeCareOfAddress: assign(({ context, event }) =>
      event.type === "registration.requested"
        ? {
            careOfAddress: event.careOfAddress,
            holdDelay: holdDelay(context, event.at),
            corrections: 0,
          }
        : {},
    ),
    takeHomeAddress: assign(({ context, event }) => ({
      careOfAddress: context.homeAddress,
      holdDelay: "at" in event ? holdDelay(context, event.at) : millis(0),
      corrections: 0,
    })),
    takeHold: assign(({ context, event }) => ("at" in event ? { holdDelay: holdDelay(context, event.at) } : {})),
    startBackOff: assign(({ context }) => ({ timeout: initialTimeout(context), attempts: 0 })),
    backOff: assign(({ context }) => ({ timeout: backOff(context.timeout) })),
    /** A retransmission has a greater sequence number than the one before it (RFC 6275 §11.8). */
    sendUpdate: enqueueActions(({ enqueue, context }) => {
      const sequence = (context.sequence + 1) & 0xffff;
      const attempt = context.attempts + 1;
      enqueue.assign({ sequence, attempts: attempt });
      enqueue.emit({
        type: "update.due",
        sequence,
        careOfAddress: context.careOfAddress,
        lifetime: isDeregistering(context) ? millis(0) : context.wantedLifetime,
        attempt,
      });
    }),
    noteSent: assign(({ context, event }) => (event.type === "update.sent" ? noteSent(context, event) : {})),
    noteAcknowledged: assign(({ context, event }) => (isAnswer(event) ? noteAcknowledged(context, event) : {})),
    forget: assign({ expiresAt: undefined, acknowledgedUntil: undefined }),
    outliveAcknowledgement: assign(({ context }) => ({
      bindingDelay: millis((context.expiresAt ?? 0) - (context.acknowledgedUntil ?? 0)),
      acknowledgedUntil: undefined,
    })),
    tellRegistered: emit(({ context }) => ({
      type: "binding.registered" as const,
      status: context.lastStatus ?? 0,
      refreshDelay: context.refreshDelay,
    })),
    tellDeregistered: emit(({ event }) => ({
      type: "binding.deregistered" as const,
      status: isAnswer(event) ? event.status : undefined,
    })),
    tellRefused: emit(({ context }, params: { final: boolean }) => ({
      type: "binding.refused" as const,
      status: context.lastStatus ?? 128,
      final: params.final,
    })),
    tellGone: emit({ type: "binding.gone" as const }),
    tellExpired: emit({ type: "binding.expired" as const }),
    raiseGranted: raise({ type: "lifetime.granted" as const }),
    raiseEnded: raise({ type: "lifetime.ended" as const }),
    raiseExpired: raise({ type: "lifetime.expired" as const }),
  },
  delays: {
    bindackTimeout: ({ context }) => context.timeout,
    refreshDelay: ({ context }) => context.refreshDelay,
    holdDelay: ({ context }) => context.holdDelay,
    bindingDelay: ({ context }) => context.bindingDelay,
    MAX_BINDACK_TIMEOUT,
  },
}).createMachine({
  id: "bindingUpdateList",
  type: "parallel",
  context: ({ input }) => newEntry(input),
  states: {
    update: {
      initial: "idle",
      // Without `reenter`: that would leave and enter the other region too.
      on: {
        "registration.requested": [
          { guard: "mustBeHeld", target: ".held", actions: "takeCareOfAddress" },
          { target: ".awaiting", actions: ["takeCareOfAddress", "startBackOff"] },
        ],
        "deregistration.requested": [
          { guard: "mustBeHeld", target: ".held", actions: "takeHomeAddress" },
          { target: ".awaiting", actions: ["takeHomeAddress", "startBackOff"] },
        ],
        // Whatever became of the de-registration, the home agent has no binding any more.
        "lifetime.expired": [
          { guard: "isDeregistering", target: ".idle", actions: "tellDeregistered" },
          { actions: "tellGone" },
        ],
        "home.reached": ".idle",
      },
      states: {
        idle: {},
        held: {
          on: {
            // Only the last of many moves within a second is told to the home agent (RFC 6275 §11.5.3).
            "registration.requested": { actions: "takeCareOfAddress" },
            "deregistration.requested": { actions: "takeHomeAddress" },
            "path.lost": "suspended",
          },
          after: { holdDelay: { target: "awaiting", actions: "startBackOff" } },
        },
        awaiting: {
          entry: "sendUpdate",
          on: {
            "registration.requested": { guard: "isSameCareOfAddress" },
            "deregistration.requested": { guard: "isDeregistering" },
            "acknowledgement.received": [
              {
                guard: { type: "verdictIs", params: { verdict: "registered" } },
                target: "registered",
                actions: ["noteAcknowledged", "raiseGranted", "tellRegistered"],
              },
              {
                guard: { type: "verdictIs", params: { verdict: "deregistered" } },
                target: "idle",
                actions: ["noteAcknowledged", "raiseEnded", "tellDeregistered"],
              },
              { guard: "correctionMustBeHeld", target: "held", actions: "noteAcknowledged" },
              {
                guard: { type: "verdictIs", params: { verdict: "correctable" } },
                target: "awaiting",
                reenter: true,
                actions: "noteAcknowledged",
              },
              {
                guard: { type: "verdictIs", params: { verdict: "duplicate-address" } },
                target: "duplicate",
                // The home agent has no binding: a return home has to detect duplicates first (RFC 6275 §11.5.5).
                actions: ["noteAcknowledged", "raiseEnded", { type: "tellRefused", params: { final: true } }],
              },
              {
                guard: "keepsAcknowledged",
                target: "barred",
                // What was registered before lives on to its end.
                actions: ["noteAcknowledged", { type: "tellRefused", params: { final: true } }],
              },
              {
                guard: { type: "verdictIs", params: { verdict: "authentication-failed" } },
                target: "barred",
                actions: ["noteAcknowledged", "raiseEnded", { type: "tellRefused", params: { final: true } }],
              },
              {
                guard: { type: "verdictIs", params: { verdict: "refused" } },
                target: "refused",
                actions: ["noteAcknowledged", { type: "tellRefused", params: { final: false } }],
              },
            ],
            "path.lost": "suspended",
          },
          after: { bindackTimeout: { target: "awaiting", reenter: true, actions: "backOff" } },
        },
        registered: {
          on: {
            "registration.requested": { guard: "isSameCareOfAddress" },
            "refresh.requested": [
              { guard: "mustBeHeld", target: "held", actions: "takeHold" },
              { target: "awaiting", actions: "startBackOff" },
            ],
            "path.lost": "suspended",
          },
          after: { refreshDelay: { target: "awaiting", actions: "startBackOff" } },
        },
        refused: {
          after: { MAX_BINDACK_TIMEOUT: { target: "awaiting", actions: "startBackOff" } },
          on: { "path.lost": "suspended" },
        },
        /** Status 134: another node has the home address, until it is proven unique at home (RFC 6275 §11.7.1). */
        duplicate: { on: { "registration.requested": {}, "deregistration.requested": {} } },
        /** Status 146: with this key nothing more is sent (RFC 4285 §5.3). */
        barred: {
          on: {
            "registration.requested": {},
            "deregistration.requested": {},
            // A de-registration that was refused so is over when the binding is.
            "lifetime.expired": [{ guard: "isDeregistering", actions: "tellDeregistered" }, { actions: "tellGone" }],
            "home.reached": {},
          },
        },
        suspended: {},
      },
    },
    binding: {
      initial: "none",
      on: { "lifetime.granted": ".acknowledged", "lifetime.ended": ".none" },
      states: {
        none: {
          on: {
            "update.sent": [
              { guard: "isDeregistering", actions: "noteSent" },
              { target: "unacknowledged", actions: "noteSent" },
            ],
          },
        },
        /** A Binding Update was sent that the home agent may have taken. */
        unacknowledged: {
          on: {
            "update.sent": [
              { guard: "isDeregistering", actions: "noteSent" },
              { target: "unacknowledged", reenter: true, actions: "noteSent" },
            ],
          },
          after: { bindingDelay: { target: "none", actions: ["forget", "raiseExpired"] } },
        },
        acknowledged: {
          on: {
            "update.sent": { actions: "noteSent" },
            "lifetime.granted": { target: "acknowledged", reenter: true },
          },
          after: {
            bindingDelay: [
              {
                guard: "mayOutliveAcknowledgement",
                target: "unacknowledged",
                actions: ["outliveAcknowledgement", "tellExpired"],
              },
              { target: "none", actions: ["forget", "tellExpired", "raiseExpired"] },
            ],
          },
        },
      },
    },
  },
});
