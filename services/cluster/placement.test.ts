import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlacementNode, placementOrder, servingOrder } from "./placement.ts";

const INSTANCES = Array.from({ length: 4_000 }, (_, at) => `instance${at}`);

const nodesOf = (...weights: readonly number[]): PlacementNode[] =>
  weights.map((weight, at) => ({ node: `ha${at + 1}`, weight }));

const firsts = (nodes: readonly PlacementNode[]): Map<string, string> =>
  new Map(INSTANCES.map((instance) => [instance, placementOrder(instance, nodes)[0] ?? ""]));

const countOf = (placed: Iterable<string>): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const node of placed) counts.set(node, (counts.get(node) ?? 0) + 1);
  return counts;
};

/** Five standard deviations of a draw of `of` with this share. */
const tolerance = (share: number, of: number): number => 5 * Math.sqrt(of * share * (1 - share)) + 1;

const names = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/), { minLength: 2, maxLength: 7 });
const clusters = names.chain((nodes) =>
  fc
    .array(fc.integer({ min: 1, max: 300 }), { minLength: nodes.length, maxLength: nodes.length })
    .map((weights) => nodes.map((node, at) => ({ node, weight: weights[at] ?? 1 }))),
);

describe("placement of instances", () => {
  it.each([[[100, 100, 100]], [[100, 50, 200]], [[1, 1, 1, 1, 6]]])(
    "gives every node its share by weight: %s",
    (weights) => {
      const nodes = nodesOf(...weights);
      const counts = countOf(firsts(nodes).values());
      const all = weights.reduce((sum, weight) => sum + weight, 0);
      for (const { node, weight } of nodes) {
        const share = weight / all;
        const off = Math.abs((counts.get(node) ?? 0) - share * INSTANCES.length);
        expect(off).toBeLessThan(tolerance(share, INSTANCES.length));
      }
    },
  );

  it("moves only the instances of a node that goes, and spreads them over all survivors", () => {
    const nodes = nodesOf(100, 100, 100, 100);
    const before = firsts(nodes);
    const after = firsts(nodes.slice(1));
    const moved = INSTANCES.filter((instance) => before.get(instance) !== after.get(instance));
    expect(moved.every((instance) => before.get(instance) === "ha1")).toBe(true);
    expect(moved.length).toBe(countOf(before.values()).get("ha1"));
    const heirs = countOf(moved.map((instance) => after.get(instance) ?? ""));
    for (const node of ["ha2", "ha3", "ha4"])
      expect(Math.abs((heirs.get(node) ?? 0) - moved.length / 3)).toBeLessThan(tolerance(1 / 3, moved.length));
  });

  it("moves only what goes to a node that comes", () => {
    const before = firsts(nodesOf(100, 80));
    const after = firsts(nodesOf(100, 80, 40));
    for (const instance of INSTANCES)
      if (after.get(instance) !== before.get(instance)) expect(after.get(instance)).toBe("ha3");
  });

  it("keeps the order of all others when one node goes", () => {
    fc.assert(
      fc.property(fc.string(), clusters, fc.nat(), (instance, nodes, at) => {
        const gone = nodes[at % nodes.length]?.node;
        const rest = nodes.filter(({ node }) => node !== gone);
        expect(placementOrder(instance, rest)).toEqual(placementOrder(instance, nodes).filter((node) => node !== gone));
      }),
    );
  });

  it("is the same whatever the order in which the nodes are known", () => {
    fc.assert(
      fc.property(
        fc.string(),
        clusters.chain((nodes) =>
          fc.tuple(fc.constant(nodes), fc.shuffledSubarray(nodes, { minLength: nodes.length })),
        ),
        (instance, [nodes, others]) => {
          expect(placementOrder(instance, others)).toEqual(placementOrder(instance, nodes));
        },
      ),
    );
  });

  it("puts a node of weight 0 last", () => {
    for (const instance of INSTANCES.slice(0, 200))
      expect(placementOrder(instance, nodesOf(0, 1, 1)).at(-1)).toBe("ha1");
  });

  it("is stable between versions of the program: nodes of two versions agree", () => {
    expect(
      ["a", "b", "c", "d"].map((name) => placementOrder(name, nodesOf(100, 100, 100)).join(" ")),
    ).toMatchInlineSnapshot(`
      [
        "ha3 ha1 ha2",
        "ha2 ha1 ha3",
        "ha1 ha3 ha2",
        "ha1 ha3 ha2",
      ]
    `);
  });

  it("lets the config's preference go first, and places the others after it", () => {
    const order = servingOrder("a", ["ha3"], nodesOf(100, 100, 100));
    expect(order[0]).toBe("ha3");
    expect(order.toSorted()).toEqual(["ha1", "ha2", "ha3"]);
  });
});
