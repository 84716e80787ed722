import {
  type NeighborAdvertisement,
  type NeighborSolicitation,
  neighborAdvertisement,
  neighborSolicitation,
} from "#ipv6/nd/neighbor.ts";
import {
  type RouterAdvertisement,
  type RouterSolicitation,
  routerAdvertisement,
  routerSolicitation,
} from "#ipv6/nd/router.ts";
import type { Layout } from "#wire/layout.ts";
import type { Octet } from "#wire/octet.ts";
import { type EchoReply, type EchoRequest, echoReply, echoRequest } from "./echo.ts";
import {
  type DestinationUnreachable,
  destinationUnreachable,
  type PacketTooBig,
  type ParameterProblem,
  packetTooBig,
  parameterProblem,
  type TimeExceeded,
  timeExceeded,
} from "./error.ts";
import {
  type HomeAgentAddressDiscoveryReply,
  type HomeAgentAddressDiscoveryRequest,
  homeAgentAddressDiscoveryReply,
  homeAgentAddressDiscoveryRequest,
  type MobilePrefixAdvertisement,
  type MobilePrefixSolicitation,
  mobilePrefixAdvertisement,
  mobilePrefixSolicitation,
} from "./mobility.ts";

/** An ICMPv6 message without a description here: `data` is everything after the checksum. */
export interface UnknownIcmpv6 {
  readonly type: Exclude<Octet, KnownIcmpv6["type"]>;
  readonly code: number;
  readonly data: Uint8Array;
}

/** An ICMPv6 message with a description here. */
export type KnownIcmpv6 =
  | DestinationUnreachable
  | PacketTooBig
  | TimeExceeded
  | ParameterProblem
  | EchoRequest
  | EchoReply
  | RouterSolicitation
  | RouterAdvertisement
  | NeighborSolicitation
  | NeighborAdvertisement
  | HomeAgentAddressDiscoveryRequest
  | HomeAgentAddressDiscoveryReply
  | MobilePrefixSolicitation
  | MobilePrefixAdvertisement;

/** Any ICMPv6 message, discriminated by its `type` number; `code` is left out where it is 0 and means nothing. */
export type Icmpv6Message = KnownIcmpv6 | UnknownIcmpv6;

const layouts: readonly Layout<KnownIcmpv6>[] = [
  destinationUnreachable,
  packetTooBig,
  timeExceeded,
  parameterProblem,
  echoRequest,
  echoReply,
  routerSolicitation,
  routerAdvertisement,
  neighborSolicitation,
  neighborAdvertisement,
  homeAgentAddressDiscoveryRequest,
  homeAgentAddressDiscoveryReply,
  mobilePrefixSolicitation,
  mobilePrefixAdvertisement,
];

/** Descriptions by ICMPv6 type number. */
export const icmpv6Layouts: ReadonlyMap<number, Layout<KnownIcmpv6>> = new Map(
  layouts.map((each) => [each.constant, each]),
);
