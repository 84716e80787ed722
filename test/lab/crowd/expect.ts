import { expect } from "vitest";
import type { FarEndReport } from "#crowd/far-end-record.ts";
import type { SimReport } from "#crowd/report.ts";
import { MOBILE_NODES, SAMPLE } from "./steps.ts";

/** Nothing stayed unanswered or was refused for good, whatever had to be sent again. */
export const expectAnswered = ({ verdict, exchanges, latency }: SimReport): void => {
  expect(verdict.criteria.filter(({ passed }) => !passed)).toEqual([]);
  expect(exchanges.registrations).toBe(MOBILE_NODES);
  expect(latency.moves.count).toBeGreaterThanOrEqual(MOBILE_NODES);
  expect(latency.deregistrations.count).toBe(MOBILE_NODES);
};

/** Every probe came out of the right tunnel whole, also while its mobile node moved, and was answered. */
export const expectReachable = (report: SimReport, farEnd: FarEndReport): void => {
  expect(report.flows).toHaveLength(SAMPLE);
  for (const { received, lost, damaged, answered } of report.flows) {
    expect(received).toBeGreaterThan(100);
    expect({ lost, damaged, answered }).toEqual({ lost: 0, damaged: 0, answered: received });
  }
  expect(farEnd).toMatchObject({ damaged: 0, refused: 0 });
  expect(farEnd.flows.map(({ lost, lostAnswers }) => ({ lost, lostAnswers }))).toEqual(
    Array.from({ length: SAMPLE }, () => ({ lost: 0, lostAnswers: 0 })),
  );
};
