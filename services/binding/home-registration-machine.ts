import { assign, emit, fromPromise, setup } from "xstate";
import { type Address, addressEquals } from "#ipv6/address.ts";
import { BINDING_STATUS } from "#mip6/registry.ts";
import { isNewerSequence } from "#mip6/sequence.ts";
import type { Instant, Milliseconds } from "#wire/time.ts";
import type {
  DetectDuplicateInput,
  HomeRegistrationContext,
  HomeRegistrationEvent,
  HomeRegistrationOutput,
  Received,
} from "./home-registration-events.ts";
import { acceptedRecord, endedRecord, isMarked, refusalOf, repeatsDeregistration, successStatus } from "./rules.ts";

const isNewest = (context: HomeRegistrationContext, version: { readonly epoch: number; readonly revision: number }) =>
  version.epoch === context.record.epoch && version.revision === context.record.revision;

/** Whether a Binding Update starts duplicate address detection, so that its binding needs a resident actor. */
export const startsDuplicateDetection = (context: HomeRegistrationContext, received: Received): boolean =>
  context.policy.duplicateAddressDetection === "normal" &&
  refusalOf(received.request, context.record, context.policy) === undefined;

/** Guards and actions get the event itself. */
const told = <E>({ event }: { readonly event: E }): E => event;

/** What a registration leads to where no binding is. */
const FIRST_REGISTRATION = [
  {
    guard: { type: "startsDuplicateDetection", params: told },
    target: "detectingDuplicates",
    actions: { type: "accept", params: told },
  },
  {
    guard: { type: "isGranted", params: told },
    target: "committing",
    actions: [{ type: "accept", params: told }, "commit"],
  },
] as const;

/**
 * The home registration of one home address at its home agent (RFC 6275 §10.3.1, §10.3.2), registration order of MIPL2:
 * binding entry, duplicate address detection, commit, tunnel and routes, proxy Neighbor Discovery, acknowledgement.
 */
export const homeRegistrationMachine = setup({
  types: {} as {
    context: HomeRegistrationContext;
    events: HomeRegistrationEvent;
    input: HomeRegistrationContext;
    emitted: HomeRegistrationOutput;
  },
  actors: {
    /** Supplied by the program; a wiring that forgets it fails the first registration with status 128. */
    detectDuplicate: fromPromise<"unique" | "duplicate", DetectDuplicateInput>(() =>
      Promise.reject(new Error("actor detectDuplicate was not provided")),
    ),
  },
  guards: {
    isGranted: ({ context }, received: Received) =>
      refusalOf(received.request, context.record, context.policy) === undefined,
    isRefused: ({ context }, received: Received) =>
      refusalOf(received.request, context.record, context.policy) !== undefined,
    startsDuplicateDetection: ({ context }, received: Received) => startsDuplicateDetection(context, received),
    /** The update that is being worked on, sent again: its acknowledgement is on the way. */
    isRetransmission: ({ context }, received: Received) => received.request.sequence === context.record.sequence,
    /** De-registration asked for again with a greater sequence number, before the first was answered. */
    isNewer: ({ context }, received: Received) => isNewerSequence(received.request.sequence, context.record.sequence),
    /** Its acknowledgement was lost: the mobile node asks again for what has happened (RFC 6275 §10.3.2). */
    repeatsDeregistration: ({ context }, received: Received) =>
      repeatsDeregistration(received.request, context.record, received.now),
    /** A new care-of address, or the same one where the kernel does not have it: refused earlier, or still on the way. */
    needsForwarding: ({ context }, received: Received) =>
      refusalOf(received.request, context.record, context.policy) === undefined &&
      !(received.isForwarded && addressEquals(received.request.careOfAddress, context.record.careOfAddress)),
    isNewest: ({ context }, version: { epoch: number; revision: number }) => isNewest(context, version),
    /** The tombstone's own acknowledgement is still to be sent. */
    answersDeregistration: ({ context }, version: { epoch: number; revision: number }) =>
      isNewest(context, version) && isMarked(context.record),
    isPresentCareOfAddress: ({ context }, told: { careOfAddress: Address }) =>
      addressEquals(told.careOfAddress, context.record.careOfAddress),
    isUnique: (_, result: "unique" | "duplicate") => result === "unique",
  },
  actions: {
    accept: assign({
      record: ({ context }, received: Received) =>
        acceptedRecord(context.record, received.request, { ...received, policy: context.policy }),
    }),
    end: assign({
      record: ({ context }, at: { now: Instant; epoch: number }) => endedRecord(context.record, at.now, at.epoch),
    }),
    adoptEpoch: assign({
      record: ({ context }, gained: { epoch: number }) => ({ ...context.record, epoch: gained.epoch }),
    }),
    forget: assign({
      record: ({ context }) => ({ ...context.record, lifetime: 0 as Milliseconds }), // nothing was granted
    }),
    commit: emit(({ context }) => ({ type: "commit" as const, record: context.record })),
    program: emit(({ context: { record } }) => ({
      type: "program" as const,
      homeAddress: record.homeAddress,
      careOfAddress: record.careOfAddress,
    })),
    withdraw: emit(({ context: { record } }) => ({
      type: "withdraw" as const,
      homeAddress: record.homeAddress,
      careOfAddress: record.careOfAddress,
    })),
    advertise: emit(({ context: { record } }) => ({
      type: "advertise" as const,
      homeAddress: record.homeAddress,
      flags: record.flags,
    })),
    acknowledge: emit(({ context: { record, policy } }) => ({
      type: "acknowledge" as const,
      status: successStatus(record.lifetime, policy),
      sequence: record.sequence,
      lifetime: record.lifetime,
    })),
    reject: emit(({ context: { record } }, params: { status: number }) => ({
      type: "acknowledge" as const,
      status: params.status,
      sequence: record.sequence,
      lifetime: 0 as Milliseconds, // a refusal grants nothing
    })),
    refuse: emit(({ context: { record, policy } }, { request }: Received) => {
      const status = refusalOf(request, record, policy) ?? BINDING_STATUS.reasonUnspecified;
      return {
        type: "acknowledge" as const,
        status,
        // RFC 6275 §9.5.1: status 135 tells the last accepted sequence number; others copy the update's.
        sequence: status === BINDING_STATUS.sequenceNumberOutOfWindow ? record.sequence : request.sequence,
        lifetime: 0 as Milliseconds, // a refusal grants nothing
      };
    }),
  },
}).createMachine({
  id: "homeRegistration",
  initial: "unregistered",
  context: ({ input }) => input,
  on: {
    "registration.received": { actions: { type: "refuse", params: told } },
    "deregistration.received": { actions: { type: "refuse", params: told } },
  },
  states: {
    /** No binding; perhaps a tombstone with the last sequence number. */
    unregistered: {
      on: {
        "registration.received": FIRST_REGISTRATION,
        "deregistration.received": {
          guard: { type: "repeatsDeregistration", params: told },
          target: "ending",
          actions: [{ type: "accept", params: told }, "commit"],
        },
      },
    },
    /** The only state that needs a resident actor. */
    detectingDuplicates: {
      invoke: {
        src: "detectDuplicate",
        input: ({ context }) => ({ homeAddress: context.record.homeAddress, flags: context.record.flags }),
        onDone: [
          { guard: { type: "isUnique", params: ({ event }) => event.output }, target: "committing", actions: "commit" },
          {
            target: "unregistered",
            actions: ["forget", { type: "reject", params: { status: BINDING_STATUS.duplicateAddressDetectionFailed } }],
          },
        ],
        onError: {
          target: "unregistered",
          actions: ["forget", { type: "reject", params: { status: BINDING_STATUS.reasonUnspecified } }],
        },
      },
      on: {
        "registration.received": [
          { guard: { type: "isRetransmission", params: told } },
          { guard: { type: "isGranted", params: told }, actions: { type: "accept", params: told } },
        ],
        "deregistration.received": {
          guard: { type: "isGranted", params: told },
          target: "unregistered",
          actions: ["forget", { type: "refuse", params: told }],
        },
        "ownership.gained": { actions: { type: "adoptEpoch", params: told } },
      },
    },
    /** First registration: the log has it, nobody forwards yet. */
    committing: {
      on: {
        "registration.received": [
          { guard: { type: "isRetransmission", params: told } },
          { guard: { type: "isGranted", params: told }, actions: [{ type: "accept", params: told }, "commit"] },
        ],
        "deregistration.received": [
          { guard: { type: "isRetransmission", params: told } },
          {
            guard: { type: "isGranted", params: told },
            target: "bound.deregistering",
            actions: [{ type: "accept", params: told }, "commit"],
          },
        ],
        "binding.committed": {
          guard: { type: "isNewest", params: told },
          target: "bound.programming",
          actions: "program",
        },
        "lifetime.expired": { target: "ending", actions: [{ type: "end", params: told }, "commit"] },
        "ownership.gained": { actions: [{ type: "adoptEpoch", params: told }, "commit"] },
      },
    },
    /** Forwarding is set up, or asked for. */
    bound: {
      initial: "registered",
      on: {
        "registration.received": [
          { guard: { type: "isRetransmission", params: told } },
          {
            guard: { type: "needsForwarding", params: told },
            target: ".moving",
            actions: [{ type: "accept", params: told }, "program", "commit"],
          },
          {
            guard: { type: "isGranted", params: told },
            target: ".refreshing",
            actions: [{ type: "accept", params: told }, "commit"],
          },
        ],
        "deregistration.received": [
          { guard: { type: "isRetransmission", params: told } },
          {
            guard: { type: "isGranted", params: told },
            target: ".deregistering",
            actions: [{ type: "accept", params: told }, "commit"],
          },
        ],
        "forwarding.refused": {
          guard: { type: "isPresentCareOfAddress", params: told },
          target: "ending",
          actions: [
            { type: "reject", params: { status: BINDING_STATUS.insufficientResources } },
            { type: "end", params: told },
            "withdraw",
            "commit",
          ],
        },
        "duplicate.found": {
          target: "ending",
          actions: [
            { type: "reject", params: { status: BINDING_STATUS.duplicateAddressDetectionFailed } },
            { type: "end", params: told },
            "withdraw",
            "commit",
          ],
        },
        "lifetime.expired": { target: "ending", actions: [{ type: "end", params: told }, "withdraw", "commit"] },
        "lifetime.lapsed": { target: "lapsed", actions: "withdraw" },
        "ownership.gained": { actions: [{ type: "adoptEpoch", params: told }, "commit"] },
      },
      states: {
        registered: {
          on: {
            "registration.received": {
              guard: { type: "isRefused", params: told },
              actions: { type: "refuse", params: told },
            },
            "deregistration.received": {
              guard: { type: "isRefused", params: told },
              actions: { type: "refuse", params: told },
            },
            // At rest: what is committed under an earlier epoch stays so.
            "ownership.gained": {},
          },
        },
        /** The kernel is right, by its own word; the log has still to acknowledge. */
        refreshing: {
          on: {
            "binding.committed": {
              guard: { type: "isNewest", params: told },
              target: "registered",
              actions: "acknowledge",
            },
          },
        },
        /**
         * New care-of address, or one that the kernel lacks: forwarded to at once, kernel and log both still to answer
         * (DESIGN §4.5).
         */
        moving: {
          on: {
            "binding.committed": { guard: { type: "isNewest", params: told }, target: "programming" },
            "forwarding.programmed": { guard: { type: "isPresentCareOfAddress", params: told }, target: "refreshing" },
          },
        },
        /** Committed; the kernel has still to answer. */
        programming: {
          on: {
            "registration.received": [
              { guard: { type: "isRetransmission", params: told } },
              {
                guard: { type: "isGranted", params: told },
                target: "moving",
                actions: [{ type: "accept", params: told }, "advertise", "program", "commit"],
              },
            ],
            "forwarding.programmed": {
              guard: { type: "isPresentCareOfAddress", params: told },
              target: "registered",
              actions: ["advertise", "acknowledge"],
            },
            "ownership.gained": {},
          },
        },
        /** The tombstone has still to be acknowledged by the log. */
        deregistering: {
          on: {
            "registration.received": [
              { guard: { type: "isRetransmission", params: told } },
              {
                guard: { type: "isGranted", params: told },
                target: "moving",
                actions: [{ type: "accept", params: told }, "program", "commit"],
              },
            ],
            "deregistration.received": [
              { guard: { type: "isRetransmission", params: told } },
              { guard: { type: "isNewer", params: told }, actions: [{ type: "accept", params: told }, "commit"] },
            ],
            "binding.committed": {
              guard: { type: "isNewest", params: told },
              target: "withdrawing",
              actions: "withdraw",
            },
            // The log does not answer, and what was registered before is over.
            "lifetime.expired": { actions: "withdraw" },
            "duplicate.found": {},
            "forwarding.refused": {},
          },
        },
        /** Tombstone committed; the kernel has still to stop forwarding, then the mobile node is told. */
        withdrawing: {
          on: {
            "registration.received": [
              { guard: { type: "isRetransmission", params: told } },
              {
                guard: { type: "isGranted", params: told },
                target: "moving",
                actions: [{ type: "accept", params: told }, "advertise", "program", "commit"],
              },
            ],
            "deregistration.received": [
              { guard: { type: "isRetransmission", params: told } },
              {
                guard: { type: "isNewer", params: told },
                target: "deregistering",
                actions: [{ type: "accept", params: told }, "commit"],
              },
            ],
            "forwarding.withdrawn": { target: "#homeRegistration.unregistered", actions: "acknowledge" },
            "lifetime.expired": {},
            "duplicate.found": {},
            "forwarding.refused": {},
            "ownership.gained": {},
          },
        },
      },
    },
    /**
     * Ended without the mobile node, or by it before and asked for again: nobody forwards, the tombstone has still to be
     * committed.
     */
    ending: {
      on: {
        "deregistration.received": {
          guard: { type: "repeatsDeregistration", params: told },
          actions: [{ type: "accept", params: told }, "commit"],
        },
        "registration.received": FIRST_REGISTRATION,
        "binding.committed": [
          {
            guard: { type: "answersDeregistration", params: told },
            target: "unregistered",
            actions: "acknowledge",
          },
          { guard: { type: "isNewest", params: told }, target: "unregistered" },
        ],
        "ownership.gained": { actions: [{ type: "adoptEpoch", params: told }, "commit"] },
      },
    },
    /** A standby node's: the lifetime is over and nothing is forwarded; the owner's tombstone has not come. */
    lapsed: {
      on: {
        "registration.received": FIRST_REGISTRATION,
        "lifetime.expired": { target: "ending", actions: [{ type: "end", params: told }, "commit"] },
      },
    },
  },
});
