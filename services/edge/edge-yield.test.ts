import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { createCrowd, NODES } from "./edge-crowd.test-support.ts";

/** Three nodes; the first holds the edge. */
const settled = async () => {
  const crowd = createCrowd();
  for (const node of NODES) crowd.start(node);
  await crowd.clock.advance(millis(3_000));
  expect(crowd.holders()).toEqual(["ha1"]);
  return crowd;
};

describe("an edge that its holder gives away", () => {
  it("goes to the named node, which has it before the holder withdraws", async () => {
    const crowd = await settled();
    crowd.tell("ha1", { yieldTo: "ha3" });
    await crowd.clock.advance(millis(200));
    expect(crowd.holders()).toEqual(["ha3"]);
    expect(crowd.unheldTime()).toBe(0);
    await crowd.clock.advance(millis(2_000));
    expect(crowd.takes().map(({ node }) => node)).toEqual(["ha1", "ha3"]);
  });

  it("is forwarded for a moment longer by the former holder, which says at once that it holds it no more", async () => {
    const crowd = await settled();
    crowd.tell("ha1", { yieldTo: "ha3" });
    const advertisedBefore = crowd.advertised().length;
    const spokenBefore = crowd.spoken().length;
    let both = 0;
    for (let at = 0; at < 200; at++) {
      await crowd.clock.advance(millis(1));
      if (crowd.holders().length === 2) both++;
    }
    expect(crowd.holders()).toEqual(["ha3"]);
    expect(both).toBeGreaterThanOrEqual(50);
    // The home link is led to ha3, and ha1 does not lead it back.
    const spoken = crowd.spoken().slice(spokenBefore);
    const lastOfFormer = spoken.lastIndexOf("ha1");
    expect(spoken.slice(lastOfFormer + 1).every((node) => node === "ha3")).toBe(true);
    expect(spoken.indexOf("ha3")).toBeGreaterThan(lastOfFormer);
    expect(crowd.advertised().length).toBeGreaterThan(advertisedBefore + 1);
  });

  it("goes to the next in line when the holder names nobody", async () => {
    const crowd = await settled();
    crowd.tell("ha3", { lastSequence: 9 });
    await crowd.clock.advance(millis(60));
    crowd.tell("ha1", { yieldTo: "*" });
    await crowd.clock.advance(millis(200));
    expect(crowd.holders()).toEqual(["ha3"]);
    expect(crowd.unheldTime()).toBe(0);
  });

  it("stays when the named node cannot take it: not eligible, not living, unknown, or the holder itself", async () => {
    const crowd = await settled();
    crowd.tell("ha2", { eligible: false });
    crowd.powerOff("ha3");
    for (const yieldTo of ["ha2", "ha3", "ha9", "ha1"]) {
      crowd.tell("ha1", { yieldTo });
      await crowd.clock.advance(millis(2_000));
      expect(crowd.holders()).toEqual(["ha1"]);
    }
  });

  it("goes at once when the named node becomes eligible", async () => {
    const crowd = await settled();
    crowd.tell("ha2", { eligible: false });
    crowd.tell("ha1", { yieldTo: "ha2" });
    await crowd.clock.advance(millis(1_000));
    crowd.tell("ha2", { eligible: true });
    await crowd.clock.advance(millis(200));
    expect(crowd.holders()).toEqual(["ha2"]);
  });

  it("is not given away again by the word that its former holder still says", async () => {
    const crowd = await settled();
    crowd.tell("ha1", { yieldTo: "*" });
    await crowd.clock.advance(millis(5_000));
    expect(crowd.takes()).toHaveLength(2);
  });
});

describe("a kernel that does not answer", () => {
  it("does not keep the next in line from taking the edge", async () => {
    const crowd = await settled();
    crowd.hang("ha2");
    crowd.powerOff("ha1");
    await crowd.clock.advance(millis(1_500));
    expect(crowd.holders()).toEqual(["ha3"]);
  });
});
