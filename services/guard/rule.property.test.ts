import fc from "fast-check";
import { expect, it } from "vitest";
import { decideTakeover, type PeerStanding, remember, type Standing, type TakeoverMemory } from "#cluster/takeover.ts";
import { native } from "#linux/native.ts";
import { instantOf, millis } from "#wire/time.ts";

const NODES = ["ha1", "ha2", "ha10", "z", "a"] as const;
const SELF = "ha2";

const node = fc.constantFrom(...NODES);
const claim = fc.record({ term: fc.integer({ min: 0, max: 3 }), node: fc.oneof(node, fc.constant("")) });
const time = fc.integer({ min: 0, max: 400 });
/** Few values each, so that ties and equal claims are common. */
const standing = {
  mainAlive: fc.boolean(),
  canCommit: fc.boolean(),
  leaving: fc.boolean(),
  held: fc.boolean(),
  eligible: fc.boolean(),
  term: fc.integer({ min: 0, max: 3 }),
  epoch: fc.integer({ min: 0, max: 2 }),
  lastSequence: fc.oneof(fc.integer({ min: 0, max: 2 }), fc.constant(Number.MAX_SAFE_INTEGER)),
  yieldTo: fc.oneof(fc.constant(""), fc.constant("*"), node),
};
const own: fc.Arbitrary<Standing> = fc.record({ node: fc.constant(SELF), ...standing });
const progress = fc.record({
  epoch: fc.integer({ min: 0, max: 2 }),
  lastSequence: fc.integer({ min: 0, max: 2 }),
  canCommit: fc.boolean(),
});
const peer: fc.Arbitrary<PeerStanding> = fc.record({
  node: node.filter((name) => name !== SELF),
  ...standing,
  greatest: claim,
  greatestAlive: fc.boolean(),
  greatestProgress: progress,
});
const memory: fc.Arbitrary<TakeoverMemory> = fc.record({
  greatest: claim,
  greatestHeldAt: time.map(instantOf),
  greatestProgress: progress,
  eligibleSince: time.map(instantOf),
  cannotCommitSince: fc.option(time.map(instantOf), { nil: undefined }),
});
const policy = fc.record({
  self: fc.constant(SELF),
  instance: fc.constant(1),
  prefer: fc.uniqueArray(node),
  detection: fc.integer({ min: 1, max: 100 }).map(millis),
  startupPatience: fc.integer({ min: 0, max: 200 }).map(millis),
  commitPatience: fc.integer({ min: 0, max: 200 }).map(millis),
  followPatience: fc.integer({ min: 0, max: 200 }).map(millis),
});
const view = fc.record({
  policy,
  memory,
  own,
  peers: fc.uniqueArray(peer, { selector: (each) => each.node, maxLength: 4 }),
  now: time.map(instantOf),
});

it("the native thread and the reference decide alike about takeover, and remember alike", () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(view, ({ policy: fixed, memory: before, own: self, peers, now }) => {
      const after = remember(before, self, peers, now);
      const verdict = decideTakeover(fixed, { own: self, peers, now, ...after });
      kinds.add(verdict.kind);
      const { cannotCommitSince, ...rest } = after;
      expect(
        native().decideTakeover({
          policy: fixed,
          memory: { ...before, cannotCommit: before.cannotCommitSince !== undefined },
          own: self,
          peers,
          now,
        }),
      ).toEqual({
        kind: verdict.kind,
        term: verdict.kind === "take" ? verdict.term : 0,
        successor: verdict.kind === "withdraw" ? verdict.successor : { term: 0, node: "" },
        memory: {
          ...rest,
          cannotCommit: cannotCommitSince !== undefined,
          cannotCommitSince: cannotCommitSince ?? expect.any(Number),
        },
      });
    }),
    { numRuns: 20_000 },
  );
  expect([...kinds].sort()).toEqual(["keep", "take", "withdraw"]);
});
