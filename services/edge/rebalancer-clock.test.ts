import { afterEach, describe, expect, it } from "vitest";
import { decodeEntry, encodeEntry } from "#bus/entry-message.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import { createMembers, NODES } from "./rebalancer.test-support.ts";

const HOUR = 3_600_000;

describe("a cluster whose clocks step", () => {
  let cluster: ReturnType<typeof createMembers> | undefined;
  afterEach(() => cluster?.stop());
  const begin = async (options: Parameters<typeof createMembers>[1] = {}) => {
    const clock = createVirtualClock();
    cluster = createMembers(clock, options);
    await clock.advance(seconds(5));
    return { clock, cluster };
  };
  type Cluster = Awaited<ReturnType<typeof begin>>;

  /** Both clocks of a node as its binding log reads them. */
  const clocksOf = ({ clock, cluster }: Cluster, node: string) => {
    const { rebalancer, wallOff } = cluster.member(node);
    return { now: clock.now(), wall: clock.wall() + wallOff + rebalancer.clockCorrection };
  };

  /** By how much a binding that one node writes and another reads as from a snapshot ends too late there; negative: too early. */
  const misread = (world: Cluster, writer: string, reader: string): Milliseconds => {
    const record = bindingRecord(1, world.clock.now());
    const bytes = encodeEntry({ kind: "record", epoch: 1, commit: 1, record }, clocksOf(world, writer));
    const entry = decodeEntry(bytes, clocksOf(world, reader));
    if (!entry.ok || entry.value.kind !== "record") throw new Error("no record");
    return millis(entry.value.record.expiresAt - record.expiresAt);
  };

  const expectRight = (world: Cluster, nodes: readonly string[]): void => {
    for (const writer of nodes)
      for (const reader of nodes) expect(Math.abs(misread(world, writer, reader))).toBeLessThan(10);
  };

  it("tells a node whose clock is off, which gives away what it holds and takes nothing until the clock is right", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    await clock.advance(seconds(3));
    const { rebalancer, problems } = cluster.member(victim);
    cluster.member(victim).wallOff = HOUR;
    await clock.advance(seconds(3));
    expect(rebalancer.isFit).toBe(false);
    expect(problems.join()).toMatch(/the wall clock of this node is (?:3599999|3600000) ms off/);
    expect(cluster.heldBy(victim)).toEqual([]);
    for (const other of NODES) if (other !== victim) expect(cluster.member(other).rebalancer.isFit).toBe(true);
    cluster.member(victim).wallOff = 0;
    await clock.advance(seconds(15));
    expect(rebalancer.isFit).toBe(true);
    expect(cluster.placed()).toBe(true);
  });

  it.each([
    ["the writer's", HOUR, 0],
    ["the writer's", -HOUR, 0],
    ["the reader's", 0, HOUR],
    ["the reader's", 0, -HOUR],
    ["both", -HOUR, HOUR / 2],
  ])("neither ends nor prolongs a binding that is written and read while %s clock is wrong", async (_, there, here) => {
    const world = await begin();
    // Stepped only now: no report has said so yet.
    world.cluster.member("ha1").wallOff = there;
    world.cluster.member("ha2").wallOff = here;
    expectRight(world, ["ha1", "ha2"]);
  });

  it.each([-HOUR, HOUR])(
    "ends nothing when a node dies while the clock of another is %i ms off, and that stays out",
    async (off) => {
      const world = await begin();
      const { clock, cluster } = world;
      cluster.member("ha1").wallOff = off;
      await clock.advance(seconds(10));
      expect(cluster.member("ha1").rebalancer.isFit).toBe(false);
      cluster.fail("ha3");
      cluster.buses.setReached("ha3", false);
      await clock.advance(seconds(60));
      expectRight(world, ["ha1", "ha2"]);
      expect(cluster.member("ha1").rebalancer.isFit).toBe(false);
      expect(cluster.heldBy("ha1")).toEqual([]);
      expect(cluster.member("ha2").rebalancer.isFit).toBe(true);
      cluster.member("ha1").wallOff = 0;
      await clock.advance(seconds(1));
      expect(cluster.member("ha1").rebalancer.isFit).toBe(true);
    },
  );

  it.each([-HOUR, HOUR])("ends nothing when one of two nodes steps by %i ms, and either may serve", async (off) => {
    const world = await begin({ nodes: ["ha1", "ha2"] });
    const { clock, cluster } = world;
    cluster.member("ha2").wallOff = off;
    expectRight(world, ["ha1", "ha2"]);
    await clock.advance(seconds(60));
    expectRight(world, ["ha1", "ha2"]);
    for (const node of ["ha1", "ha2"]) expect(cluster.member(node).rebalancer.isFit).toBe(true);
  });

  it("ends nothing in the first commits after a minute without reports", async () => {
    const world = await begin();
    const { clock, cluster } = world;
    cluster.member("ha1").wallOff = -HOUR;
    await clock.advance(seconds(10));
    for (const node of NODES) cluster.buses.setReached(node, false);
    await clock.advance(seconds(30));
    cluster.member("ha2").wallOff = HOUR;
    await clock.advance(seconds(30));
    expectRight(world, NODES);
    expect(cluster.member("ha1").rebalancer.isFit).toBe(false);
  });
});
