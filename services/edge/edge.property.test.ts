import fc from "fast-check";
import { expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { createCrowd, NODES } from "./edge-crowd.test-support.ts";

const node = fc.constantFrom(...NODES);

/** One step of a schedule: something happens, then time passes. */
const step = fc.record({
  action: fc.oneof(
    fc.record({ kind: fc.constant("start" as const), node }),
    fc.record({ kind: fc.constant("power-off" as const), node }),
    fc.record({ kind: fc.constant("kill-guard" as const), node }),
    fc.record({ kind: fc.constant("pause" as const), node }),
    fc.record({ kind: fc.constant("resume" as const), node }),
    fc.record({ kind: fc.constant("main" as const), node, alive: fc.boolean() }),
    fc.record({ kind: fc.constant("commit" as const), node, able: fc.boolean() }),
    fc.record({ kind: fc.constant("cut" as const), node, to: node, bothWays: fc.boolean() }),
    fc.record({ kind: fc.constant("heal" as const) }),
    fc.record({ kind: fc.constant("sequence" as const), node, lastSequence: fc.integer({ min: 1, max: 5 }) }),
  ),
  pause: fc.integer({ min: 0, max: 700 }),
});
type Action = (typeof step extends fc.Arbitrary<infer T> ? T : never)["action"];

const carryOut = (crowd: ReturnType<typeof createCrowd>, action: Action): void => {
  switch (action.kind) {
    case "start":
      if (!crowd.running().includes(action.node)) crowd.start(action.node);
      break;
    case "power-off":
      crowd.powerOff(action.node);
      break;
    case "kill-guard":
      crowd.killGuard(action.node);
      break;
    case "pause":
      crowd.pause(action.node);
      break;
    case "resume":
      crowd.resume(action.node);
      break;
    case "main":
      if (crowd.running().includes(action.node)) crowd.edge(action.node).setMainAlive(action.alive);
      break;
    case "commit":
      crowd.tell(action.node, { canCommit: action.able });
      break;
    case "cut":
      if (action.node !== action.to) crowd.cut(action.node, action.to, action.bothWays);
      break;
    case "heal":
      crowd.heal();
      break;
    case "sequence":
      crowd.tell(action.node, { lastSequence: action.lastSequence });
      break;
    default:
      action satisfies never;
  }
};

it("whatever happens, when all is well again exactly one edge is left: that of the greatest term that is known", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 14 }),
      fc.array(fc.option(fc.integer({ min: 0, max: 60 }), { freq: 6 }), { minLength: 1, maxLength: 40 }),
      async (steps, delays) => {
        let sent = 0;
        const crowd = createCrowd({
          way: () => {
            const delay = delays[sent++ % delays.length];
            return delay === null || delay === undefined ? undefined : millis(delay);
          },
        });
        for (const each of NODES) crowd.start(each);
        await crowd.clock.advance(millis(2_500));
        for (const { action, pause } of steps) {
          carryOut(crowd, action);
          await crowd.clock.advance(millis(pause));
        }
        for (const each of NODES) {
          crowd.resume(each);
          if (!crowd.running().includes(each)) crowd.start(each);
          crowd.edge(each).setMainAlive(true);
          crowd.tell(each, { canCommit: true });
        }
        crowd.heal();
        // The way is good again, but its delays stay.
        delays.splice(0, delays.length, ...delays.map((delay) => delay ?? 5));
        await crowd.clock.advance(millis(8_000));
        const holders = crowd.holders();
        expect(holders).toHaveLength(1);
        const holder = holders[0] ?? "";
        expect(crowd.term(holder)).toBe(Math.max(...NODES.map((each) => crowd.term(each))));
        expect(crowd.edge(holder).held()[0]?.held).toBe(true);
        for (const each of crowd.running()) crowd.killGuard(each);
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
}, 60_000);
