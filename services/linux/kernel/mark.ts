import { address } from "#ipv6/address.ts";
import type { PairSpec } from "./device-pair.ts";

/** `rtm_protocol` of every route and rule that is ours: how they are known again after a restart. */
export const ROUTE_PROTOCOL = 66;
/** IFLA_GROUP of every device that is ours. */
export const DEVICE_GROUP = 6275;
/** Packet mark of reverse-tunnelled packets whose outer source was found right: they are to be decapsulated. */
export const DECAPSULATE_MARK = 0x6275;

/** Routing tables. Numbers above 255 do not meet those that people use. */
export const TABLE = {
  /** Home address of each binding, encapsulated to its care-of address. */
  BINDINGS: 6275,
  /** Default route into the encapsulating device pair. */
  ENCAPSULATE: 6276,
  /** Where packets marked with `DECAPSULATE_MARK` lose their outer header. */
  DECAPSULATE: 6277,
  /** Of a mobile node: what leaves from the home address (features.md S-4-07). */
  REVERSE_TUNNEL: 252,
} as const;

/** Priorities of routing rules. */
export const PRIORITY = {
  /** What comes to the virtual MAC of an instance whose edge is on another node is dropped: before decapsulation, at the latest. */
  RESTING: 5,
  DECAPSULATE: 10,
  /** The kernel's own rule for local addresses, which must come after decapsulation, moves here from 0. */
  LOCAL: 20,
  ENCAPSULATED_INPUT: 600,
  ENCAPSULATED_OUTPUT: 601,
  PASS_INPUT: 602,
  PASS_OUTPUT: 603,
  /** Plus the instance's number, 1 to 255. */
  HOME_PREFIX: 700,
  PASSED: 960,
} as const;

/**
 * The pair of devices that packets for bindings pass before they are encapsulated, so that what is too big for the
 * tunnel is answered with Packet Too Big: seg6 alone would lose it silently.
 */
export const ENCAPSULATION_PAIR: PairSpec = {
  entry: "roam6e0",
  exit: "roam6e1",
  entryMac: new Uint8Array([0x02, 0, 0x5e, 0x60, 0x06, 0]),
  exitMac: new Uint8Array([0x02, 0, 0x5e, 0x60, 0x06, 1]),
  exitAddress: address("fe80::6275:1"),
  alias: "roam6 encapsulation",
};

/** The same of a mobile node; its entry holds the home address while away. */
export const HOLDER_PAIR: PairSpec = {
  entry: "roam6m0",
  exit: "roam6m1",
  entryMac: new Uint8Array([0x02, 0, 0x5e, 0x60, 0x06, 2]),
  exitMac: new Uint8Array([0x02, 0, 0x5e, 0x60, 0x06, 3]),
  exitAddress: address("fe80::6275:2"),
  alias: "roam6 home address",
};

/** The `external` ip6tnl device of all instances, where the kernel has ip6_tunnel; the pair and its marks are not needed then. */
export const ENCAPSULATION_TUNNEL = { name: "roam6t0", alias: "roam6 encapsulation" } as const;

/** The same of a mobile node, which holds the home address while away. */
export const HOLDER_TUNNEL = { name: "roam6m0", alias: "roam6 home address" } as const;

/** Gateway of routes into such a device. Nobody has it, and nobody need: the device asks for no neighbours. */
export const TUNNEL_GATEWAY = address("fe80::1");

/**
 * Outer source of packets just encapsulated, in the discard-only prefix (RFC 6666): the kernel has one for all
 * instances, so each packet gets its instance's address on its way out; one that does not is dropped. What the kernel itself
 * says about such a packet before, Packet Too Big above all, comes back to this address over the loopback device.
 */
export const PLACEHOLDER_SOURCE = address("100::6275");

/** Name of the macvlan device that holds an instance's virtual link-layer address. */
export const instanceDevice = (name: string): string => `roam6-${name}`;
