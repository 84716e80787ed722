import { expect } from "vitest";
import { LAB } from "#lab/topology.ts";
import type { NeighborLine } from "#test/lab/stage/packets.ts";
import type { Return } from "./steps.ts";

/** The mobile node's own link-layer address. */
const MOBILE_NODE_MAC = "02:06:00:00:10:00";

/** Limit of the demo for returning home, in milliseconds. */
export const RETURN_GAP = 1000;
/** Where the kernel lacks RFC 4429, see the scenario handover. */
export const RETURN_GAP_WITH_CHECK = RETURN_GAP + 2500;

/** When the de-registration passed the mobile node's device; CLOCK_REALTIME, milliseconds. */
export const updatedAt = ({ update }: Return): number => Date.parse(update.time);

/** Solicitations for the home address of a node that has no address. */
export const unspecifiedSolicitations = ({ neighborhood }: Return): readonly NeighborLine[] =>
  neighborhood.filter(({ kind, source }) => kind === "solicitation" && source === "::");

/** As it was before the first binding: no rule of S-4-06, an empty table 252, the home address on the home device. */
export const expectPlainHost = ({ mobileKernel }: Return): void => {
  expect(mobileKernel.rules.filter((line) => /^100[12]:/.test(line))).toEqual([]);
  expect(mobileKernel.rules).toContain("32766: from all lookup main");
  expect(mobileKernel.tunnelTable).toEqual([]);
  const homes = mobileKernel.addresses.filter((line) => line.includes(` ${LAB.homeAddress}/`));
  expect(homes).toHaveLength(1);
  expect(homes[0]).toMatch(/^\d+: eth0 inet6 /);
};

/** No home agent speaks or forwards for the home address any more. */
export const expectNothingLeft = ({ kernels }: Return): void => {
  for (const view of kernels.values()) {
    expect(view.routes.filter((line) => line.startsWith(`${LAB.homeAddress} `))).toEqual([]);
    expect(view.proxies).toEqual([]);
    // The tunnel of each instance that refuses what no other takes has no far end, and stays.
    expect(view.devices.filter((line) => /\bremote 2001:db8:f/.test(line))).toEqual([]);
  }
};

/** The mobile node takes its address back with override set, after the acknowledgement. */
export const expectTakenBack = ({ neighborhood, acknowledgement, neighborCache, routerCache }: Return): void => {
  const own = neighborhood.filter(({ linkLayerAddress }) => linkLayerAddress === MOBILE_NODE_MAC);
  const announcements = own.filter(({ destination }) => destination === "ff02::1");
  expect(announcements.length).toBeGreaterThan(0);
  for (const { at, flags, target } of announcements) {
    expect(at).toBeGreaterThanOrEqual(Date.parse(acknowledgement.time));
    expect(flags).toContain("override");
    expect(flags).not.toContain("solicited");
    expect(target).toBe(LAB.homeAddress);
  }
  for (const cache of [neighborCache, routerCache]) expect(cache[0]).toContain(`lladdr ${MOBILE_NODE_MAC}`);
};
