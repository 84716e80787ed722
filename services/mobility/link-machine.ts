import { assign, emit, setup } from "xstate";
import { type Address, addressEquals, type Prefix, UNSPECIFIED } from "#ipv6/address.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import { type Advertisement, isHomeLink, mergeAdvertisement, sameRouter, shareLink } from "./link.ts";

/** First interval between Router Solicitations; it doubles. Shorter than RFC 4861's 4 s, since a moved node has no service. */
const SOLICITATION_INTERVAL = seconds(1);
/** Longest interval between Router Solicitations (RFC 7559 has an hour; a mobile node may meet a router at any time). */
const MAX_SOLICITATION_INTERVAL = seconds(32);
/** How long the router of the old link has to answer before the new one is believed. */
const PROBE_TIMEOUT = millis(150);
/** A router that tells its interval has missed so many advertisements before it is doubted; one may be lost on the air. */
const MISSED_ADVERTISEMENTS = 4;
/** Routers for mobile nodes advertise every 30 to 70 ms (RFC 6275 §7.5): a busy moment of either end is no reason to doubt. */
const SHORTEST_SILENCE = seconds(1);
/** No timer: the router does not tell its interval. The longest that clocks take, 24 days. */
const NEVER = millis(2 ** 31 - 1);
/** MAX_UNICAST_SOLICIT, RETRANS_TIMER (RFC 4861 §10). */
const MAX_UNICAST_SOLICIT = 3;
const RETRANS_TIMER = seconds(1);

/** What the machine of a link is told. */
export type LinkEvent =
  /** Carrier came, or came back. */
  | { readonly type: "link.up" }
  | { readonly type: "link.down" }
  | { readonly type: "advertisement.received"; readonly advertisement: Advertisement }
  /** A solicited Neighbor Advertisement of this router was heard. */
  | { readonly type: "router.confirmed"; readonly router: Address }
  /** The kernel has lost this default router. */
  | { readonly type: "router.lost"; readonly router: Address };

/** What it asks for and tells. */
export type LinkOutput =
  /** Send a Router Solicitation; at attempt 1 forget routers and prefixes of the link that was left. */
  | { readonly type: "solicitation.due"; readonly attempt: number }
  /** Send a unicast Neighbor Solicitation to see whether the router is still there. */
  | { readonly type: "probe.due"; readonly router: Address }
  /** The link's router, new or with other prefixes. */
  | { readonly type: "link.attached"; readonly advertisement: Advertisement; readonly moved: boolean }
  | { readonly type: "link.detached" };

interface LinkContext {
  readonly homePrefix: Prefix;
  readonly current: Advertisement | undefined;
  /** A router with other prefixes that was heard while the current one was believed there. */
  readonly candidate: Advertisement | undefined;
  readonly attempt: number;
  readonly interval: Milliseconds;
}

const heard = (event: LinkEvent): Advertisement | undefined =>
  event.type === "advertisement.received" ? event.advertisement : undefined;

/**
 * The link that one network device is attached to (RFC 6275 §11.5.1). A router with other prefixes is a new link only
 * when the old router is silent, or when it has the old router's address but none of its prefixes.
 */
export const linkMachine = setup({
  types: {
    // xstate reads its types from this value; there is no other way to give them.
    context: {} as LinkContext,
    events: {} as LinkEvent,
    emitted: {} as LinkOutput,
    input: {} as { readonly homePrefix: Prefix },
  },
  guards: {
    isUsable: ({ context, event }) => {
      const next = heard(event);
      return next !== undefined && (next.lifetime > 0 || isHomeLink(next, context.homePrefix));
    },
    isOfThisLink: ({ context, event }) => {
      const next = heard(event);
      return next !== undefined && context.current !== undefined && shareLink(next, context.current);
    },
    /** The current router's address with none of its prefixes: another link whose router has the same address. */
    isReplaced: ({ context, event }) => {
      const next = heard(event);
      return (
        next !== undefined &&
        context.current !== undefined &&
        addressEquals(next.router, context.current.router) &&
        next.prefixes.length > 0 &&
        !shareLink(next, context.current) &&
        (next.lifetime > 0 || isHomeLink(next, context.homePrefix))
      );
    },
    hasResigned: ({ context, event }) => {
      const next = heard(event);
      return (
        next !== undefined &&
        context.current !== undefined &&
        sameRouter(next, context.current) &&
        next.lifetime === 0 &&
        !isHomeLink(next, context.homePrefix)
      );
    },
    mayProbeAgain: ({ context }) => context.attempt < MAX_UNICAST_SOLICIT,
    hasCandidate: ({ context }) => context.candidate !== undefined,
    isOtherLink: ({ context, event }) => {
      const next = heard(event);
      return (
        next !== undefined && next.prefixes.length > 0 && (next.lifetime > 0 || isHomeLink(next, context.homePrefix))
      );
    },
    isCurrentRouter: ({ context, event }) =>
      (event.type === "router.confirmed" || event.type === "router.lost") &&
      context.current !== undefined &&
      addressEquals(event.router, context.current.router),
  },
  actions: {
    solicit: emit(({ context }) => ({ type: "solicitation.due" as const, attempt: context.attempt })),
    startProbes: assign({ attempt: 1 }),
    nextProbe: assign(({ context }) => ({ attempt: context.attempt + 1 })),
    startSolicitations: assign({ attempt: 1, interval: SOLICITATION_INTERVAL }),
    nextSolicitation: assign(({ context }) => ({
      attempt: context.attempt + 1,
      interval: millis(Math.min(context.interval * 2, MAX_SOLICITATION_INTERVAL)),
    })),
    take: assign(({ event }) => ({ current: heard(event), candidate: undefined })),
    takeCandidate: assign(({ context }) => ({ current: context.candidate, candidate: undefined })),
    keepCandidate: assign(({ event }) => ({ candidate: heard(event) })),
    dropCandidate: assign({ candidate: undefined }),
    merge: assign(({ context, event }) => {
      const next = heard(event);
      if (next === undefined || context.current === undefined) return {};
      // A second router of the same link adds its prefixes; the default router stays who it is (RFC 6275 §11.5.1).
      const merged = mergeAdvertisement(context.current, next);
      return {
        current: sameRouter(next, context.current) ? merged : { ...context.current, prefixes: merged.prefixes },
      };
    }),
    forget: assign({ current: undefined, candidate: undefined }),
    probe: emit(({ context }) => ({
      type: "probe.due" as const,
      router: context.current?.router ?? UNSPECIFIED,
    })),
    tellAttached: emit(({ context }, params: { moved: boolean }) => ({
      type: "link.attached" as const,
      // Only asked for in states that have a router.
      advertisement: context.current ?? NO_ROUTER,
      moved: params.moved,
    })),
    tellDetached: emit({ type: "link.detached" as const }),
  },
  delays: {
    solicitationInterval: ({ context }) => context.interval,
    PROBE_TIMEOUT,
    RETRANS_TIMER,
    silence: ({ context }) => {
      const interval = context.current?.interval;
      return interval === undefined
        ? NEVER
        : Math.min(NEVER, Math.max(SHORTEST_SILENCE, interval * MISSED_ADVERTISEMENTS));
    },
  },
}).createMachine({
  id: "link",
  initial: "down",
  context: ({ input }) => ({
    homePrefix: input.homePrefix,
    current: undefined,
    candidate: undefined,
    attempt: 1,
    interval: SOLICITATION_INTERVAL,
  }),
  on: {
    "link.down": { target: ".down", actions: ["forget", "tellDetached"] },
    // The carrier may have come back on another link: what was known is forgotten.
    "link.up": { target: ".discovering", actions: ["forget", "startSolicitations", "tellDetached"] },
  },
  states: {
    down: { on: { "link.down": {}, "link.up": { target: "discovering", actions: "startSolicitations" } } },
    discovering: {
      entry: "solicit",
      on: {
        "advertisement.received": {
          guard: "isUsable",
          target: "attached",
          actions: ["take", { type: "tellAttached", params: { moved: true } }],
        },
      },
      after: { solicitationInterval: { target: "discovering", reenter: true, actions: "nextSolicitation" } },
    },
    attached: {
      on: {
        "advertisement.received": [
          { guard: "isReplaced", actions: ["take", { type: "tellAttached", params: { moved: true } }] },
          {
            guard: "hasResigned",
            target: "discovering",
            actions: ["forget", "startSolicitations", "tellDetached"],
          },
          {
            guard: "isOfThisLink",
            target: "attached",
            reenter: true,
            actions: ["merge", { type: "tellAttached", params: { moved: false } }],
          },
          { guard: "isOtherLink", target: "probing", actions: "keepCandidate" },
        ],
        "router.lost": { guard: "isCurrentRouter", target: "probing" },
      },
      // Movement without a sign of the carrier: no advertisement comes any more (RFC 6275 §7.3, §11.5.1).
      after: { silence: { target: "doubting", actions: "startProbes" } },
    },
    doubting: {
      entry: "probe",
      on: {
        "router.confirmed": { guard: "isCurrentRouter", target: "attached" },
        "router.lost": { guard: "isCurrentRouter", target: "probing" },
        "advertisement.received": [
          {
            guard: "isReplaced",
            target: "attached",
            actions: ["take", { type: "tellAttached", params: { moved: true } }],
          },
          {
            guard: "isOfThisLink",
            target: "attached",
            actions: ["merge", { type: "tellAttached", params: { moved: false } }],
          },
          { guard: "isOtherLink", target: "probing", actions: "keepCandidate" },
        ],
      },
      after: {
        RETRANS_TIMER: [
          { guard: "mayProbeAgain", target: "doubting", reenter: true, actions: "nextProbe" },
          { target: "discovering", actions: ["forget", "startSolicitations", "tellDetached"] },
        ],
      },
    },
    probing: {
      entry: "probe",
      on: {
        "router.confirmed": { guard: "isCurrentRouter", target: "attached", actions: "dropCandidate" },
        "advertisement.received": [
          {
            guard: "isOfThisLink",
            target: "attached",
            actions: ["dropCandidate", "merge", { type: "tellAttached", params: { moved: false } }],
          },
          { guard: "isOtherLink", actions: "keepCandidate" },
        ],
      },
      after: {
        PROBE_TIMEOUT: [
          {
            guard: "hasCandidate",
            target: "attached",
            actions: ["takeCandidate", { type: "tellAttached", params: { moved: true } }],
          },
          { target: "discovering", actions: ["forget", "startSolicitations", "tellDetached"] },
        ],
      },
    },
  },
});

const NO_ROUTER: Advertisement = {
  router: UNSPECIFIED,
  linkLayerAddress: undefined,
  lifetime: millis(0),
  homeAgent: false,
  prefixes: [],
};
