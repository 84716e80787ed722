import { describe, expect, it } from "vitest";
import { survivalOf } from "./survival.ts";

const copy = (server: string, lag = 0, current = lag === 0) => ({ server, current, lag });
const ALL = ["ha1", "ha2", "ha3"];

describe("what an instance survives", () => {
  it("is the loss of any node beyond a majority of current copies", () => {
    expect(survivalOf({ stream: { replicas: [copy("ha2"), copy("ha3")] }, eligible: ALL })).toEqual({
      nodesLost: 1,
      text: "any 1 node",
    });
    const five = ["b", "c", "d", "e"].map((name) => copy(name));
    expect(survivalOf({ stream: { replicas: five }, eligible: ["a", "b", "c", "d", "e"] }).nodesLost).toBe(2);
  });

  it("is none while a copy that counts is behind or away, and says which", () => {
    const late = survivalOf({ stream: { replicas: [copy("ha2"), copy("ha3", 120)] }, eligible: ALL });
    expect(late).toEqual({ nodesLost: 0, text: "nothing: the copy on ha3 is 120 behind" });
    const gone = survivalOf({ stream: { replicas: [copy("ha2"), copy("ha3", 0, false)] }, eligible: ALL });
    expect(gone.text).toContain("ha3 is away");
  });

  it("is none with one copy, or two, or without an answer of the stream", () => {
    expect(survivalOf({ stream: { replicas: [] }, eligible: ALL }).nodesLost).toBe(0);
    expect(survivalOf({ stream: { replicas: [copy("ha2")] }, eligible: ALL }).nodesLost).toBe(0);
    expect(survivalOf({ stream: undefined, eligible: ALL }).nodesLost).toBe(0);
  });

  it("leaves at least one eligible node", () => {
    const stream = { replicas: [copy("ha2"), copy("ha3")] };
    expect(survivalOf({ stream, eligible: ["ha1", "ha2"] }).nodesLost).toBe(1);
    expect(survivalOf({ stream, eligible: ["ha1"] })).toEqual({
      nodesLost: 0,
      text: "nothing: nobody but ha1 could take it",
    });
    expect(survivalOf({ stream, eligible: [] }).nodesLost).toBe(0);
  });
});
