import { describe, expect, it } from "vitest";
import type { BindingReport } from "#control/reports.ts";
import { LAB } from "#lab/topology.ts";
import { type Acknowledged, type Answer, differences } from "./bindings.ts";

const CARE_OF = "2001:db8:f1::7";

const binding = (more: Partial<BindingReport> = {}): BindingReport => ({
  homeAddress: LAB.homeAddress,
  careOfAddress: CARE_OF,
  instance: LAB.instance,
  state: "registered",
  sequence: 40,
  lifetimeSeconds: 60,
  remainingSeconds: 58,
  ...more,
});
const answer = (node: string, ...bindings: readonly BindingReport[]): Answer => ({ node, bindings });
const acknowledged: Acknowledged = { kind: "binding", careOfAddress: CARE_OF, sequence: 40 };

describe("an acknowledged binding", () => {
  it("is there where every home agent has care-of address and sequence number", () => {
    expect(differences([answer("ha1", binding()), answer("ha2", binding())], acknowledged, 40)).toEqual([]);
  });

  it("is missed where one home agent has none, only its tombstone, or that of another mobile node", () => {
    const others = binding({ homeAddress: "2001:db8:1::101" });
    const answers = [answer("ha1"), answer("ha2", binding({ lifetimeSeconds: 0 })), answer("ha3", others)];
    expect(differences(answers, acknowledged, 40)).toEqual(
      ["ha1", "ha2", "ha3"].map((node) => `${node} has no binding where ${CARE_OF} was acknowledged`),
    );
  });

  it("is missed where a home agent does not answer, and where none is left to ask", () => {
    expect(differences([{ node: "ha1", bindings: undefined }], acknowledged, 40)).toEqual(["ha1 does not answer"]);
    expect(differences([], acknowledged, 40)).toHaveLength(1);
  });

  it("is not one with another care-of address", () => {
    expect(differences([answer("ha1", binding({ careOfAddress: "2001:db8:f2::7" }))], acknowledged, 40)).toEqual([
      `ha1 has 2001:db8:f2::7 where ${CARE_OF} was acknowledged`,
    ]);
  });

  it("is not an older one of the same care-of address: the sequence number never goes back, modulo 2^16", () => {
    expect(differences([answer("ha1", binding({ sequence: 39 }))], acknowledged, 40)).toEqual([
      "ha1 has sequence number 39 where 40 was acknowledged",
    ]);
    const wrapped: Acknowledged = { kind: "binding", careOfAddress: CARE_OF, sequence: 1 };
    expect(differences([answer("ha1", binding({ sequence: 65_535 }))], wrapped, 1)).toEqual([
      "ha1 has sequence number 65535 where 1 was acknowledged",
    ]);
  });

  it("may have been refreshed with a sequence number that the mobile node has sent, and with no other", () => {
    expect(differences([answer("ha1", binding({ sequence: 41 }))], acknowledged, 42)).toEqual([]);
    expect(differences([answer("ha1", binding({ sequence: 41 }))], acknowledged, 40)).toEqual([
      "ha1 has sequence number 41, and the mobile node has sent none after 40",
    ]);
  });
});

it("after an acknowledged de-registration no home agent has a binding", () => {
  const ended = answer("ha2", binding({ lifetimeSeconds: 0 }));
  expect(differences([answer("ha1"), ended], { kind: "none" }, 41)).toEqual([]);
  expect(differences([answer("ha1", binding())], { kind: "none" }, 41)).toEqual([
    `ha1 has ${CARE_OF} where no binding was acknowledged`,
  ]);
  expect(differences([{ node: "ha1", bindings: undefined }], { kind: "none" }, 41)).toEqual(["ha1 does not answer"]);
});
