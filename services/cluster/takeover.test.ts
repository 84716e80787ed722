import { describe, expect, it } from "vitest";
import { instantOf, millis } from "#wire/time.ts";
import {
  decideTakeover,
  initialMemory,
  type PeerStanding,
  remember,
  type Standing,
  type TakeoverView,
} from "./takeover.ts";

const POLICY = {
  self: "ha2",
  instance: 1,
  prefer: ["ha1", "ha2", "ha3"],
  detection: millis(30),
  startupPatience: millis(2_000),
  commitPatience: millis(300),
  followPatience: millis(20),
};
const NOW = instantOf(10_000);

const standing = (change: Partial<Standing> = {}): Standing => ({
  node: "ha2",
  mainAlive: true,
  canCommit: true,
  leaving: false,
  held: false,
  term: 0,
  eligible: true,
  epoch: 3,
  lastSequence: 20,
  yieldTo: "",
  ...change,
});
const peer = (change: Partial<PeerStanding> = {}): PeerStanding => ({
  ...standing({ node: "ha1", held: true, term: 4 }),
  greatest: { term: 4, node: "ha1" },
  greatestAlive: true,
  greatestProgress: { epoch: 0, lastSequence: 0, canCommit: true },
  ...change,
});
const decide = (own: Standing, peers: readonly PeerStanding[], change: Partial<TakeoverView> = {}) =>
  decideTakeover(POLICY, {
    own,
    peers,
    greatest: { term: 4, node: "ha1" },
    greatestHeldAt: NOW,
    greatestProgress: { epoch: 0, lastSequence: 0, canCommit: true },
    eligibleSince: instantOf(0),
    cannotCommitSince: undefined,
    now: NOW,
    ...change,
  });
const TAKE = { kind: "take", term: 5 };
const KEEP = { kind: "keep" };

describe("a planned move", () => {
  const yielding = peer({ yieldTo: "ha2" });

  it("is taken by the node that is named, once it has followed all that the holder's hello said", () => {
    expect(decide(standing(), [yielding])).toEqual(TAKE);
    expect(decide(standing({ lastSequence: 19 }), [yielding])).toEqual(KEEP);
    expect(decide(standing({ epoch: 2, lastSequence: 21 }), [yielding])).toEqual(KEEP);
  });

  it("is not taken by a node that cannot commit from a holder that can", () => {
    expect(decide(standing({ canCommit: false }), [yielding])).toEqual(KEEP);
    expect(decide(standing({ canCommit: false }), [peer({ yieldTo: "ha2", canCommit: false })])).toEqual(TAKE);
    expect(
      decide(standing({ canCommit: false, lastSequence: 6 }), [peer({ yieldTo: "ha2", canCommit: false })]),
    ).toEqual(KEEP);
  });
});

describe("a holder whose kernel forwards on", () => {
  const since = instantOf(NOW - 400);

  it("is relieved at once by a node that knows as much, when its main process died", () => {
    expect(decide(standing(), [peer({ mainAlive: false })])).toEqual(TAKE);
  });

  it("is not relieved by a node that is behind before that had time to follow the stream", () => {
    const behind = standing({ lastSequence: 19 });
    const dead = peer({ mainAlive: false });
    expect(decide(behind, [dead]), "it cannot commit either").toEqual(KEEP);
    expect(decide(behind, [dead], { cannotCommitSince: since })).toEqual(KEEP);
    expect(decide(behind, [peer({ canCommit: false })], { cannotCommitSince: since })).toEqual(KEEP);
    // The stream may have lost its tail: then nobody ever comes as far.
    expect(decide(behind, [dead], { cannotCommitSince: instantOf(NOW - 2_001) })).toEqual(TAKE);
  });

  it("is followed at once by whoever is next in line when it is silent", () => {
    expect(decide(standing({ lastSequence: 19 }), [])).toEqual(TAKE);
  });
});

describe("a holder that falls silent", () => {
  const said = { greatestProgress: { epoch: 3, lastSequence: 20, canCommit: true } };
  const since = (ago: number) => ({ ...said, greatestHeldAt: instantOf(NOW - ago) });

  it("is followed at once by one that has all that its last hello said", () => {
    expect(decide(standing(), [], said)).toEqual(TAKE);
    expect(decide(standing({ epoch: 4, lastSequence: 1 }), [], said)).toEqual(TAKE);
  });

  it("is followed by one that has not once it has, or after two hellos, when packets have waited long enough", () => {
    const behind = standing({ lastSequence: 19 });
    expect(decide(behind, [], since(0))).toEqual(KEEP);
    expect(decide(behind, [], since(19))).toEqual(KEEP);
    expect(decide(standing(), [], since(19))).toEqual(TAKE);
    expect(decide(behind, [], since(20))).toEqual(TAKE);
  });

  it("is followed at once by one that is behind and cannot follow", () => {
    expect(decide(standing({ lastSequence: 19, canCommit: false }), [], said)).toEqual(TAKE);
  });

  it("is remembered by its last word, own or a third party's, until another holds", () => {
    const progress = { epoch: 3, lastSequence: 21, canCommit: true };
    const third = peer({ node: "ha3", held: false, term: 0, greatestProgress: progress });
    const heard = remember(initialMemory(NOW), standing(), [peer()], NOW);
    expect(heard.greatestProgress).toMatchObject({ epoch: 3, lastSequence: 20 });
    const told = remember(heard, standing(), [third], NOW);
    expect(told.greatestProgress).toEqual(progress);
    const silent = remember(told, standing(), [{ ...third, greatestAlive: false }], NOW);
    expect(silent.greatestProgress).toEqual(progress);
    const next = remember(silent, standing(), [{ ...third, greatest: { term: 5, node: "ha4" } }], NOW);
    expect(next.greatestProgress).toEqual(progress);
    const unknown = remember(
      silent,
      standing(),
      [{ ...third, greatestAlive: false, greatest: { term: 5, node: "ha4" } }],
      NOW,
    );
    expect(unknown.greatestProgress.epoch).toBe(0);
  });
});

describe("a holder that hears a greater claim", () => {
  const own = standing({ held: true, term: 4, lastSequence: 21 });
  const taker = (change: Partial<PeerStanding> = {}) =>
    peer({ term: 5, lastSequence: 20, greatest: { term: 5, node: "ha1" }, ...change });
  const RAISED = { kind: "take", term: 6 };

  it("takes the edge back from a node that was cut off and is behind, whether it commits now or not", () => {
    expect(decide(own, [taker()])).toEqual(RAISED);
    expect(decide(own, [taker({ epoch: 2, lastSequence: 30 })])).toEqual(RAISED);
    expect(decide({ ...own, canCommit: false }, [taker()])).toEqual(RAISED);
  });

  it("withdraws for one that knows as much, or of a later epoch, and where it gives the edge away", () => {
    const successor = { kind: "withdraw", successor: { term: 5, node: "ha1" } };
    expect(decide(own, [taker({ lastSequence: 21 })])).toEqual(successor);
    expect(decide(own, [taker({ epoch: 4 })])).toEqual(successor);
    expect(decide({ ...own, yieldTo: "ha1" }, [taker()])).toEqual(successor);
    expect(decide({ ...own, yieldTo: "ha3" }, [taker()]), "it is meant for another").toEqual(RAISED);
    expect(decide({ ...own, mainAlive: false }, [taker()])).toEqual(successor);
  });

  it("keeps its forwarding from one that is behind and cannot follow, also when its main process is dead or has still to read the stream", () => {
    const cutOff = taker({ canCommit: false });
    expect(decide({ ...own, mainAlive: false }, [cutOff])).toEqual(RAISED);
    expect(decide({ ...own, eligible: false }, [cutOff])).toEqual(RAISED);
    const successor = { kind: "withdraw", successor: { term: 5, node: "ha1" } };
    expect(decide({ ...own, mainAlive: false, leaving: true }, [cutOff])).toEqual(successor);
    expect(decide({ ...own, mainAlive: false, epoch: 0, lastSequence: 0 }, [cutOff]), "it knows of nothing").toEqual(
      successor,
    );
  });

  it("judges one that it does not hear itself by what a third party hears of it", () => {
    const third = (lastSequence: number, change: Partial<PeerStanding> = {}) =>
      peer({
        node: "ha3",
        held: false,
        term: 0,
        greatest: { term: 5, node: "ha1" },
        greatestProgress: { epoch: 3, lastSequence, canCommit: true },
        ...change,
      });
    const successor = { kind: "withdraw", successor: { term: 5, node: "ha1" } };
    expect(decide(own, [third(20)])).toEqual(RAISED);
    expect(decide(own, [third(21)])).toEqual(successor);
    expect(decide(own, [third(20), third(21, { node: "ha4" })]), "the later word counts").toEqual(successor);
    const earlier = { epoch: 0, lastSequence: 0, canCommit: true };
    expect(decide(own, [third(20, { greatestProgress: earlier })]), "an earlier version does not say it").toEqual(
      successor,
    );
    expect(decide(own, [third(20), taker({ lastSequence: 21 })]), "its own word counts more").toEqual(successor);
    const dead = { ...own, mainAlive: false };
    expect(decide(dead, [third(20)])).toEqual(successor);
    const cutOff = { epoch: 3, lastSequence: 20, canCommit: false };
    expect(decide(dead, [third(20, { greatestProgress: cutOff })])).toEqual(RAISED);
  });
});
