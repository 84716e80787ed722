import { expect } from "vitest";
import { LAB } from "#lab/topology.ts";
import type { Handover } from "./steps.ts";

/** Limits of the demo for a move between foreign links, in milliseconds. */
export const HANDOVER_GAP = 1000;
/** Where the kernel lacks RFC 4429 it checks each new care-of address for a second, after a random delay. */
export const HANDOVER_GAP_WITH_CHECK = HANDOVER_GAP + 2500;

/** Every registration has a sequence number that follows the one before, modulo 2^16. */
export const expectSequenceToGrow = ({ first, second, back }: Handover): void => {
  const numbers = [first, second, back].map(({ mobile }) => mobile.sequence);
  const steps = numbers.slice(1).map((number, at) => (number - (numbers[at] ?? 0) + 65536) % 65536);
  for (const step of steps) {
    expect(step).toBeGreaterThan(0);
    expect(step).toBeLessThan(32768);
  }
};

/** Nothing of a former care-of address or link is left in any kernel. */
export const expectNothingStale = ({ first, second, back, mobile, homeAgents }: Handover): void => {
  expect(back.careOfAddress).toBe(first.careOfAddress);
  for (const { routes, devices } of homeAgents.values()) {
    expect([...routes, ...devices].filter((line) => line.includes(second.careOfAddress))).toEqual([]);
    expect(routes.filter((line) => line.startsWith(`${LAB.homeAddress} `))).toHaveLength(1);
  }
  expect(mobile.rules.filter((line) => line.includes("2001:db8:f2::"))).toEqual([]);
  expect(mobile.rules.filter((line) => line.startsWith("1002: from 2001:db8:f1::/64"))).toHaveLength(1);
};
