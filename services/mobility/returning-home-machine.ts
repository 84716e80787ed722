import { assign, emit, setup } from "xstate";
import type { MacAddress } from "#ipv6/address.ts";
import { millis, seconds } from "#wire/time.ts";

/** How long the home agent has to answer the solicitation before the kernel's own resolution is used. */
const RESOLVE_TIMEOUT = millis(500);
/** Between repeated advertisements (RetransTimer of RFC 4861 §10). */
const RETRANS_TIMER = seconds(1);
/** Neighbor Advertisements for the home address (MAX_NEIGHBOR_ADVERTISEMENT, RFC 4861 §10). */
const MAX_NEIGHBOR_ADVERTISEMENT = 3;
/** De-registrations that are tried before a duplicate home address is believed to be another node's. */
const MAX_RECLAIMS = 3;
/** Between looks at a home address that another node has. */
const TAKEN_INTERVAL = seconds(32);

/** What returning home is told. */
export type ReturningHomeEvent =
  /** The home agent's link-layer address is known now. */
  | { readonly type: "homeAgent.resolved"; readonly linkLayerAddress: MacAddress }
  /** The Binding Acknowledgement came below 128, or the binding has ended by itself after the de-registration. */
  | { readonly type: "binding.deregistered" }
  /** The binding has ended by itself before a de-registration was sent. */
  | { readonly type: "binding.gone" }
  | { readonly type: "address.unique" }
  | { readonly type: "address.duplicate" };

/** What it asks for, in this order. */
export type ReturningHomeOutput =
  /** Multicast a Neighbor Solicitation from `::` for the home address, which the home agent answers as proxy. */
  | { readonly type: "solicitation.due" }
  /** Send the Binding Update with lifetime 0, source the home address; only then use that address on this link. */
  | { readonly type: "deregistration.due"; readonly linkLayerAddress: MacAddress | undefined }
  /** No de-registration may be sent: the binding has to run out before the home address can be used. */
  | { readonly type: "expiry.awaited" }
  /** Duplicate address detection for the home address: no binding defends it. */
  | { readonly type: "detection.due" }
  /** Put the home address on the device. */
  | { readonly type: "configuration.due" }
  /** Multicast a Neighbor Advertisement with Override for each home address. */
  | { readonly type: "advertisement.due" }
  /** Another node has the home address; it is not used. */
  | { readonly type: "address.taken" }
  | { readonly type: "home.reached" };

interface ReturningHomeContext {
  readonly hasBinding: boolean;
  readonly mayDeregister: boolean;
  readonly linkLayerAddress: MacAddress | undefined;
  readonly detect: boolean;
  readonly advertisements: number;
  readonly reclaims: number;
}

/** What a new machine is made from. */
export interface ReturningHomeInput {
  /** Whether the home agent may still hold a binding. */
  readonly hasBinding: boolean;
  /** Whether Binding Updates may be sent; not after status 146 (RFC 4285 §5.3). */
  readonly mayDeregister: boolean;
  /** From the home agent's Router Advertisement, when it was heard. */
  readonly linkLayerAddress: MacAddress | undefined;
  /** Whether to detect duplicates where no binding protects the home address. */
  readonly detectDuplicates: boolean;
}

/** Returning home (RFC 6275 §11.5.5), from the moment the home link is recognized. */
export const returningHomeMachine = setup({
  types: {
    // xstate reads its types from this value; there is no other way to give them.
    context: {} as ReturningHomeContext,
    events: {} as ReturningHomeEvent,
    emitted: {} as ReturningHomeOutput,
    input: {} as ReturningHomeInput,
  },
  guards: {
    hasBinding: ({ context }) => context.hasBinding,
    mayNotDeregister: ({ context }) => context.hasBinding && !context.mayDeregister,
    isResolved: ({ context }) => context.linkLayerAddress !== undefined,
    detects: ({ context }) => context.detect,
    isTaken: ({ context }) => context.reclaims >= MAX_RECLAIMS,
    hasAdvertised: ({ context }) => context.advertisements >= MAX_NEIGHBOR_ADVERTISEMENT,
  },
  actions: {
    solicit: emit({ type: "solicitation.due" as const }),
    deregister: emit(({ context }) => ({
      type: "deregistration.due" as const,
      linkLayerAddress: context.linkLayerAddress,
    })),
    noteResolved: assign(({ event }) =>
      event.type === "homeAgent.resolved" ? { linkLayerAddress: event.linkLayerAddress } : {},
    ),
    countAdvertisement: assign(({ context }) => ({ advertisements: context.advertisements + 1 })),
    countReclaim: assign(({ context }) => ({ reclaims: context.reclaims + 1 })),
    tellTaken: emit({ type: "address.taken" as const }),
    tellAwaited: emit({ type: "expiry.awaited" as const }),
    detect: emit({ type: "detection.due" as const }),
    configure: emit({ type: "configuration.due" as const }),
    advertise: emit({ type: "advertisement.due" as const }),
    tellReached: emit({ type: "home.reached" as const }),
  },
  delays: { RESOLVE_TIMEOUT, RETRANS_TIMER, TAKEN_INTERVAL },
}).createMachine({
  id: "returningHome",
  initial: "arriving",
  context: ({ input }) => ({
    hasBinding: input.hasBinding,
    mayDeregister: input.mayDeregister,
    linkLayerAddress: input.linkLayerAddress,
    detect: input.detectDuplicates,
    advertisements: 0,
    reclaims: 0,
  }),
  states: {
    arriving: {
      always: [
        { guard: "mayNotDeregister", target: "waiting" },
        // No duplicate address detection while the binding lives (RFC 6275 §11.5.5).
        { guard: "hasBinding", target: "leaving" },
        { guard: "detects", target: "detecting" },
        { target: "home", actions: "configure" },
      ],
    },
    /** The home address is not used on the home link before a de-registration has left (RFC 6275 §11.5.5). */
    waiting: {
      entry: "tellAwaited",
      on: { "binding.gone": "unbound" },
    },
    /** The binding has run out on the home link. */
    unbound: {
      always: [
        { guard: "detects", target: "detecting" },
        { target: "advertising", actions: "configure" },
      ],
    },
    detecting: {
      entry: "detect",
      on: {
        "address.unique": [
          // The home agent defended the address until now: neighbors may still think that it is there.
          { guard: "hasBinding", target: "advertising", actions: "configure" },
          { target: "home", actions: "configure" },
        ],
        "address.duplicate": [{ guard: "isTaken", target: "taken" }, { target: "reclaiming" }],
      },
    },
    leaving: {
      always: [{ guard: "isResolved", target: "deregistering" }, { target: "resolving" }],
    },
    resolving: {
      entry: "solicit",
      on: {
        "homeAgent.resolved": { target: "deregistering", actions: "noteResolved" },
        "binding.gone": "unbound",
      },
      after: { RESOLVE_TIMEOUT: "deregistering" },
    },
    deregistering: {
      // The address is used on the home link only after the Binding Update has left (RFC 6275 §11.5.5).
      entry: ["deregister", "configure"],
      on: { "binding.deregistered": "advertising" },
    },
    /** The home agent may defend the address for a binding of an earlier run of ours: end that, then look again. */
    reclaiming: {
      entry: ["countReclaim", "deregister"],
      on: { "binding.deregistered": { target: "advertising", actions: "configure" } },
      after: { RETRANS_TIMER: "detecting" },
    },
    /** Another node of the home link has the home address. */
    taken: {
      entry: "tellTaken",
      after: { TAKEN_INTERVAL: "detecting" },
    },
    advertising: {
      entry: ["countAdvertisement", "advertise"],
      always: { guard: "hasAdvertised", target: "home" },
      after: { RETRANS_TIMER: { target: "advertising", reenter: true } },
    },
    home: { entry: "tellReached", type: "final" },
  },
});
