import type { Address, Prefix } from "#ipv6/address.ts";
import { flatMapInSlices } from "#linux/slices.ts";
import { NLM_F } from "#netlink/message.ts";
import {
  decodeSeg6,
  ENCAPSULATION,
  encodeSeg6,
  ip6Encapsulation,
  SEG6_LOCAL_ACTION,
  seg6LocalEncapsulation,
} from "#netlink/route/encapsulation.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { RT_TABLE, RTM_ROUTE, RTN, RTPROT, route } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { ERRNO } from "./errno.ts";
import { ROUTE_PROTOCOL, TUNNEL_GATEWAY } from "./mark.ts";
import type { KernelSession, Request } from "./session.ts";

/** What a route does with a packet. */
export type RouteAction =
  | { readonly kind: "device" }
  | { readonly kind: "gateway"; readonly gateway: Address }
  /** seg6 with one segment: plain IPv6-in-IPv6 on the wire. */
  | { readonly kind: "encapsulate"; readonly segment: Address }
  /** Into an `external` tunnel device, with the outer header's addresses. */
  | { readonly kind: "tunnel"; readonly source: Address; readonly destination: Address }
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

/** Hop limit of outer headers (RFC 2473 §6.3). */
const OUTER_HOP_LIMIT = 64;

const actionAttributes = (action: RouteAction) => {
  switch (action.kind) {
    case "device":
      return {};
    case "gateway":
      return { gateway: action.gateway };
    case "encapsulate":
      return { encapsulationType: ENCAPSULATION.SEG6, encapsulation: encodeSeg6(action.segment) };
    case "tunnel":
      return {
        // All routes share this one neighbour, which nobody is: without, each destination would be a neighbour of its own.
        gateway: TUNNEL_GATEWAY,
        encapsulationType: ENCAPSULATION.IP6,
        encapsulation: ip6Encapsulation.encode({
          id: 0n,
          destination: action.destination,
          source: action.source,
          hopLimit: OUTER_HOP_LIMIT,
          trafficClass: 0,
        }),
      };
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

/** Undoes `setLocalRoute`; what the kernel made for an address goes by the same, one of both at a time. */
export const deleteLocalRoute = (device: number, destination: Address): Request => ({
  what: "delete a local route",
  message: route.encode({
    type: RTM_ROUTE.DELETE,
    header: { family: AF_INET6, destinationLength: 128, table: RT_TABLE.LOCAL, type: RTN.LOCAL },
    attributes: { destination, outputDevice: device },
  }),
  allow: [ERRNO.ESRCH],
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

/** Asks which route a packet to an address takes. */
export const lookUpRoute = (destination: Address): Uint8Array =>
  route.encode({
    type: RTM_ROUTE.GET,
    header: { family: AF_INET6, destinationLength: 128 },
    attributes: { destination },
  });

/** Whether a route delivers to this host's programs. */
export const isLocalRoute = (message: Uint8Array): boolean => route.decode(message)?.header.type === RTN.LOCAL;

/** The outer header that a route puts before packets. */
export interface OuterHeader {
  readonly destination: Address;
  /** Undefined where the route does not say. */
  readonly source: Address | undefined;
}

/** A route read back. */
export interface FoundRoute {
  readonly table: number;
  readonly protocol: number;
  readonly destination: Prefix;
  readonly priority: number;
  readonly device: number;
  readonly gateway: Address | undefined;
  /** Of an encapsulating route, undefined for another kind. */
  readonly outer: OuterHeader | undefined;
}

const readOuter = (type: number | undefined, encapsulation: Uint8Array | undefined): OuterHeader | undefined => {
  if (encapsulation === undefined) return undefined;
  if (type === ENCAPSULATION.SEG6) {
    const destination = decodeSeg6(encapsulation);
    return destination === undefined ? undefined : { destination, source: undefined };
  }
  const found = type === ENCAPSULATION.IP6 ? ip6Encapsulation.decode(encapsulation) : undefined;
  return found?.destination === undefined ? undefined : { destination: found.destination, source: found.source };
};

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
    outer: readOuter(attributes.encapsulationType, attributes.encapsulation),
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
    await flatMapInSlices(dump.value, (message) => {
      const found = decodeRoute(message);
      return found?.protocol === ROUTE_PROTOCOL ? [found] : [];
    }),
  );
};
