import { describe, expect, it } from "vitest";
import { ALL_NODES, address, solicitedNode, UNSPECIFIED } from "#ipv6/address.ts";
import type { Icmpv6Message } from "#ipv6/icmpv6/message.ts";
import { isValidNeighborDiscovery } from "./validity.ts";

const target = address("2001:db8:1::100");
const router = address("fe80::1");
const linkLayer = { type: 1 as const, linkLayerAddress: new Uint8Array(6) };

const solicitation = (options: readonly (typeof linkLayer)[] = []): Icmpv6Message => ({ type: 135, target, options });
const advertisement = (solicited: boolean, to = target): Icmpv6Message => ({
  type: 136,
  flags: { router: false, solicited, override: true },
  target: to,
  options: [],
});
const routerAdvertisement: Icmpv6Message = {
  type: 134,
  currentHopLimit: 64,
  flags: { managed: false, other: false, homeAgent: false },
  routerLifetime: 0,
  reachableTime: 0,
  retransmitTimer: 0,
  options: [],
};

const from = (source: Uint8Array, destination: Uint8Array, hopLimit = 255) => ({ source, destination, hopLimit });

describe("Neighbor Discovery validity", () => {
  it("needs hop limit 255 and code 0 (RFC 4861 §6.1, §7.1)", () => {
    expect(isValidNeighborDiscovery(from(router, target), solicitation())).toBe(true);
    expect(isValidNeighborDiscovery(from(router, target, 254), solicitation())).toBe(false);
    expect(isValidNeighborDiscovery(from(router, target), { type: 135, code: 1, target, options: [] })).toBe(false);
  });

  it("needs a Router Advertisement to come from a link-local address (RFC 4861 §6.1.2)", () => {
    expect(isValidNeighborDiscovery(from(router, ALL_NODES), routerAdvertisement)).toBe(true);
    expect(isValidNeighborDiscovery(from(target, ALL_NODES), routerAdvertisement)).toBe(false);
  });

  it("needs a Router Solicitation from :: to be without link-layer address (RFC 4861 §6.1.1)", () => {
    const message = (options: readonly (typeof linkLayer)[]): Icmpv6Message => ({ type: 133, options });
    expect(isValidNeighborDiscovery(from(UNSPECIFIED, ALL_NODES), message([]))).toBe(true);
    expect(isValidNeighborDiscovery(from(UNSPECIFIED, ALL_NODES), message([linkLayer]))).toBe(false);
  });

  it("needs a Neighbor Solicitation from :: to go to the solicited-node address, without link-layer address (RFC 4861 §7.1.1)", () => {
    const group = solicitedNode(target);
    expect(isValidNeighborDiscovery(from(UNSPECIFIED, group), solicitation())).toBe(true);
    expect(isValidNeighborDiscovery(from(UNSPECIFIED, group), solicitation([linkLayer]))).toBe(false);
    expect(isValidNeighborDiscovery(from(UNSPECIFIED, ALL_NODES), solicitation())).toBe(false);
  });

  it("needs a target that is no multicast, and no solicited answer to a group (RFC 4861 §7.1.2)", () => {
    expect(isValidNeighborDiscovery(from(router, ALL_NODES), advertisement(false))).toBe(true);
    expect(isValidNeighborDiscovery(from(router, ALL_NODES), advertisement(true))).toBe(false);
    expect(isValidNeighborDiscovery(from(router, target), advertisement(true, ALL_NODES))).toBe(false);
  });

  it("says nothing about other messages", () => {
    const echo: Icmpv6Message = { type: 128, identifier: 1, sequence: 1, data: new Uint8Array(0) };
    expect(isValidNeighborDiscovery(from(target, router, 1), echo)).toBe(true);
  });
});
