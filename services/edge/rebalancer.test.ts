import { afterEach, describe, expect, it } from "vitest";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { instantOf, millis, seconds } from "#wire/time.ts";
import { createMembers, NODES } from "./rebalancer.test-support.ts";

describe("rebalancer", () => {
  let cluster: ReturnType<typeof createMembers> | undefined;
  afterEach(() => cluster?.stop());
  const begin = async (options?: Parameters<typeof createMembers>[1]) => {
    const clock = createVirtualClock();
    cluster = createMembers(clock, options);
    await clock.advance(seconds(2));
    return { clock, cluster };
  };

  it("brings back what belongs to a node that returns, after the settling time, and nothing else", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    const own = cluster.heldBy(victim);
    cluster.fail(victim);
    await clock.advance(seconds(10));
    expect(cluster.moves).toEqual([]);
    cluster.member(victim).alive = true;
    const back = clock.now();
    await clock.advance(seconds(4));
    expect(cluster.moves).toEqual([]);
    await clock.advance(seconds(10));
    expect(cluster.placed()).toBe(true);
    expect(cluster.moves.map(({ instance }) => instance).sort()).toEqual(own);
    expect(Math.min(...cluster.moves.map(({ at }) => at)) - back).toBeGreaterThanOrEqual(5_000);
  });

  it("moves nothing by itself when it is switched off; what a node asks for moves at once", async () => {
    const { clock, cluster } = await begin({ enabled: false });
    const victim = cluster.holder("a") ?? "";
    const own = cluster.heldBy(victim);
    cluster.fail(victim);
    cluster.member(victim).alive = true;
    await clock.advance(seconds(60));
    expect(cluster.moves).toEqual([]);
    const from = new Set(own.map((instance) => cluster.holder(instance) ?? ""));
    const { signal } = new AbortController();
    for (const node of from)
      expect(await cluster.member(victim).rebalancer.command(node, "rebalance", signal)).toMatchObject({ ok: true });
    await clock.advance(seconds(own.length + 1));
    expect(cluster.placed()).toBe(true);
    // The word was about what was elsewhere then, not about what comes to be elsewhere soon after.
    cluster.fail(victim);
    cluster.member(victim).alive = true;
    const { length } = cluster.moves;
    await clock.advance(seconds(60));
    expect(cluster.moves).toHaveLength(length);
  });

  it("drains a node at another's word, one instance after the other, and keeps it free until it is undrained", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    const own = cluster.heldBy(victim);
    const asker = NODES.find((node) => node !== victim) ?? "";
    const { signal } = new AbortController();
    await cluster.member(asker).rebalancer.command(victim, "drain", signal);
    await clock.advance(seconds(3));
    expect(cluster.heldBy(victim)).toEqual([]);
    expect(cluster.placed(victim)).toBe(true);
    expect(cluster.member(victim).rebalancer.isFit).toBe(false);
    expect(cluster.member(victim).saved).toEqual([true]);
    const [first, ...rest] = cluster.moves;
    expect(cluster.moves.map(({ instance }) => instance).sort()).toEqual(own);
    for (const [index, { at }] of rest.entries()) expect(at).toBeGreaterThan((cluster.moves[index] ?? first)?.at ?? 0);
    await clock.advance(seconds(60));
    expect(cluster.heldBy(victim)).toEqual([]);
    await cluster.member(asker).rebalancer.command(victim, "undrain", signal);
    await clock.advance(seconds(15));
    expect(cluster.placed()).toBe(true);
    expect(cluster.member(victim).saved).toEqual([true, false]);
  });

  it("shows no move of what a holder has that cannot commit for a moment", async () => {
    const { clock, cluster } = await begin();
    const holder = cluster.holder("a") ?? "";
    const asker = NODES.find((node) => node !== holder) ?? "";
    cluster.member(holder).canCommit = false;
    await clock.advance(seconds(2));
    const placed = cluster
      .member(asker)
      .rebalancer.placement()
      .find(({ instance }) => instance === "a");
    expect(placed).toMatchObject({ holder, wanted: holder });
    expect(placed?.eligible).not.toContain(holder);
  });

  it("is still drained when it was drained in an earlier life", async () => {
    const { clock, cluster } = await begin({ drained: "ha2" });
    await clock.advance(seconds(20));
    expect(cluster.heldBy("ha2")).toEqual([]);
    expect(
      cluster
        .member("ha1")
        .rebalancer.nodes()
        .find(({ node }) => node === "ha2")?.drained,
    ).toBe(true);
  });

  it("drains into nobody: what no other node may take stays", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    for (const other of NODES) if (other !== victim) cluster.member(other).level = false;
    const { rebalancer } = cluster.member(victim);
    const own = cluster.heldBy(victim);
    await clock.advance(seconds(2));
    await rebalancer.command(victim, "drain", new AbortController().signal);
    await clock.advance(seconds(30));
    expect(cluster.heldBy(victim)).toEqual(own);
  });

  it("gives everything away before it ends", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    const before = clock.now();
    let left = false;
    void cluster
      .member(victim)
      .rebalancer.leave(seconds(5))
      .then(() => {
        left = true;
      });
    await clock.advance(seconds(1));
    expect(left).toBe(true);
    expect(cluster.placed(victim)).toBe(true);
    expect(cluster.moves.every(({ at }) => at - before < 1_000)).toBe(true);
  });

  it("does not wait at its end for nodes that take nothing", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    for (const other of NODES) cluster.buses.setReached(other, false);
    await clock.advance(seconds(5));
    let left = false;
    void cluster
      .member(victim)
      .rebalancer.leave(seconds(5))
      .then(() => {
        left = true;
      });
    await clock.advance(millis(100));
    expect(left).toBe(true);
  });

  it("moves nothing between nodes whose configs place instances otherwise, and says so", async () => {
    const odd = [
      { node: "ha1", weight: 1 },
      { node: "ha2", weight: 10_000 },
      { node: "ha3", weight: 1 },
    ];
    const { clock, cluster } = await begin({
      weightsOf: (node) => (node === "ha3" ? odd : NODES.map((name) => ({ node: name, weight: 100 }))),
    });
    await clock.advance(seconds(120));
    expect(cluster.moves).toEqual([]);
    expect(cluster.member("ha3").problems.join()).toContain("placement differs from that of ha1, ha2");
    expect(cluster.member("ha1").problems.join()).toContain("placement differs from that of ha3");
  });

  it("moves nothing while the log takes no writes", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    cluster.fail(victim);
    cluster.member(victim).alive = true;
    for (const node of NODES) cluster.member(node).canCommit = false;
    await clock.advance(seconds(30));
    expect(cluster.moves).toEqual([]);
  });

  it("gives nothing to a node that says in its hellos that it cannot commit, whatever it reported last", async () => {
    const { clock, cluster } = await begin();
    const victim = cluster.holder("a") ?? "";
    const next = cluster.order("a").find((node) => node !== victim) ?? "";
    cluster.member(next).canCommit = false;
    cluster.buses.setReached(next, false);
    await cluster.member(victim).rebalancer.command(victim, "drain", new AbortController().signal);
    await clock.advance(seconds(3));
    expect(cluster.heldBy(victim)).toEqual([]);
    expect(cluster.moves.map(({ to }) => to)).not.toContain(next);
  });

  it("shows where every instance is, what is wanted, and how the nodes are", async () => {
    const { clock, cluster } = await begin();
    cluster.member("ha3").alive = false;
    await clock.advance(seconds(1));
    for (const view of cluster.member("ha1").rebalancer.placement()) {
      expect(view.holder).toBe(cluster.holder(view.instance));
      expect(view.wanted).toBe(cluster.order(view.instance).find((node) => node !== "ha3"));
    }
    const nodes = cluster.member("ha1").rebalancer.nodes();
    expect(nodes.map(({ node }) => node)).toEqual(["ha1", "ha2", "ha3"]);
    expect(nodes.every(({ clockOffset }) => Math.abs(clockOffset ?? 999) < 5)).toBe(true);
    expect(instantOf(clock.now())).toBeGreaterThan(0);
  });
});
