import type { Address, Prefix } from "#ipv6/address.ts";
import { NLM_F } from "#netlink/message.ts";
import {
  decodeSeg6,
  ENCAPSULATION,
  encodeSeg6,
  SEG6_LOCAL_ACTION,
  seg6LocalEncapsulation,
} from "#netlink/route/encapsulation.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { RT_TABLE, RTM_ROUTE, RTN, RTPROT, route } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { ERRNO } from "./errno.ts";
import { ROUTE_PROTOCOL } from "./mark.ts";
import type { KernelSession, Request } from "./session.ts";

/** What a route does with a packet. */
export type RouteAction =
  | { readonly kind: "device" }
  | { readonly kind: "gateway"; readonly gateway: Address }
  /** seg6 with one segment: plain IPv6-in-IPv6 on the wire. */
  | { readonly kind: "encapsulate"; readonly segment: Address }
  /** End.DT6: strip the outer header, look the inner destination up in a table. */
  | { readonly kind: "decapsulate"; readonly table: number };

/** One of our routes. */
export interface RouteSpec {
  readonly table: number;
  readonly destination: Prefix;
  /** Index of the output device. */
  readonly device: number;
  readonly priority: number;
  readonly action: RouteAction;
  readonly mtu?: number;
  readonly advertisedMss?: number;
}

const actionAttributes = (action: RouteAction) => {
  switch (action.kind) {
    case "device":
      return {};
    case "gateway":
      return { gateway: action.gateway };
    case "encapsulate":
      return { encapsulationType: ENCAPSULATION.SEG6, encapsulation: encodeSeg6(action.segment) };
    case "decapsulate":
      return {
        encapsulationType: ENCAPSULATION.SEG6_LOCAL,
        encapsulation: seg6LocalEncapsulation.encode({ action: SEG6_LOCAL_ACTION.END_DT6, table: action.table }),
      };
  }
};

const newRoute = (spec: RouteSpec, flags: number): Request => ({
  what: "set a route",
  message: route.encode({
    type: RTM_ROUTE.NEW,
    flags: NLM_F.CREATE | flags,
    header: {
      family: AF_INET6,
      destinationLength: spec.destination.length,
      table: spec.table < 256 ? spec.table : RT_TABLE.UNSPEC,
      protocol: ROUTE_PROTOCOL,
      type: RTN.UNICAST,
    },
    attributes: {
      destination: spec.destination.address,
      outputDevice: spec.device,
      priority: spec.priority,
      table: spec.table,
      metrics:
        spec.mtu === undefined && spec.advertisedMss === undefined
          ? undefined
          : { mtu: spec.mtu, advertisedMss: spec.advertisedMss },
      ...actionAttributes(spec.action),
    },
  }),
});

/** Adds a route or replaces the one of the same destination, table and priority. */
export const setRoute = (spec: RouteSpec): Request => newRoute(spec, NLM_F.REPLACE);

/** Adds a route; `exists` when there is one of the same destination, table and priority. */
export const addRoute = (spec: RouteSpec): Request => newRoute(spec, NLM_F.EXCL);

/** Behind the kernel's own, which has 0. */
const LOCAL_METRIC = 1;

/** Delivers what comes for an address to this node; goes when the device goes down. */
export const setLocalRoute = (device: number, destination: Address): Request => ({
  what: "set a local route",
  message: route.encode({
    type: RTM_ROUTE.NEW,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    header: {
      family: AF_INET6,
      destinationLength: 128,
      table: RT_TABLE.LOCAL,
      protocol: RTPROT.KERNEL,
      type: RTN.LOCAL,
    },
    attributes: { destination, outputDevice: device, priority: LOCAL_METRIC },
  }),
});

/** Deletes our route of that destination, table and priority; none there is success. */
export const deleteRoute = (spec: {
  readonly table: number;
  readonly destination: Prefix;
  readonly priority: number;
}): Request => ({
  what: "delete a route",
  message: route.encode({
    type: RTM_ROUTE.DELETE,
    header: {
      family: AF_INET6,
      destinationLength: spec.destination.length,
      table: spec.table < 256 ? spec.table : RT_TABLE.UNSPEC,
      protocol: ROUTE_PROTOCOL,
    },
    attributes: { destination: spec.destination.address, priority: spec.priority, table: spec.table },
  }),
  allow: [ERRNO.ESRCH, ERRNO.ENOENT],
});

/** A route read back. */
export interface FoundRoute {
  readonly table: number;
  readonly protocol: number;
  readonly destination: Prefix;
  readonly priority: number;
  readonly device: number;
  readonly gateway: Address | undefined;
  /** Segment of an encapsulating route, undefined for another kind. */
  readonly segment: Address | undefined;
}

/** Reads one RTM_NEWROUTE (or DELROUTE) message. */
export const decodeRoute = (message: Uint8Array): FoundRoute | undefined => {
  const decoded = route.decode(message);
  if (decoded === undefined || decoded.header.family !== AF_INET6) return undefined;
  const { header, attributes } = decoded;
  return {
    table: attributes.table ?? header.table,
    protocol: header.protocol,
    destination: { address: attributes.destination ?? new Uint8Array(16), length: header.destinationLength },
    priority: attributes.priority ?? 0,
    device: attributes.outputDevice ?? 0,
    gateway: attributes.gateway,
    segment:
      attributes.encapsulationType === ENCAPSULATION.SEG6 && attributes.encapsulation !== undefined
        ? decodeSeg6(attributes.encapsulation)
        : undefined,
  };
};

/** All routes with our protocol number. */
export const listOurRoutes = async (session: KernelSession): Promise<Result<readonly FoundRoute[], KernelError>> => {
  const dump = await session.dump(
    "list routes",
    route.encode({
      type: RTM_ROUTE.GET,
      flags: NLM_F.DUMP,
      header: { family: AF_INET6, protocol: ROUTE_PROTOCOL },
    }),
  );
  if (!dump.ok) return dump;
  return ok(
    dump.value.flatMap((message) => {
      const found = decodeRoute(message);
      return found?.protocol === ROUTE_PROTOCOL ? [found] : [];
    }),
  );
};
