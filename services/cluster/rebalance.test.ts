import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Instant, instantOf, millis, seconds } from "#wire/time.ts";
import { placementOrder } from "./placement.ts";
import {
  considerMoves,
  initialRebalance,
  MOVE_LIMIT,
  type MovableInstance,
  type MoveReason,
  type RebalanceMemory,
  type RebalancePolicy,
} from "./rebalance.ts";

const policy: RebalancePolicy = { self: "ha1", enabled: true, settle: seconds(5), pause: seconds(1) };

const instance = (
  name: string,
  order: readonly string[],
  candidates: readonly string[],
  held = true,
): MovableInstance => ({
  name,
  held,
  order,
  candidates: new Set(candidates),
});

/** Looks every 100 ms from `from` to `to`; gives what is under way at the end. */
const watch = (
  memory: RebalanceMemory,
  instances: readonly MovableInstance[],
  span: { readonly from: number; readonly to: number; readonly reason?: MoveReason; readonly policy?: RebalancePolicy },
): RebalanceMemory => {
  let present = memory;
  for (let now = span.from; now <= span.to; now += 100)
    present = considerMoves(span.policy ?? policy, present, {
      instances,
      reason: span.reason ?? "balance",
      now: instantOf(now),
    });
  return present;
};

describe("planned moves of one node", () => {
  const order = ["ha2", "ha1", "ha3"];

  it("moves what another node is wanted for, once that was so for the settling time", () => {
    const held = [instance("a", order, ["ha2", "ha3"])];
    const early = watch(initialRebalance(), held, { from: 0, to: 4_900 });
    expect(early.current).toBeUndefined();
    expect(watch(early, held, { from: 5_000, to: 5_000 }).current).toMatchObject({ instance: "a", target: "ha2" });
  });

  it("begins to count again when the wanted node was away meanwhile", () => {
    const there = [instance("a", order, ["ha2"])];
    let memory = watch(initialRebalance(), there, { from: 0, to: 4_000 });
    memory = watch(memory, [instance("a", order, [])], { from: 4_100, to: 4_200 });
    expect(watch(memory, there, { from: 4_300, to: 9_200 }).current).toBeUndefined();
    expect(watch(memory, there, { from: 4_300, to: 9_300 }).current).toBeDefined();
  });

  it("keeps what it is itself the first for, and what nobody before it may take", () => {
    const held = [instance("a", ["ha1", "ha2"], ["ha2"]), instance("b", order, ["ha3"])];
    expect(watch(initialRebalance(), held, { from: 0, to: 60_000 }).current).toBeUndefined();
  });

  it("moves one at a time, with a pause between", () => {
    const both = [instance("a", order, ["ha2"]), instance("b", order, ["ha2"])];
    const first = watch(initialRebalance(), both, { from: 0, to: 5_000 });
    const moved = first.current?.instance ?? "";
    const rest = both.map((one) => (one.name === moved ? { ...one, held: false } : one));
    const after = watch(first, rest, { from: 5_100, to: 6_000 });
    expect(after.current).toBeUndefined();
    const second = watch(after, rest, { from: 6_100, to: 6_100 });
    expect(second.current?.instance).toBe(moved === "a" ? "b" : "a");
  });

  it("does nothing by itself when it is switched off, but what is asked for", () => {
    const off = { ...policy, enabled: false };
    const held = [instance("a", order, ["ha2"])];
    expect(watch(initialRebalance(), held, { from: 0, to: 60_000, policy: off }).current).toBeUndefined();
    expect(watch(initialRebalance(), held, { from: 0, to: 0, policy: off, reason: "now" }).current).toBeDefined();
    expect(watch(initialRebalance(), held, { from: 0, to: 0, policy: off, reason: "leave" }).current).toBeDefined();
  });

  it("leaves also what it is wanted for, to the next that may take it", () => {
    const held = [instance("a", ["ha1", "ha2", "ha3"], ["ha3"])];
    const left = watch(initialRebalance(), held, { from: 0, to: 0, reason: "leave" });
    expect(left.current?.target).toBe("ha3");
  });

  it("gives up a move that is not taken, and puts it behind all others", () => {
    const held = [instance("a", order, ["ha2"]), instance("b", order, ["ha2"])];
    const began = watch(initialRebalance(), held, { from: 0, to: 0, reason: "leave" });
    const next = watch(began, held, { from: 100, to: MOVE_LIMIT + 2_000, reason: "leave" });
    expect(next.current?.instance).not.toBe(began.current?.instance);
  });

  it("moves an instance ever more rarely that comes back again and again", () => {
    const held = [instance("a", order, ["ha2"])];
    const away = [instance("a", order, ["ha2"], false)];
    let memory = initialRebalance();
    const begins: number[] = [];
    for (let now = 0; now < 300_000; now += 100) {
      const before = memory.current;
      memory = considerMoves(policy, memory, {
        instances: before === undefined ? held : away,
        reason: "balance",
        now: instantOf(now),
      });
      if (memory.current !== undefined && before === undefined) begins.push(now);
    }
    expect(begins.length).toBeLessThan(8);
    const waits = begins.slice(1).map((at, index) => at - (begins[index] ?? 0));
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(5_000 * 2 ** (index + 1));
  });
});

/** A cluster in which a move takes effect at once: who holds what, and what each node remembers. */
const play = (
  nodes: readonly string[],
  instances: readonly string[],
  changes: readonly { readonly at: number; readonly node: string; readonly up: boolean }[],
  until: number,
) => {
  const weights = nodes.map((node) => ({ node, weight: 100 }));
  const orders = new Map(instances.map((name) => [name, placementOrder(name, weights)]));
  const up = new Set(nodes);
  const holders = new Map(instances.map((name) => [name, orders.get(name)?.[0] ?? ""]));
  const memories = new Map(nodes.map((node) => [node, initialRebalance()]));
  const moves: { readonly at: number; readonly instance: string; readonly from: string; readonly to: string }[] = [];
  for (let now = 0; now <= until; now += 100) {
    for (const change of changes) {
      if (change.at !== now) continue;
      if (change.up) up.add(change.node);
      else up.delete(change.node);
      if (change.up) memories.set(change.node, initialRebalance());
    }
    // Takeover: an instance without a living holder goes to anybody, here to the last of its order.
    for (const [name, holder] of holders)
      if (!up.has(holder)) {
        const heir = orders.get(name)?.findLast((node) => up.has(node));
        if (heir !== undefined) holders.set(name, heir);
      }
    for (const node of up) {
      const held = instances.map((name) =>
        instance(
          name,
          orders.get(name) ?? [],
          [...up].filter((other) => other !== node),
          holders.get(name) === node,
        ),
      );
      const memory = considerMoves({ ...policy, self: node }, memories.get(node) ?? initialRebalance(), {
        instances: held,
        reason: "balance",
        now: instantOf(now) as Instant,
      });
      memories.set(node, memory);
      if (memory.current?.since !== now) continue;
      const { instance: name, target } = memory.current;
      holders.set(name, target);
      moves.push({ at: now, instance: name, from: node, to: target });
    }
  }
  return { holders, orders, moves, up };
};

describe("planned moves of a cluster", () => {
  const nodes = ["ha1", "ha2", "ha3", "ha4"];
  const instances = Array.from({ length: 8 }, (_, at) => `i${at}`);

  it("ends with every instance at the first living node of its order, each moved at most once after the last change", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            at: fc.integer({ min: 0, max: 200 }).map((n) => n * 100),
            node: fc.constantFrom(...nodes),
            up: fc.boolean(),
          }),
          { maxLength: 12 },
        ),
        (changes) => {
          const kept = [...changes, { at: 20_000, node: "ha1", up: true }].toSorted((a, b) => a.at - b.at);
          // Ever longer settling times included: 5 s doubled six times and what else moves before.
          const { holders, orders, moves, up } = play(nodes, instances, kept, 700_000);
          for (const [name, holder] of holders) expect(holder).toBe(orders.get(name)?.find((node) => up.has(node)));
          for (const name of instances)
            expect(moves.filter(({ at, instance: moved }) => moved === name && at > 20_000).length).toBeLessThanOrEqual(
              1,
            );
        },
      ),
      { numRuns: 15 },
    );
  });

  it("moves nothing while nothing changes", () => {
    expect(play(nodes, instances, [], 60_000).moves).toEqual([]);
  });

  it("moves only what belongs to a node that comes back, with a pause between any two moves of one node", () => {
    const { moves, orders } = play(
      nodes,
      instances,
      [
        { at: 1_000, node: "ha2", up: false },
        { at: 30_000, node: "ha2", up: true },
      ],
      90_000,
    );
    for (const move of moves.filter(({ at }) => at > 30_000)) {
      expect(move.to).toBe("ha2");
      expect(orders.get(move.instance)?.[0]).toBe("ha2");
    }
    for (const node of nodes) {
      const own = moves.filter(({ from }) => from === node);
      for (const [index, { at }] of own.entries())
        if (index > 0) expect(at - (own[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(millis(1_000));
    }
  });
});
