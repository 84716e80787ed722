import { assign, emit, setup } from "xstate";
import { type Address, addressEquals, type Prefix } from "#ipv6/address.ts";
import type { Instant } from "#wire/time.ts";
import type { Advertisement } from "./link.ts";
import {
  type DeviceAddress,
  type Location,
  locate,
  type Move,
  moveBetween,
  NOWHERE,
  type Surroundings,
  sameLocation,
} from "./location.ts";

/** What movement detection is told. */
export type MovementEvent = { readonly at: Instant } & (
  | { readonly type: "link.attached"; readonly device: string; readonly advertisement: Advertisement }
  | { readonly type: "link.detached"; readonly device: string }
  | { readonly type: "address.changed"; readonly address: DeviceAddress }
  | { readonly type: "address.removed"; readonly device: string; readonly address: Address }
);

/** `moved`: the location is another one, or is known again after `nowhere`. */
export type MovementOutput = {
  readonly type: "moved";
  readonly move: Move;
  readonly from: Location;
  readonly to: Location;
  readonly at: Instant;
};

interface MovementContext extends Surroundings {
  readonly location: Location;
  /** The last location that was somewhere. */
  readonly last: Location | undefined;
}

/** What a new machine is made from. */
export interface MovementInput {
  readonly homeAddress: Address;
  readonly homePrefix: Prefix;
  readonly devices: readonly string[];
  readonly optimistic: boolean;
}

/** Addresses that are remembered of all devices; more than any host has. */
const MAX_ADDRESSES = 1024;

const without = (addresses: readonly DeviceAddress[], device: string, address: Address): DeviceAddress[] =>
  addresses.filter((known) => known.device !== device || !addressEquals(known.address, address));

const surroundingsAfter = (context: MovementContext, event: MovementEvent): Partial<MovementContext> => {
  switch (event.type) {
    case "link.attached":
      return { links: { ...context.links, [event.device]: event.advertisement } };
    case "link.detached": {
      const { [event.device]: _left, ...links } = context.links;
      return { links };
    }
    case "address.changed": {
      const others = without(context.addresses, event.address.device, event.address.address);
      return { addresses: [...others, event.address].slice(-MAX_ADDRESSES) };
    }
    case "address.removed":
      return { addresses: without(context.addresses, event.device, event.address) };
  }
};

/** Movement detection over all devices (RFC 6275 §11.5.1 to §11.5.4): links and addresses in, movements out. */
export const movementMachine = setup({
  types: {
    // xstate reads its types from this value; there is no other way to give them.
    context: {} as MovementContext,
    events: {} as MovementEvent,
    emitted: {} as MovementOutput,
    input: {} as MovementInput,
  },
  guards: {
    isMove: ({ context, event }) => {
      const next = { ...context, ...surroundingsAfter(context, event) };
      return !sameLocation(context.location, locate(next, context.location));
    },
    isAt: ({ context }, params: { kind: Location["kind"] }) => context.location.kind === params.kind,
  },
  actions: {
    note: assign(({ context, event }) => surroundingsAfter(context, event)),
    tellMove: emit(({ context, event }) => {
      const to = locate(context, context.location);
      return { type: "moved" as const, move: moveBetween(context.last, to), from: context.location, to, at: event.at };
    }),
    move: assign(({ context }) => {
      const location = locate(context, context.location);
      return { location, last: location.kind === "nowhere" ? context.last : location };
    }),
  },
}).createMachine({
  id: "movement",
  initial: "nowhere",
  context: ({ input }) => ({ ...input, links: {}, addresses: [], location: NOWHERE, last: undefined }),
  on: {
    "*": [{ guard: "isMove", target: ".deciding", actions: ["note", "tellMove", "move"] }, { actions: "note" }],
  },
  states: {
    /** No link, or none with a care-of address yet. */
    nowhere: {},
    home: {},
    foreign: {},
    deciding: {
      always: [
        { guard: { type: "isAt", params: { kind: "home" } }, target: "home" },
        { guard: { type: "isAt", params: { kind: "foreign" } }, target: "foreign" },
        { target: "nowhere" },
      ],
    },
  },
});
