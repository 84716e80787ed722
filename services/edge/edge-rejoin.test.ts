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

describe("an edge that was taken by a node which was cut off", () => {
  it("goes back to the holder that has committed since, while the taker cannot commit", async () => {
    const crowd = await settled();
    crowd.isolate("ha3");
    crowd.tell("ha3", { canCommit: false });
    crowd.tell("ha1", { lastSequence: 9 });
    await crowd.clock.advance(millis(1_000));
    expect(crowd.holders()).toEqual(["ha1", "ha3"]);
    crowd.heal();
    await crowd.clock.advance(millis(500));
    expect(crowd.holders()).toEqual(["ha1"]);
    expect(crowd.takes().map(({ node }) => node)).toEqual(["ha1", "ha3", "ha1"]);
  });

  it("goes back to the holder that became owner since, whatever the taker could commit", async () => {
    const crowd = await settled();
    crowd.isolate("ha3");
    crowd.tell("ha1", { epoch: 2 });
    await crowd.clock.advance(millis(1_000));
    crowd.heal();
    await crowd.clock.advance(millis(500));
    expect(crowd.holders()).toEqual(["ha1"]);
  });

  it("stays with the greater term when the taker knows as much", async () => {
    const crowd = await settled();
    crowd.isolate("ha3");
    crowd.tell("ha3", { canCommit: false });
    await crowd.clock.advance(millis(1_000));
    crowd.heal();
    await crowd.clock.advance(millis(500));
    expect(crowd.holders()).toEqual(["ha3"]);
  });
});

describe("a guard that was paused while its main process was not", () => {
  /** The first holds the edge, and is paused until the second has taken it, which can commit nothing. */
  const paused = async () => {
    const crowd = await settled();
    crowd.tell("ha2", { canCommit: false });
    crowd.tell("ha3", { eligible: false, canCommit: false });
    crowd.pause("ha1");
    await crowd.clock.advance(millis(1_000));
    expect(crowd.holders()).toEqual(["ha1", "ha2"]);
    return crowd;
  };

  it("hears what was committed meanwhile before it gives way, and takes the edge back from who lacks it", async () => {
    const crowd = await paused();
    crowd.tell("ha1", { lastSequence: 9 });
    await crowd.clock.advance(millis(1_000));
    crowd.resume("ha1");
    await crowd.clock.advance(millis(500));
    expect(crowd.holders()).toEqual(["ha1"]);
    expect(crowd.takes().map(({ node }) => node)).toEqual(["ha1", "ha2", "ha1"]);
  });

  it("gives way a detection time later to who lacks nothing, and its link goes down without delay", async () => {
    const crowd = await paused();
    crowd.resume("ha1");
    await crowd.clock.advance(millis(190));
    expect(crowd.holders()).toEqual(["ha1", "ha2"]);
    await crowd.clock.advance(millis(20));
    expect(crowd.holders()).toEqual(["ha2"]);
  });

  it("hears it also when it is paused once more before it has", async () => {
    const crowd = await paused();
    crowd.resume("ha1");
    await crowd.clock.advance(millis(100));
    crowd.pause("ha1");
    await crowd.clock.advance(millis(400));
    crowd.tell("ha1", { lastSequence: 9 });
    crowd.resume("ha1");
    await crowd.clock.advance(millis(300));
    expect(crowd.holders()).toEqual(["ha1"]);
  });
});

describe("what a main process said before it hung", () => {
  it("does not take the edge from a holder that cannot commit", async () => {
    const crowd = await settled();
    crowd.tell("ha3", { canCommit: false });
    crowd.edge("ha2").setMainAlive(false);
    crowd.tell("ha1", { canCommit: false });
    await crowd.clock.advance(millis(5_000));
    crowd.edge("ha2").setMainAlive(true);
    await crowd.clock.advance(millis(500));
    crowd.tell("ha2", { canCommit: false });
    await crowd.clock.advance(millis(5_000));
    expect(crowd.holders()).toEqual(["ha1"]);
  });
});

describe("a guard that finds an edge of a guard before it", () => {
  it("leads nobody to it before it has heard the peers", async () => {
    const crowd = await settled();
    const spoken = () => crowd.spoken().filter((node) => node === "ha1").length;
    crowd.killGuard("ha1");
    await crowd.clock.advance(millis(100));
    const before = spoken();
    crowd.start("ha1", 1);
    await crowd.clock.advance(millis(100));
    expect(crowd.holders()).toEqual(["ha1"]);
    expect(spoken()).toBe(before);
    await crowd.clock.advance(millis(1_000));
    expect(spoken()).toBeGreaterThan(before);
  });
});
