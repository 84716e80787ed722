import { describe, expect, test } from "vitest";
import { createAddressPlan } from "#crowd/address-plan.ts";
import type { HistoryLine } from "#crowd/history-lines.ts";
import type { SimReport } from "#crowd/report.ts";
import type { CrowdSettings } from "#crowd/settings.ts";
import { createSim, type Sim } from "#crowd/sim.ts";
import { address, prefixOf } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { wallOfTimestamp } from "#mip6/replay-timestamp.ts";
import type { Fate } from "#simulator/fake-network.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import { HOME_AGENT } from "./home-agent-addresses.ts";
import { CROWD, type HomeAgentWorld, openWorld, type WorldOptions } from "./home-agent-world.ts";

const PLACES = 8;
const careOfPrefix = prefixOf(address("2001:db8:c0::"), 48);

const settings: CrowdSettings = {
  homeAgents: [{ name: "a", address: HOME_AGENT }],
  firstHomeAddress: CROWD.first,
  count: CROWD.count,
  spi: CROWD.spi,
  masterKey: CROWD.masterKey,
  careOfPrefix,
  load: { mobileNodes: CROWD.count, rate: 0, ramp: 1, moveRate: 0 },
  lifetime: seconds(60),
  duration: millis(0),
  firstTimeout: millis(1500),
  answerWithin: seconds(10),
  allowedGap: millis(0),
  keep: false,
  seed: 1,
};

interface CrowdWorld extends AsyncDisposable {
  readonly world: HomeAgentWorld;
  readonly sim: Sim;
  readonly history: readonly HistoryLine[];
  run(time: number): Promise<void>;
  /** Ends the run, and tells what came of it. */
  end(): Promise<SimReport>;
}

/** Simulated mobile nodes and the real home agent on one virtual clock, the nodes' time of day ahead by `clockAhead`. */
const open = async (
  change: Partial<CrowdSettings> = {},
  options: WorldOptions & { readonly clockAhead?: Milliseconds } = {},
): Promise<CrowdWorld> => {
  const policy = { duplicateAddressDetection: "off" as const, ...options.policy };
  const world = await openWorld({ ...options, policy });
  const { clock, network } = world;
  const node = network.addNode({
    name: "crowd",
    devices: [{ name: "eth0", link: "crowd", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0xc0]) }],
  });
  const plan = createAddressPlan({ firstHomeAddress: CROWD.first, count: CROWD.count, careOfPrefix });
  for (let at = 0; at < CROWD.count * PLACES; at++)
    node.own(plan.careOfAddress(at % CROWD.count, Math.floor(at / CROWD.count)));
  const history: HistoryLine[] = [];
  const ownClock = { ...clock, wall: () => clock.wall() + (options.clockAhead ?? 0) };
  const sim = createSim(
    { ...settings, ...change },
    { packets: node.packets, clock: ownClock, digests: createDigests(), history: (line) => history.push(line) },
  );
  const started = sim.start();
  if (!started.ok) throw new Error(started.error.message);
  return {
    world,
    sim,
    history,
    run: (time) => clock.advance(seconds(time)),
    end: async () => {
      const ended = sim.end();
      await clock.advance(seconds(30));
      return ended;
    },
    [Symbol.asyncDispose]: async () => {
      await sim[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
};

const bindings = ({ world }: CrowdWorld): number => world.agent.instances[0]?.bindings ?? -1;

describe("a crowd and a home agent", () => {
  test("all register, refresh before their lifetime ends, move and return", async () => {
    await using crowd = await open();
    // 20 x BU(H, A, lifetime 60) -->
    // <-- 20 x BA(status 0, lifetime 60)
    await crowd.run(2);
    expect(crowd.sim.status().mobileNodes).toMatchObject({ wanted: 20, registered: 20, awaiting: 0 });
    expect(bindings(crowd)).toBe(20);
    // Refreshes at 36 to 45 s.
    await crowd.run(50);
    expect(crowd.sim.report().exchanges).toMatchObject({ registrations: 20, refreshes: 20, retransmissions: 0 });
    crowd.sim.set({ moveWithin: 5 });
    await crowd.run(6);
    expect(crowd.sim.report().exchanges).toMatchObject({ moves: 20, lapsed: 0 });
    // 20 x BU(lifetime 0) -->
    // <-- 20 x BA(status 0, lifetime 0)
    const report = await crowd.end();
    expect(report.verdict).toMatchObject({ passed: true });
    expect(report.exchanges).toMatchObject({ deregistrations: 20, accepted: 80, refused: {}, ignored: {} });
    expect(bindings(crowd)).toBe(0);
  });

  test("a lost Binding Update is sent again after 1.5, 3 and 6 s with greater sequence numbers (R-11.8-05, R-11.8-08)", async () => {
    await using crowd = await open({ load: { ...settings.load, mobileNodes: 0, ramp: 0 } });
    const lost = ({ from }: { readonly from: string }): Fate => (from === "crowd" ? "drop" : "deliver");
    crowd.world.network.impair(lost);
    crowd.sim.set({ mobileNodes: 1 });
    await crowd.run(11);
    const sent = crowd.history.filter(({ type }) => type === "update.sent");
    const times = sent.map(({ at }) => at - (sent[0]?.at ?? 0));
    expect(times.map((time) => Math.round(time / 100) / 10)).toEqual([0, 1.5, 4.5, 10.5]);
    const sequences = sent.map((line) => ("sequence" in line ? line.sequence : -1));
    expect(sequences.map((sequence) => (sequence - (sequences[0] ?? 0) + 65_536) % 65_536)).toEqual([0, 1, 2, 3]);
    expect(crowd.sim.report().verdict).toMatchObject({ passed: false });
    crowd.world.network.impair(undefined);
    await crowd.run(13);
    expect(crowd.sim.status().mobileNodes.registered).toBe(1);
  });

  test("what is not answered in time fails the run, and says so", async () => {
    await using crowd = await open();
    await crowd.run(3);
    crowd.world.network.impair(({ to }) => (to === "crowd" ? "drop" : "deliver"));
    crowd.sim.set({ moveWithin: 1 });
    await crowd.run(20);
    const failed = crowd.sim.report().verdict.criteria.filter(({ passed }) => !passed);
    expect(failed.map(({ name }) => name)).toEqual(["answered"]);
    expect(crowd.sim.report().exchanges.unanswered).toBe(20);
  });

  test("a rate is offered with refreshes, never more than three a second of a node (R-11.8-07)", async () => {
    await using crowd = await open({ load: { ...settings.load, ramp: 0, rate: 30 } });
    await crowd.run(10);
    const { registrations, refreshes } = crowd.sim.report().exchanges;
    expect(registrations + refreshes).toBeGreaterThanOrEqual(297);
    expect(registrations + refreshes).toBeLessThanOrEqual(301);
    crowd.sim.set({ rate: 1000 });
    await crowd.run(10);
    const { exchanges } = crowd.sim.report();
    expect(exchanges.refreshes - refreshes).toBeLessThanOrEqual(3 * CROWD.count * 11);
    expect(exchanges.notOffered).toBeGreaterThan(5000);
  });

  test.each([
    { there: 10, back: 0 },
    { there: 8, back: 10 },
  ])(
    "updates that wait for $there s and their answers for $back s are refused once, and no clock is blamed",
    async ({ there, back }) => {
      await using crowd = await open({ firstTimeout: seconds(60), answerWithin: seconds(60) });
      const updates: bigint[] = [];
      let answers = 0;
      crowd.world.network.impair(({ packet }) => {
        const decoded = decodeMobilityPacket(packet);
        if (!decoded.ok) return "deliver";
        const { message } = decoded.value;
        if (message.type === 5) updates.push(findOption(message.options, 10)?.timestamp ?? 0n);
        else answers++;
        const isFirst = (message.type === 5 ? updates.length : answers) <= 20;
        return isFirst ? { later: seconds(message.type === 5 ? there : back) } : "deliver";
      });
      // 20 x BU(H, A) -->              (late)
      // <-- 20 x BA(status 144, time)  (late)
      // 20 x BU(H, A) -->
      // <-- 20 x BA(status 0)
      await crowd.run(there + back + 2);
      expect(crowd.sim.report().exchanges).toMatchObject({ accepted: 20, refused: { 144: 20 }, retransmissions: 0 });
      expect(crowd.sim.status().mobileNodes).toMatchObject({ registered: 20, awaiting: 0 });
      expect(updates).toHaveLength(40);
      const { wall } = crowd.world.clock;
      for (const timestamp of updates.slice(20)) {
        const age = wall() - wallOfTimestamp(timestamp, wall());
        expect(age).toBeGreaterThan(0);
        expect(age).toBeLessThan(2100);
      }
    },
  );

  test.each([3600, -3600])("a crowd whose clock is %i s ahead follows the home agent's", async (ahead) => {
    await using crowd = await open({}, { clockAhead: seconds(ahead) });
    await crowd.run(60);
    const { refused, lapsed, refreshes } = crowd.sim.report().exchanges;
    expect(crowd.sim.status().mobileNodes).toMatchObject({ registered: 20, awaiting: 0 });
    // Those who sent before the first answer came, once each.
    expect(refused[144]).toBeGreaterThan(0);
    expect(refused[144]).toBeLessThanOrEqual(20);
    expect([lapsed, refreshes]).toEqual([0, 20]);
  });

  test("a wrong master key registers nobody", async () => {
    await using crowd = await open({ masterKey: new Uint8Array(32).fill(8) });
    await crowd.run(15);
    const report = crowd.sim.report();
    expect(report.mobileNodes.registered).toBe(0);
    // Status 146 comes, made with another key.
    expect(report.exchanges.ignored["wrong-authenticator"]).toBeGreaterThan(0);
    expect(report.verdict.passed).toBe(false);
  });

  test("the same seed gives the same history", async () => {
    const histories = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        await using crowd = await open({ seed, load: { ...settings.load, moveRate: 5 } });
        await crowd.run(10);
        return JSON.stringify(crowd.history);
      }),
    );
    expect(histories[1]).toBe(histories[0]);
    expect(histories[2]).not.toBe(histories[0]);
  });
});
