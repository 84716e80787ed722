import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { createCrowd, INSTANCE, NODES } from "./edge-crowd.test-support.ts";

const DETECTION = 200;
const INTERVAL = 50;

describe("edges of three nodes", () => {
  it("give an instance that nobody held to the first eligible node of its order of preference", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    expect(crowd.holders()).toEqual(["ha1"]);
  });

  it("take nothing before they have heard every peer, or listened for two seconds", async () => {
    const crowd = createCrowd();
    crowd.start("ha1");
    await crowd.clock.advance(millis(1_900));
    expect(crowd.holders()).toEqual([]);
    await crowd.clock.advance(millis(100 + INTERVAL));
    expect(crowd.holders()).toEqual(["ha1"]);
    const whole = createCrowd();
    for (const node of NODES) whole.start(node);
    await whole.clock.advance(millis(DETECTION - INTERVAL));
    expect(whole.holders()).toEqual([]);
    await whole.clock.advance(millis(3 * INTERVAL));
    expect(whole.holders()).toEqual(["ha1"]);
  });

  it("leave an edge alone whose holder's hellos come late when they start", async () => {
    let late = false;
    const crowd = createCrowd({ way: (_, to) => (late && to === "ha1" ? undefined : millis(1)) });
    crowd.start("ha2");
    crowd.start("ha3");
    await crowd.clock.advance(millis(5_000));
    expect(crowd.holders()).toEqual(["ha2"]);
    late = true;
    crowd.start("ha1");
    await crowd.clock.advance(millis(1_500));
    late = false;
    await crowd.clock.advance(millis(3_000));
    expect(crowd.takes().map(({ node }) => node)).toEqual(["ha2"]);
  });

  it("let a later one of the order of preference take it when those before it do not come", async () => {
    const crowd = createCrowd();
    crowd.start("ha3");
    await crowd.clock.advance(millis(1_500));
    expect(crowd.holders()).toEqual([]);
    await crowd.clock.advance(millis(3_000));
    expect(crowd.holders()).toEqual(["ha3"]);
  });

  it("take the edge of a dead holder within the detection time and one interval, once, with a greater term", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    const term = crowd.term("ha1");
    crowd.powerOff("ha1");
    await crowd.clock.advance(millis(DETECTION + INTERVAL));
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.term("ha2")).toBeGreaterThan(term);
    await crowd.clock.advance(millis(2_000));
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.takes().map(({ node }) => node)).toEqual(["ha1", "ha2"]);
  });

  it("prefer as next in line the node that has followed furthest", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    crowd.tell("ha2", { lastSequence: 10 });
    crowd.tell("ha3", { lastSequence: 11 });
    await crowd.clock.advance(millis(3_000));
    crowd.powerOff("ha1");
    await crowd.clock.advance(millis(1_000));
    expect(crowd.holders()).toEqual(["ha3"]);
  });

  it("take no edge for which they are not eligible", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    crowd.tell("ha2", { eligible: false });
    await crowd.clock.advance(millis(3_000));
    crowd.powerOff("ha1");
    await crowd.clock.advance(millis(1_000));
    expect(crowd.holders()).toEqual(["ha3"]);
  });

  it("take the edge at once when the holder's main process is gone, before the holder withdraws", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    crowd.edge("ha1").setMainAlive(false);
    await crowd.clock.advance(millis(10));
    expect(crowd.takes().at(-1)?.node).toBe("ha2");
    await crowd.clock.advance(millis(60));
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.unheldTime()).toBe(0);
  });

  it("keep the edge with a dead main process when nobody else is eligible", async () => {
    const crowd = createCrowd();
    crowd.start("ha1");
    await crowd.clock.advance(millis(3_000));
    crowd.edge("ha1").setMainAlive(false);
    await crowd.clock.advance(millis(5_000));
    expect(crowd.holders()).toEqual(["ha1"]);
  });

  it("hand over without a moment in which nobody holds the edge", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    const handed = crowd.edge("ha1").handOver(millis(1_000));
    await crowd.clock.advance(millis(200));
    await handed;
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.unheldTime()).toBe(0);
  });

  it("withdraw in a hand-over that no peer can take", async () => {
    const crowd = createCrowd();
    crowd.start("ha1");
    await crowd.clock.advance(millis(3_000));
    const handed = crowd.edge("ha1").handOver(millis(1_000));
    await crowd.clock.advance(millis(100));
    await handed;
    expect(crowd.holders()).toEqual([]);
  });

  it("leave an edge with its new holder when the old one comes back", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    crowd.powerOff("ha1");
    await crowd.clock.advance(millis(1_000));
    crowd.start("ha1");
    await crowd.clock.advance(millis(5_000));
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.takes()).toHaveLength(2);
  });

  it("keep what a restarted guard finds in its kernel", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    crowd.killGuard("ha1");
    await crowd.clock.advance(millis(INTERVAL));
    crowd.start("ha1");
    await crowd.clock.advance(millis(3_000));
    expect(crowd.holders()).toEqual(["ha1"]);
    expect(crowd.unheldTime()).toBe(0);
  });

  it("withdraw the one with the smaller term when a partition heals", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    crowd.isolate("ha1");
    await crowd.clock.advance(millis(1_000));
    expect(crowd.holders()).toEqual(["ha1", "ha2"]);
    crowd.heal();
    // One for the hello, one for what still comes.
    await crowd.clock.advance(millis(3 * INTERVAL));
    expect(crowd.holders()).toEqual(["ha2"]);
  });

  it("learn of a successor from third parties", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    crowd.isolate("ha1");
    await crowd.clock.advance(millis(1_000));
    crowd.heal();
    crowd.cut("ha1", "ha2");
    await crowd.clock.advance(millis(1_000));
    expect(crowd.holders()).toEqual(["ha2"]);
  });

  it("stay silent after a pause until they know what happened meanwhile", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    crowd.pause("ha1");
    await crowd.clock.advance(millis(5_000));
    expect(crowd.holders()).toEqual(["ha1", "ha2"]);
    crowd.resume("ha1");
    await crowd.clock.advance(millis(5 * INTERVAL));
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.takes()).toHaveLength(2);
  });

  it("leave the edge to others when the kernel refuses it", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    crowd.refuse("ha1");
    await crowd.clock.advance(millis(6_000));
    expect(crowd.holders()).toEqual(["ha2"]);
  });

  it("advertise the instance's address from its virtual MAC, as a router", async () => {
    const crowd = createCrowd();
    crowd.start("ha1");
    await crowd.clock.advance(millis(3_000));
    expect(crowd.advertised()[0]).toEqual({
      device: `roam6-${INSTANCE.name}`,
      target: INSTANCE.homeAgentAddress,
      source: INSTANCE.homeAgentAddress,
      linkLayerAddress: INSTANCE.virtualMac,
      router: true,
    });
  });

  it("move away from a holder that cannot commit to one that can", async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    crowd.tell("ha1", { canCommit: false });
    await crowd.clock.advance(millis(200));
    expect(crowd.holders()).toEqual(["ha1"]);
    await crowd.clock.advance(millis(1_500));
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.unheldTime()).toBe(0);
  });
});
