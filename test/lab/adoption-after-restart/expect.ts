import { expect } from "vitest";
import { LAB } from "#lab/topology.ts";
import type { KernelView } from "#test/lab/stage/kernel-view.ts";

/** Neither expiry times nor counters: what stays the same as long as nobody changes it. */
const lasting = (view: KernelView): KernelView => ({
  ...view,
  addresses: view.addresses.map((line) => line.replace(/valid_lft \S+ preferred_lft \S+/, "")),
});

/** What the kernel holds is what it held while no process was there. */
export const expectSameState = (dead: KernelView, adopted: KernelView): void => {
  expect(dead.routes.some((line) => line.startsWith(`${LAB.homeAddress} `))).toBe(true);
  expect(lasting(adopted)).toEqual(lasting(dead));
};

/** The device by which a starting process sees what the kernel can do: made and deleted before anything else. */
const TRIAL = /\broam6p\d+@/;

/** Notices of the kernel about what is ours. */
const ours = (changes: readonly string[]): string[] =>
  changes
    .filter((line) => /proto 66|roam6|ip6tnl|2001:db8:1::100/.test(line) && !TRIAL.test(line))
    .map((line) => line.replaceAll(/\s+/g, " ").trim());

/** A notice of something that was so before: its text up to what only one of the two displays has. */
const isRepeated = (notice: string, { routes, rules, addresses, devices }: KernelView): boolean => {
  const [start = notice] = notice.split(" group ");
  return [...routes, ...rules, ...addresses, ...devices].some((line) => line.startsWith(start));
};

/** Nothing went away, nothing about the home address was touched, and what was set is what was there. */
export const expectNothingTouched = (changes: readonly string[], dead: KernelView): void => {
  expect(ours(changes).filter((line) => /^Deleted/.test(line) || line.includes(LAB.homeAddress))).toEqual([]);
  expect(ours(changes).filter((line) => !isRepeated(line, dead))).toEqual([]);
};

/** The only state for the home address is the tunnel to its newest care-of address. */
export const expectRepaired = (view: KernelView, former: string): void => {
  expect(view.routes.filter((line) => line.startsWith(`${LAB.homeAddress} `))).toHaveLength(1);
  expect([...view.routes, ...view.devices].filter((line) => line.includes(former))).toEqual([]);
};
