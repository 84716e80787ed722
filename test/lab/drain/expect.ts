import { expect } from "vitest";
import { LAB } from "#lab/topology.ts";
import type { Holders } from "./steps.ts";

/** Every instance is at the first node of its order but `absent`. */
export const expectPlaced = (holders: Holders, absent?: string): void => {
  const wanted = LAB.instances.map(({ name, prefer }) => [name, prefer.find((node) => node !== absent)]);
  expect(Object.fromEntries(holders)).toEqual(Object.fromEntries(wanted));
};
