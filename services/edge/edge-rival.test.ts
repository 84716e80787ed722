import { describe, expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { createCrowd, INSTANCE, NODES } from "./edge-crowd.test-support.ts";

it("advertises the home agent address again when a rival comes to light and when it gives way, so that the home link follows the greater term", async () => {
  const crowd = createCrowd();
  for (const node of NODES) crowd.start(node);
  await crowd.clock.advance(millis(3_000));
  crowd.isolate("ha1");
  await crowd.clock.advance(millis(10_000));
  expect(crowd.holders()).toEqual(["ha1", "ha2"]);
  const before = crowd.advertised().length;
  // Both have advertised all that a takeover advertises.
  await crowd.clock.advance(millis(5_000));
  expect(crowd.advertised()).toHaveLength(before);
  crowd.heal();
  await crowd.clock.advance(millis(200));
  expect(crowd.holders()).toEqual(["ha2"]);
  const said = crowd.advertised().slice(before);
  expect(said.length).toBeGreaterThanOrEqual(2);
  for (const one of said) expect(one).toMatchObject({ target: INSTANCE.homeAgentAddress });
});

it("is taken by one node alone when its holder's main process dies right after a commit that its peers have not told each other yet", async () => {
  const crowd = createCrowd();
  for (const node of NODES) crowd.start(node);
  await crowd.clock.advance(millis(3_000));
  // Behind a hello of each, before the next.
  await crowd.clock.advance(millis(5));
  for (const node of ["ha2", "ha3"]) crowd.tell(node, { lastSequence: 9 });
  crowd.edge("ha1").setMainAlive(false);
  await crowd.clock.advance(millis(1_000));
  expect(crowd.takes().map(({ node }) => node)).toEqual(["ha1", "ha2"]);
  expect(crowd.holders()).toEqual(["ha2"]);
});

describe("a holder that is heard, but hears nobody", () => {
  const settled = async () => {
    const crowd = createCrowd();
    for (const node of NODES) crowd.start(node);
    await crowd.clock.advance(millis(3_000));
    expect(crowd.holders()).toEqual(["ha1"]);
    return crowd;
  };

  it("is followed by another, and leads the home link back to itself no more", async () => {
    const crowd = await settled();
    crowd.cut("ha2", "ha1", false);
    crowd.cut("ha3", "ha1", false);
    // Detection is 200 ms, and what it heard comes back an interval of 50 ms later.
    await crowd.clock.advance(millis(200 + 2 * 50 + 60));
    expect(crowd.takes().map(({ node }) => node)).toEqual(["ha1", "ha2"]);
    const { length } = crowd.spoken();
    await crowd.clock.advance(millis(1_000));
    expect(crowd.spoken().slice(length)).not.toContain("ha1");
    expect(crowd.spoken().slice(length)).toContain("ha2");
    crowd.heal();
    await crowd.clock.advance(millis(300));
    expect(crowd.holders()).toEqual(["ha2"]);
    expect(crowd.takes()).toHaveLength(2);
  });

  it("keeps the edge as long as it hears one peer", async () => {
    const crowd = await settled();
    crowd.cut("ha2", "ha1", false);
    await crowd.clock.advance(millis(3_000));
    expect(crowd.holders()).toEqual(["ha1"]);
    expect(crowd.takes()).toHaveLength(1);
  });
});
