import { describe, expect, it } from "vitest";
import { homeAgentEvents, mobileNodeEvents, steppedEvents } from "./log-events.ts";

const line = (fields: object): string => `${JSON.stringify({ time: "2026-01-01T00:00:01.500Z", ...fields })}\n`;
const at = Date.parse("2026-01-01T00:00:01.500Z");

it("reads Binding Updates and acknowledgements from a mobile node's log, and de-registrations by their address", () => {
  const text =
    line({ msg: "binding update sent", careOfAddress: "2001:db8:f1::1", sequence: 7, lifetime: 60_000 }) +
    line({ msg: "binding acknowledgement received", status: 0, sequence: 7, lifetime: 60_000 }) +
    line({ msg: "binding update sent", careOfAddress: "2001:db8:1::100", sequence: 8, lifetime: 60_000 }) +
    '{"msg":"binding update sent","careOf';
  expect(mobileNodeEvents(text)).toMatchObject([
    { type: "update.sent", at, sequence: 7, careOfAddress: "2001:db8:f1::1", lifetime: 60_000 },
    { type: "acknowledgement.received", at, sequence: 7, status: 0, lifetime: 60_000 },
    { type: "update.sent", at, sequence: 8, lifetime: 0 },
  ]);
  expect(mobileNodeEvents(text)[2]).not.toHaveProperty("careOfAddress");
});

it("reads edges from the guard's lines and ownership with its epoch from those of the home agent", () => {
  const text =
    line({ name: "guard", instance: "a", term: 3, msg: "edge taken" }) +
    line({ name: "home-agent", instance: "a", event: "ownership.gained", epoch: 9, msg: "cluster" }) +
    line({ name: "home-agent", instance: "a", event: "stream.level", msg: "cluster" }) +
    line({ name: "guard", instance: "a", term: 3, msg: "edge withdrawn" });
  expect(homeAgentEvents("ha2", text)).toEqual([
    { type: "edge.taken", at, node: "ha2", instance: "a", term: 3 },
    { type: "ownership.taken", at, node: "ha2", instance: "a", epoch: 9 },
    { type: "edge.withdrawn", at, node: "ha2", instance: "a", term: 3 },
  ]);
});

describe("a log whose wall clock was stepped", () => {
  const T = Date.parse("2026-01-01T00:10:00.000Z");
  /** An edge taken at this true time, stamped by a clock that is off by so much. */
  const taken = (true_: number, by: number, term: number): string =>
    `${JSON.stringify({ time: new Date(true_ + by).toISOString(), name: "guard", instance: "a", term, msg: "edge taken" })}\n`;
  const bytes = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(lines.join(""));
  const lengthOf = (lines: readonly string[]): number => bytes(lines).length;
  const times = (lines: readonly string[], steps: readonly { from: number; by: number; logged: number }[]) =>
    steppedEvents(
      "ha1",
      bytes(lines),
      steps.map((step) => ({ node: "ha1", ...step })),
    ).map(({ at: when }) => when - T);

  it.each([30_000, -30_000, 3_600_000, -86_400_000])(
    "has its true times again after a step by %d ms and back",
    (by) => {
      const before = [taken(T - 20_000, 0, 1), taken(T - 1, 0, 2)];
      const during = [taken(T + 5, by, 3), taken(T + 2000, by, 4)];
      const after = [taken(T + 3001, 0, 5), taken(T + 60_000, 0, 6)];
      const steps = [
        { from: T, by, logged: lengthOf(before) },
        { from: T + 3000, by: 0, logged: lengthOf([...before, ...during]) },
      ];
      expect(times([...before, ...during, ...after], steps)).toEqual([-20_000, -1, 5, 2000, 3001, 60_000]);
    },
  );

  it("knows a line that was stamped before a step and written after it", () => {
    const late = [taken(T - 1, 0, 1)];
    expect(
      times(late, [
        { from: T, by: 30_000, logged: 0 },
        { from: T + 3000, by: 0, logged: lengthOf(late) },
      ]),
    ).toEqual([-1]);
  });
});
