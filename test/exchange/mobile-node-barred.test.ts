import { describe, expect, it } from "vitest";
import { addressEquals } from "#ipv6/address.ts";
import { millis, seconds } from "#wire/time.ts";
import { HOME, openWorld } from "./mobile-node-world.ts";

type World = ReturnType<typeof openWorld>;

const start = async (prepare: (world: World) => void = () => undefined): Promise<World> => {
  const world = openWorld();
  prepare(world);
  world.plug("f1");
  await world.mobileNode.start();
  await world.clock.advance(millis(100));
  return world;
};

const detections = (world: World): number =>
  world.lines.filter((line) => line.msg === "duplicate address detection" && line["performed"] !== false).length;

/** Packets of the mobile node with its home address as source on the home link. */
const fromHome = (world: World): number =>
  world.network.crossings.filter(
    ({ from, to, packet }) => from === "mn" && to === "ha" && addressEquals(packet.subarray(8, 24), HOME),
  ).length;

describe("after 134 (duplicate address detection failed)", () => {
  const refused = () =>
    start((world) => {
      world.agent.script.status = 134;
    });

  it("a mobile node that comes home and proves its address unique registers again when it leaves (R-11.7.1-22, R-11.5.5-10)", async () => {
    const world = await refused();
    // BU -->, <-- BA(status=134)
    expect(world.mobileNode.status()).toMatchObject({ state: "refused", update: "duplicate", binding: "none" });
    world.agent.script.status = 0;
    world.plug("home");
    // NS(::, target = home address) -->, nobody answers
    await world.clock.advance(seconds(3));
    expect(detections(world)).toBe(1);
    expect(world.mobileNode.status()).toMatchObject({ state: "at home", update: "idle" });
    world.plug("f2");
    // BU -->, <-- BA(status=0)
    await world.clock.advance(millis(100));
    expect(world.mobileNode.status().state).toBe("registered");
    expect(world.agent.binding()).toBe("2001:db8:f2::10");
  });

  it("a mobile node whose address another node keeps at home registers nothing when it leaves (R-11.7.1-23)", async () => {
    const world = await refused();
    world.addSquatter();
    world.agent.script.status = 0;
    world.plug("home");
    await world.clock.advance(seconds(20));
    expect(world.mobileNode.status().state).toBe("returning home");
    world.plug("f2");
    await world.clock.advance(seconds(100));
    expect(world.mobileNode.status()).toMatchObject({ state: "refused", update: "duplicate" });
    expect(world.agent.updates).toHaveLength(1);
    expect(fromHome(world)).toBe(0);
  });
});

describe("after 146 (authentication failed) to a refresh", () => {
  const refused = async () => {
    const world = await start();
    await world.clock.advance(seconds(40));
    world.agent.script.status = 146;
    // BU at 45 s -->, <-- BA(status=146)
    await world.clock.advance(seconds(8));
    expect(world.mobileNode.status()).toMatchObject({ state: "refused", update: "barred", binding: "acknowledged" });
    return world;
  };

  it("a return home waits for the end of the binding, which the home agent defends, and ends then (R-11.5.5-02, R-11.5.5-10)", async () => {
    const world = await refused();
    world.plug("home");
    await world.clock.advance(seconds(10));
    expect(world.mobileNode.status()).toMatchObject({ state: "returning home", binding: "acknowledged" });
    expect(world.kernel.calls).not.toContain("goHome");
    expect(fromHome(world)).toBe(0);
    // The binding ends at 60 s. NS(::, target = home address) -->, then NA(Override) -->
    await world.clock.advance(seconds(10));
    expect(world.mobileNode.status()).toMatchObject({ state: "at home", update: "barred", binding: "none" });
    expect(world.kernel.calls.at(-1)).toBe("goHome");
    expect(world.steps().filter((step) => step === "neighbor advertisement sent")).toHaveLength(3);
  });

  it("the home address stays where it is when the carrier comes back at home afterwards", async () => {
    const world = await refused();
    world.plug("home");
    await world.clock.advance(seconds(20));
    const before = detections(world);
    world.plug("home");
    await world.clock.advance(seconds(3));
    expect(world.mobileNode.status().state).toBe("at home");
    expect(detections(world)).toBe(before);
  });

  it("no Binding Update follows, wherever the mobile node goes (RFC 4285 §5.3, R-11.7.3-15)", async () => {
    const world = await refused();
    world.plug("home");
    await world.clock.advance(seconds(20));
    world.plug("f2");
    await world.clock.advance(seconds(100));
    expect(world.agent.updates).toHaveLength(2);
    expect(world.mobileNode.status().state).toBe("refused");
  });
});

it("146 to a de-registration: being home is reached when the binding has run out (R-11.5.5-13)", async () => {
  const world = await start();
  world.agent.script.status = 146;
  world.plug("home");
  // BU(lifetime=0) -->, <-- BA(status=146)
  await world.clock.advance(seconds(50));
  expect(world.agent.updates.map((seen) => seen.update.lifetime)).toEqual([15, 0]);
  expect(world.mobileNode.status().state).toBe("returning home");
  await world.clock.advance(seconds(15));
  expect(world.mobileNode.status()).toMatchObject({ state: "at home", update: "barred", binding: "none" });
});
