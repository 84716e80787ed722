import { describe, expect, test } from "vitest";
import type { BindingLog, LogError, StreamState } from "#ports/binding-log.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { instantOf, millis, seconds } from "#wire/time.ts";
import { createCommitHealth } from "./commit-health.ts";

const WELL: StreamState = {
  sequence: 1,
  leader: "ha2",
  replicas: [{ server: "ha3", current: true, lag: 0 }],
};
const unavailable = failed<LogError>({ code: "unavailable", message: "nobody answers" });

describe("whether this node can commit", () => {
  const open = () => {
    const clock = createVirtualClock();
    /** How long this process has stood still so far: its timers are late by it. */
    let stood = 0;
    const stoppable = { ...clock, now: () => instantOf(clock.now() + stood) };
    const stop = new AbortController();
    const changes: { able: boolean; at: number }[] = [];
    const world = { answers: true, state: WELL, silent: false, delay: 0, without: [] as string[] };
    const log: Pick<BindingLog, "state"> = {
      state: (instance) =>
        world.silent
          ? new Promise((resolve) => clock.start(millis(500), () => resolve(unavailable)))
          : new Promise((resolve) => {
              const answer = world.answers && !world.without.includes(instance) ? ok(world.state) : unavailable;
              if (world.delay === 0) resolve(answer);
              else clock.start(millis(world.delay), () => resolve(answer));
            }),
    };
    const health = createCommitHealth({
      log: log as BindingLog, // `state` is all that is asked of it
      clock: stoppable,
      node: "ha1",
      instances: ["a", "b"],
      onState: () => {},
      isHeld: (instance) => instance === "a",
      onChange: () => {
        if (changes.at(-1)?.able !== health.able) changes.push({ able: health.able, at: clock.now() });
      },
    });
    void health.run(stop.signal);
    const stand = (ms: number): void => {
      stood += ms;
    };
    return { clock, stop, changes, world, health, stand };
  };

  test("is said at once when all streams answer, and not before", async () => {
    const { clock, health, stop } = open();
    expect(health.able).toBe(false);
    await clock.advance(millis(10));
    expect(health.able).toBe(true);
    stop.abort();
  });

  for (const how of ["refuses", "is silent"] as const)
    test(`is taken back within 500 ms when NATS ${how}, and said within 150 ms when it answers again (DESIGN §4.5)`, async () => {
      const { clock, changes, world, stop } = open();
      await clock.advance(seconds(1));
      if (how === "refuses") world.answers = false;
      else world.silent = true;
      const cut = clock.now();
      await clock.advance(seconds(6));
      expect(changes.at(-1)?.able).toBe(false);
      expect((changes.at(-1)?.at ?? 0) - cut).toBeLessThanOrEqual(500);
      Object.assign(world, { answers: true, silent: false });
      const back = clock.now();
      await clock.advance(seconds(1));
      expect(changes.at(-1)?.able).toBe(true);
      expect((changes.at(-1)?.at ?? 0) - back).toBeLessThanOrEqual(150);
      stop.abort();
    });

  test("does not follow from answers of the own server that leads the stream while a write is not acknowledged", async () => {
    const { clock, health, world, stop } = open();
    world.state = { ...WELL, leader: "ha1" };
    await clock.advance(seconds(1));
    const stuck = Promise.withResolvers<Result<{ sequence: number }, LogError>>();
    const ownership = health.watched("a", { epoch: 1, append: () => stuck.promise });
    void ownership.append([], stop.signal);
    await clock.advance(millis(450));
    expect(health.able).toBe(false);
    stuck.resolve(unavailable);
    await clock.advance(millis(200));
    expect(health.able, "the answers still come from a leader without a majority").toBe(false);
    world.state = WELL;
    await clock.advance(millis(200));
    expect(health.able, "another server leads").toBe(true);
    stop.abort();
  });

  test("is told of each instance by itself, after an election first by the node that holds it (DESIGN §4.5)", async () => {
    const { clock, health, world, stop } = open();
    await clock.advance(seconds(1));
    expect([health.ableFor("a"), health.ableFor("b")]).toEqual([true, true]);
    world.without = ["b"];
    await clock.advance(seconds(1));
    expect([health.ableFor("a"), health.ableFor("b"), health.ableForSome]).toEqual([true, false, true]);
    world.without = ["a", "b"];
    await clock.advance(seconds(5));
    expect(health.ableForSome).toBe(false);
    world.without = [];
    await clock.advance(millis(150));
    expect([health.ableFor("a"), health.ableFor("b")]).toEqual([true, false]);
    await clock.advance(millis(800));
    expect(health.ableFor("b")).toBe(true);
    stop.abort();
  });

  test("does not follow from answers of the own server that leads and has lost its majority", async () => {
    const { clock, health, world, stop } = open();
    const leader = (seen: number): StreamState => ({
      ...WELL,
      leader: "ha1",
      replicas: ["ha2", "ha3"].map((server) => ({ server, current: true, lag: 0, seen })),
    });
    world.state = leader(100);
    await clock.advance(seconds(1));
    expect([health.ableFor("a"), health.ableFor("b")]).toEqual([true, true]);
    world.state = leader(700);
    await clock.advance(millis(150));
    expect([health.ableFor("a"), health.ableFor("b")], "kept where held, taken nowhere").toEqual([true, false]);
    world.state = leader(3_000);
    await clock.advance(millis(150));
    expect(health.ableForSome).toBe(false);
    stop.abort();
  });

  test("is not doubted because this process stood still, or is late again and again, and reads answers late", async () => {
    const { clock, health, world, stand, changes, stop } = open();
    world.delay = 30;
    await clock.advance(seconds(1));
    expect(health.able).toBe(true);
    const before = changes.length;
    for (const ms of [700, 250, 350, 5_000, 400]) {
      stand(ms);
      await clock.advance(millis(130));
    }
    expect(changes.slice(before)).toEqual([]);
    world.silent = true;
    await clock.advance(millis(500));
    expect(health.able, "nobody answers while it is awake").toBe(false);
    stop.abort();
  });

  test("is not doubted because this process stood still while a write was under way", async () => {
    const { clock, health, world, stand, stop } = open();
    world.state = { ...WELL, leader: "ha1" };
    await clock.advance(seconds(1));
    const written = Promise.withResolvers<Result<{ sequence: number }, LogError>>();
    void health.watched("a", { epoch: 1, append: () => written.promise }).append([], stop.signal);
    stand(800);
    await clock.advance(millis(150));
    expect(health.able).toBe(true);
    stop.abort();
  });

  test("is not doubted because a write takes long where another server leads, as with a slow disk", async () => {
    const { clock, health, stop } = open();
    await clock.advance(seconds(1));
    void health.watched("a", { epoch: 1, append: () => new Promise(() => {}) }).append([], stop.signal);
    await clock.advance(seconds(3));
    expect(health.able).toBe(true);
    stop.abort();
  });
});
